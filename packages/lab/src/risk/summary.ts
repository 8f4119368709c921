import { Random } from "@fairway/kernel";
import { bootstrap, type Estimated, mean, quantile, wilson, worstMean } from "../statistics/interval.ts";

/** What the summary reads of the record of a trial. */
export interface RiskRecord {
  readonly strategy: string;
  readonly incident: string;
  readonly seed: number;
  readonly outcome: string;
  readonly durationMs: number;
  readonly payments: { readonly total: number; readonly failed: number; readonly late: number; readonly lost: number };
  readonly minutesBelowObjective: number;
  readonly longestOutageMs: number;
  readonly peakExtraNodes: number;
  readonly extraNodeHours: number;
  readonly steps: number;
  readonly peopleMinutes: number;
  readonly tickets: number;
  readonly violations: readonly string[];
}

/** Trials of one strategy, with one incident or with all of them. */
export interface RiskSummary {
  readonly trials: number;
  readonly outcomes: Readonly<Record<string, number>>;
  /** Chance of more than one minute, and of more than ten, in which callers are not served. */
  readonly outageOver1: Estimated;
  readonly outageOver10: Estimated;
  readonly failed: Estimated;
  readonly failedWorst1Percent: number;
  readonly late: Estimated;
  readonly lost: Estimated;
  readonly minutesBelow: Estimated;
  readonly duration: { readonly p50Minutes: number; readonly p95Minutes: number };
  readonly peakExtraNodes: number;
  readonly extraNodeHours: Estimated;
  readonly steps: number;
  readonly peopleMinutes: Estimated;
  readonly tickets: Estimated;
  /** By the rule that was broken. */
  readonly violations: Readonly<Record<string, number>>;
}

/** `seed` decides the resampling alone, so that the same records give the same intervals. */
export function summarise(records: readonly RiskRecord[], seed: number): RiskSummary {
  const random = new Random(seed).stream("bootstrap");
  const meanOf = (measure: (record: RiskRecord) => number): Estimated => bootstrap(records.map(measure), mean, random);
  const over = (minutes: number): Estimated =>
    wilson(records.filter((record) => record.longestOutageMs > minutes * 60_000).length, records.length);
  const failed = records.map(({ payments }) => payments.failed);
  const minutes = records.map(({ durationMs }) => durationMs / 60_000);
  return {
    trials: records.length,
    outcomes: countBy(records.map(({ outcome }) => outcome)),
    outageOver1: over(1),
    outageOver10: over(10),
    failed: meanOf(({ payments }) => payments.failed),
    failedWorst1Percent: worstMean(failed, 0.01),
    late: meanOf(({ payments }) => payments.late),
    lost: meanOf(({ payments }) => payments.lost),
    minutesBelow: meanOf(({ minutesBelowObjective }) => minutesBelowObjective),
    duration: { p50Minutes: quantile(minutes, 0.5), p95Minutes: quantile(minutes, 0.95) },
    peakExtraNodes: Math.max(0, ...records.map(({ peakExtraNodes }) => peakExtraNodes)),
    extraNodeHours: meanOf(({ extraNodeHours }) => extraNodeHours),
    steps: Math.max(0, ...records.map(({ steps }) => steps)),
    peopleMinutes: meanOf(({ peopleMinutes }) => peopleMinutes),
    tickets: meanOf(({ tickets }) => tickets),
    violations: countBy(records.flatMap(({ violations }) => violations)),
  };
}

/** How much worse the first is than the second on the same seeds: what both met alike cancels out. */
export function pairedDifference(
  one: readonly RiskRecord[],
  other: readonly RiskRecord[],
  measure: (record: RiskRecord) => number,
  seed: number,
): Estimated {
  const partners = new Map(other.map((record) => [pairKey(record), record]));
  const differences = one.flatMap((record) => {
    const partner = partners.get(pairKey(record));
    return partner ? [measure(record) - measure(partner)] : [];
  });
  return bootstrap(differences, mean, new Random(seed).stream("paired"));
}

function pairKey({ incident, seed }: RiskRecord): string {
  return `${incident} ${seed}`;
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
