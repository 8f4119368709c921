import { roundedUp } from "./budgets.ts";
import type { ClusterFacts, PlannedUpgrade, PoolFacts } from "./facts.ts";

export interface Estimate {
  readonly p50Minutes: number;
  readonly p95Minutes: number;
}

/**
 * How long an upgrade takes when nothing gets stuck: control plane, then for each pool a surge, its batches, and the end
 * of the surge. Azure publishes no durations; the figures are assumptions from what users report (5 to 15 minutes for a
 * control plane, 3 to 7 per node). The laboratory has distributions.
 */
export function estimateUpgrade(facts: Pick<ClusterFacts, "pools">, { pools }: PlannedUpgrade): Estimate {
  return pools
    .flatMap((name) => facts.pools.find((pool) => pool.name === name) ?? [])
    .map(estimatePool)
    .reduce((sum, pool) => plus(sum, pool), controlPlaneEstimate);
}

export const controlPlaneEstimate: Estimate = { p50Minutes: 8, p95Minutes: 20 };

export function estimatePool(pool: PoolFacts): Estimate {
  const parallel = Math.max(
    1,
    Math.min(roundedUp(pool.maxSurge, pool.count), pool.count),
    Math.min(roundedUp(pool.maxUnavailable, pool.count), pool.count),
  );
  const batches = Math.ceil(pool.count / parallel);
  const once = (minutes: Batch) =>
    minutes.surge + minutes.end + batches * (minutes.drain + pool.soakMinutes + minutes.reimage);
  if (pool.count === 0) return { p50Minutes: 0, p95Minutes: 0 };
  return { p50Minutes: once(median), p95Minutes: once(slow) };
}

interface Batch {
  readonly surge: number;
  readonly drain: number;
  readonly reimage: number;
  readonly end: number;
}

const median: Batch = { surge: 2.5, drain: 1, reimage: 3, end: 1.5 };
const slow: Batch = { surge: 5, drain: 3, reimage: 7, end: 3 };

function plus(a: Estimate, b: Estimate): Estimate {
  return { p50Minutes: a.p50Minutes + b.p50Minutes, p95Minutes: a.p95Minutes + b.p95Minutes };
}
