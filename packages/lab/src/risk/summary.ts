import { Random } from "@fairway/kernel";
import { bootstrap, type Estimated, mean, quantile, wilson, worstMean } from "../statistics/interval.ts";
import type { TrialRecord } from "../virtual/record.ts";

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
export function summarise(records: readonly TrialRecord[], seed: number): RiskSummary {
  const random = new Random(seed).stream("bootstrap");
  const meanOf = (measure: (record: TrialRecord) => number): Estimated => bootstrap(records.map(measure), mean, random);
  const over = (minutes: number): Estimated =>
    wilson(records.filter((record) => record.outage.longestMs > minutes * 60_000).length, records.length);
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
    peopleMinutes: meanOf(({ people }) => people.minutes),
    tickets: meanOf(({ people }) => people.tickets),
    violations: countBy(records.flatMap(({ violations }) => violations.map(({ checker }) => checker))),
  };
}

/** How much worse the first is than the second on the same seeds: what both met alike cancels out. */
export function pairedDifference(
  one: readonly TrialRecord[],
  other: readonly TrialRecord[],
  measure: (record: TrialRecord) => number,
  seed: number,
): Estimated {
  const partners = new Map(other.map((record) => [pairKey(record), record]));
  const differences = one.flatMap((record) => {
    const partner = partners.get(pairKey(record));
    return partner ? [measure(record) - measure(partner)] : [];
  });
  return bootstrap(differences, mean, new Random(seed).stream("paired"));
}

function pairKey({ incident, seed }: TrialRecord): string {
  return `${incident} ${seed}`;
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
