import { firstMove, type UpgradeScenario } from "../experiments/upgrade-scenario.ts";
import type { Figure, RunReport } from "../report/report.ts";
import { type Estimated, mean, quantile, wilson } from "../statistics/interval.ts";
import type { TwinRun } from "./twin.ts";

/**
 * How far the live lane may lie outside of what its twins did in 95 % of their runs, beside the binomial noise of its own
 * requests. The reasons, and when they were set, are in docs/agreement.md.
 */
export const tolerance = {
  /** A quarter of a second of a run of 25 s: what one moment of a busy machine may cost. */
  absolute: 0.01,
  /** A probe period of 1 s in an outage of 10 s: so well is known when one begins and ends. */
  relative: 0.1,
} as const;

/** Alone on two cores it is a few milliseconds. */
const disturbedFromMs = 50;

/** Below so many runs with the same chance all of them are taken. */
const fewestAlike = 8;

/** One scenario in both lanes. Shares are of all requests of the same stretch of time. */
export interface ScenarioAgreement extends Pick<UpgradeScenario, "id" | "title" | "story" | "target" | "fault"> {
  readonly live: {
    readonly requests: number;
    readonly durationMs: number;
    /** How they failed, the most frequent first. */
    readonly failures: readonly { readonly reason: string; readonly count: number }[];
    /** How late the load generator itself was, of a hundred requests the slowest. */
    readonly dispatchLagMsP99: number;
    /** It was so late that others had the machine: what waited for it then, no number knows. */
    readonly isDisturbed: boolean;
  };
  readonly virtual: {
    readonly runs: number;
    /** Mean. */
    readonly requests: number;
    readonly durationMs: number;
    /** What these runs have in common with the live one by chance; absent: nothing that matters. */
    readonly alike?: string;
  };
  readonly failed: ShareAgreement;
  readonly late: ShareAgreement;
}

export interface ShareAgreement {
  /** With the binomial noise of one run. */
  readonly live: Estimated;
  /** Mean of the twins, and where 95 % of them lie. */
  readonly virtual: Estimated;
  /** Where the live share has to lie. */
  readonly allowed: { readonly low: number; readonly high: number };
  readonly agrees: boolean;
}

type Live = Pick<
  RunReport,
  "id" | "requests" | "failed" | "late" | "durationMs" | "figures" | "failures" | "dispatchLag"
>;

/** Holds each live run against the twins of its scenario. What was not run in both lanes is left out. */
export function compareLanes(
  scenarios: readonly UpgradeScenario[],
  runs: readonly Live[],
  twins: readonly TwinRun[],
): readonly ScenarioAgreement[] {
  return scenarios.flatMap((scenario) => {
    const live = runs.find(({ id }) => id === scenario.id);
    const own = twins.filter(({ id }) => id === scenario.id);
    return live && own.length > 0 ? [compareOne(scenario, live, own)] : [];
  });
}

function compareOne(
  { id, title, story, target, fault }: UpgradeScenario,
  live: Live,
  twins: readonly TwinRun[],
): ScenarioAgreement {
  const chance = chanceOf(live.figures);
  const alike = twins.filter(({ figures }) => chanceOf(figures) === chance);
  const isEnough = chance !== undefined && alike.length >= fewestAlike;
  const own = isEnough ? alike : twins;
  const meanOf = (measure: (run: TwinRun) => number): number => Math.round(mean(own.map(measure)));
  return {
    id,
    title,
    story,
    target,
    fault,
    live: {
      requests: live.requests,
      durationMs: live.durationMs,
      failures: live.failures.map(({ reason, count }) => ({ reason, count })),
      dispatchLagMsP99: live.dispatchLag.p99Ms,
      isDisturbed: live.dispatchLag.p99Ms > disturbedFromMs,
    },
    virtual: {
      runs: own.length,
      requests: meanOf(({ requests }) => requests),
      durationMs: meanOf(({ durationMs }) => durationMs),
      ...(isEnough ? { alike: `${firstMove}: ${chance}` } : {}),
    },
    failed: compareShares(
      live.failed,
      live.requests,
      own.map(({ failed, requests }) => failed / requests),
    ),
    late: compareShares(
      live.late,
      live.requests,
      own.map(({ late, requests }) => late / requests),
    ),
  };
}

function chanceOf(figures: readonly Figure[]): number | undefined {
  return figures.find(({ name }) => name === firstMove)?.value;
}

/** `hits` of `requests` in the live lane, and the share of each twin. */
export function compareShares(hits: number, requests: number, shares: readonly number[]): ShareAgreement {
  const live = wilson(hits, requests);
  const virtual = { value: mean(shares), low: quantile(shares, 0.025), high: quantile(shares, 0.975) };
  const noise = (live.high - live.low) / 2;
  const slack = (share: number): number => Math.max(tolerance.absolute, tolerance.relative * share) + noise;
  const allowed = {
    low: Math.max(0, virtual.low - slack(virtual.low)),
    high: Math.min(1, virtual.high + slack(virtual.high)),
  };
  return { live, virtual, allowed, agrees: live.value >= allowed.low && live.value <= allowed.high };
}
