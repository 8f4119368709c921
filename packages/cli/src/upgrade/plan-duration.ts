import type { RehearsalRound } from "@fairway/lab";
import { type Estimate, oneAfterAnother, type UpgradePlan } from "@fairway/sdk";

/** How long a plan takes, and how anybody knows. */
export type PlanDuration = Estimate &
  (
    | {
        /** Of the worlds in which it finished. */
        readonly source: "rehearsal";
        readonly worlds: number;
        readonly finished: number;
        readonly failures: RehearsalRound["failures"];
      }
    | {
        readonly source: "calibration";
        /** The file, or the defaults. */
        readonly from: string;
        /** Why not from a rehearsal. */
        readonly why: string;
      }
  );

export interface TimedPlan {
  readonly plan: UpgradePlan;
  /** Absent where nobody knows: releases and maintenance. */
  readonly duration?: PlanDuration;
}

/** The estimates that the plan was made with, added up. */
export function estimatedPlan(plan: UpgradePlan, from: string, why: string): TimedPlan {
  const estimates = plan.steps.flatMap(({ estimate }) => estimate ?? []);
  if (estimates.length === 0) return { plan };
  return { plan, duration: { ...oneAfterAnother(estimates), source: "calibration", from, why } };
}

/** The plan with what each step took in the virtual lane. Gates have no figures: there they open at once. */
export function rehearsedPlan(
  plan: UpgradePlan,
  { runs, finished, failures, minutes, steps }: RehearsalRound,
): TimedPlan {
  const taken = new Map(steps.map((one) => [one.step, one.minutes]));
  const timed = plan.steps.map(({ estimate: _estimate, ...step }) => {
    const spread = step.action.kind === "gate" ? undefined : taken.get(step.id);
    return spread ? { ...step, estimate: estimateOf(spread) } : step;
  });
  const duration = { ...estimateOf(minutes), source: "rehearsal", worlds: runs, finished, failures } as const;
  return { plan: { ...plan, steps: timed }, duration };
}

function estimateOf({ p50, p95 }: RehearsalRound["minutes"]): Estimate {
  return { p50Minutes: p50, p95Minutes: p95 };
}

/** Why the figures of a round say nothing about an upgrade that finishes; undefined when they do. */
export function unfinished({ finished, runs, failures }: RehearsalRound): string | undefined {
  const [worst] = failures;
  if (finished > 0 || !worst) return undefined;
  return `it finishes in none of ${runs} virtual worlds: at ${worst.step}, ${worst.message}`;
}
