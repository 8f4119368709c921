import type { RiskSummary } from "./summary.ts";

export const ratings = ["low", "medium", "high"] as const;
export type Rating = (typeof ratings)[number];

export interface Ratings {
  readonly risk: Rating;
  readonly cost: Rating;
  readonly effort: Rating;
}

/** Below the first it is low, from the second on high. They are a convention of ours, and stand in every report. */
export const bounds = {
  risk: { what: "chance of an outage of more than a minute, given an incident", low: 0.05, high: 0.25 },
  cost: { what: "extra node-hours as a share of what the platform runs in a day", low: 0.05, high: 0.5 },
  effort: { what: "minutes of people's work for one upgrade", low: 60, high: 240 },
} as const;

export function rate(summary: RiskSummary, nodes: number): Ratings {
  return {
    risk: ratingOf(summary.outageOver1.value, bounds.risk),
    cost: ratingOf(summary.extraNodeHours.value / (nodes * 24), bounds.cost),
    effort: ratingOf(summary.peopleMinutes.value, bounds.effort),
  };
}

function ratingOf(value: number, { low, high }: { readonly low: number; readonly high: number }): Rating {
  if (value < low) return "low";
  return value < high ? "medium" : "high";
}

/** What the company found in practice, before there was a number (NDC Copenhagen 2022). */
export const experience: readonly Claim[] = [
  { strategy: "in-place", claim: "cheap, simple and dangerous", risk: ["high"], cost: ["low"] },
  {
    strategy: "cluster-blue-green",
    claim: "safest, dear and laborious",
    risk: ["low"],
    cost: ["high"],
    effort: ["high"],
  },
  { strategy: "guarded", claim: "nearly safe, and cheap", risk: ["low", "medium"], cost: ["low", "medium"] },
  { strategy: "container-apps", claim: "safe where its limits allow it", risk: ["low"], cost: ["low"] },
];

interface Claim {
  readonly strategy: string;
  readonly claim: string;
  readonly risk?: readonly Rating[];
  readonly cost?: readonly Rating[];
  readonly effort?: readonly Rating[];
}

export interface ClaimCheck {
  readonly strategy: string;
  readonly claim: string;
  /** What does not fit; empty when our numbers say the same. */
  readonly disagreements: readonly string[];
}

/** Holds our numbers against the company's experience. It is compared with, and never steers. */
export function compareWithExperience(rated: ReadonlyMap<string, Ratings>): readonly ClaimCheck[] {
  return experience.flatMap(({ strategy, claim, ...expected }) => {
    const found = rated.get(strategy);
    if (!found) return [];
    const disagreements = (["risk", "cost", "effort"] as const).flatMap((what) => {
      const allowed = expected[what];
      if (!allowed || allowed.includes(found[what])) return [];
      return [`${what} is ${found[what]} here, there it was ${allowed.join(" or ")}`];
    });
    return [{ strategy, claim, disagreements }];
  });
}
