import { roundedUp } from "./budgets.ts";
import type { ClusterFacts, PlannedUpgrade, PoolFacts } from "./facts.ts";

export interface Estimate {
  readonly p50Minutes: number;
  readonly p95Minutes: number;
}

/** How long the parts of an upgrade take. */
export interface UpgradeDurations {
  readonly controlPlane: Estimate;
  /** Until a surge node is Ready. */
  readonly surgeNode: Estimate;
  /** Of a node whose pods leave when they are asked to. */
  readonly drain: Estimate;
  /** Until the node is Ready again. */
  readonly reimage: Estimate;
  readonly deleteNode: Estimate;
  /** Of a node pool with its nodes. */
  readonly createPool: Estimate;
}

/**
 * Medians and 95th percentiles of the simulation's calibration (docs/calibration.md), which a test compares. Drains depend
 * on the apps: theirs are assumed.
 */
export const defaultDurations: UpgradeDurations = {
  controlPlane: { p50Minutes: 8, p95Minutes: 20 },
  surgeNode: { p50Minutes: 1.8, p95Minutes: 3.8 },
  drain: { p50Minutes: 1, p95Minutes: 3 },
  reimage: { p50Minutes: 3, p95Minutes: 6.4 },
  deleteNode: { p50Minutes: 0.6, p95Minutes: 0.8 },
  createPool: { p50Minutes: 3, p95Minutes: 4.9 },
};

/** How long an upgrade takes when nothing gets stuck: control plane, then for each pool a surge, its batches, and the end of the surge. */
export function estimateUpgrade(
  facts: Pick<ClusterFacts, "pools">,
  { pools }: PlannedUpgrade,
  durations: UpgradeDurations = defaultDurations,
): Estimate {
  const known = pools.flatMap((name) => facts.pools.find((pool) => pool.name === name) ?? []);
  return oneAfterAnother([durations.controlPlane, ...known.map((pool) => estimatePool(pool, durations))]);
}

export function estimatePool(pool: PoolFacts, durations: UpgradeDurations = defaultDurations): Estimate {
  if (pool.count === 0) return { p50Minutes: 0, p95Minutes: 0 };
  const { surgeNode, drain, reimage, deleteNode } = durations;
  const soak = { p50Minutes: pool.soakMinutes, p95Minutes: pool.soakMinutes };
  const batch = oneAfterAnother([drain, soak, reimage]);
  return oneAfterAnother([surgeNode, ...Array<Estimate>(batchesOf(pool)).fill(batch), drain, deleteNode]);
}

/** All nodes of a pool, drained one after another. */
export function estimateDrain({ count }: PoolFacts, { drain }: UpgradeDurations = defaultDurations): Estimate {
  return oneAfterAnother(Array<Estimate>(count).fill(drain));
}

function batchesOf(pool: PoolFacts): number {
  const parallel = Math.max(
    1,
    Math.min(roundedUp(pool.maxSurge, pool.count), pool.count),
    Math.min(roundedUp(pool.maxUnavailable, pool.count), pool.count),
  );
  return Math.ceil(pool.count / parallel);
}

/** Medians add up. Not all parts are slow in the same upgrade: what they are above their medians adds up as deviations do. */
export function oneAfterAnother(parts: readonly Estimate[]): Estimate {
  const p50Minutes = parts.reduce((sum, part) => sum + part.p50Minutes, 0);
  const squares = parts.reduce((sum, part) => sum + (part.p95Minutes - part.p50Minutes) ** 2, 0);
  return { p50Minutes, p95Minutes: p50Minutes + Math.sqrt(squares) };
}
