import type { Random } from "@fairway/kernel";

/** What people and support do, which no platform's calibration has: as entries of the emulator's calibration. */
export interface Assumption {
  readonly medianMinutes: number;
  readonly p95Minutes: number;
  readonly source: string;
  /** A: documented, B: older or inferred, C: reported by others, D: assumed. */
  readonly confidence: "A" | "B" | "C" | "D";
}

export const assumptions = {
  /** From the first minute below the objective to somebody who looks. */
  "people.alert": {
    medianMinutes: 5,
    p95Minutes: 15,
    source: "an alert rule of five minutes and a page that is acknowledged; Google SRE book, being on-call: 5 min",
    confidence: "C",
  },
  /** From looking to knowing what to do. */
  "people.diagnosis": { medianMinutes: 20, p95Minutes: 90, source: "assumed", confidence: "D" },
  /** Work of one person on one repair. */
  "people.repair": { medianMinutes: 10, p95Minutes: 30, source: "assumed", confidence: "D" },
  /** Somebody reads a plan and says go. */
  "people.approval": { medianMinutes: 10, p95Minutes: 60, source: "assumed", confidence: "D" },
  /** How long the test pipelines of the teams run, all at once, in one cluster. */
  "people.tests": { medianMinutes: 15, p95Minutes: 45, source: "assumed", confidence: "D" },
  /** From a ticket of severity A to the change that helps. */
  "support.ticket": {
    medianMinutes: 240,
    p95Minutes: 1_440,
    source: "Azure support plans: first answer to severity A within an hour; how long until it helps is assumed",
    confidence: "D",
  },
  /** Work of one person on one ticket. */
  "people.ticket": { medianMinutes: 30, p95Minutes: 120, source: "assumed", confidence: "D" },
  /** Work of one person on one step of a plan that goes well: read, start, look. */
  "people.step": { medianMinutes: 2, p95Minutes: 5, source: "assumed", confidence: "D" },
} as const satisfies Record<string, Assumption>;

/** Callers that keep the answer of a name server longer than they may: so many of them, and for how long on the average. */
export const lateCallers = {
  share: 0.05,
  meanMinutes: 10,
  source:
    "resolvers and clients that ignore a TTL; Traffic Manager docs, how clients connect: caching; numbers assumed",
  confidence: "D",
} as const;

/** What a bad release answers with an error: uniform between these shares of its requests. */
export const badReleaseErrors = { from: 0.05, to: 0.5, source: "assumed", confidence: "D" } as const;

export type AssumptionName = keyof typeof assumptions;

/** What takes the place of some of them. */
export type AssumptionChanges = {
  readonly [Name in AssumptionName]?: Pick<Assumption, "medianMinutes" | "p95Minutes">;
};

export function drawMinutes(name: AssumptionName, random: Random, changes: AssumptionChanges = {}): number {
  const { medianMinutes, p95Minutes } = changes[name] ?? assumptions[name];
  return Math.round(random.logNormal(medianMinutes, p95Minutes));
}
