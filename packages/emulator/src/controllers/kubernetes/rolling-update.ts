import { scaledValue } from "./quantities.ts";

/** Arithmetic of a Deployment's rollout. Source: kubernetes/kubernetes pkg/controller/deployment (rolling.go, sync.go). */

export interface RolloutLimits {
  readonly replicas: number;
  /** Pods above `replicas` that may exist. */
  readonly maxSurge: number;
  /** Pods below `replicas` that may be available. */
  readonly maxUnavailable: number;
}

/** One ReplicaSet in numbers. */
export interface SetSize {
  /** Wanted: `spec.replicas`. */
  readonly replicas: number;
  readonly available: number;
}

/** Surge rounds up, unavailability down; when both come to nothing, one may be unavailable. Default 25 % each. */
export function rolloutLimits(
  replicas: number,
  maxSurge: number | string = "25%",
  maxUnavailable: number | string = "25%",
): RolloutLimits {
  const surge = scaledValue(maxSurge, replicas, "up");
  const unavailable = scaledValue(maxUnavailable, replicas, "down");
  const needsOne = surge === 0 && unavailable === 0;
  return { replicas, maxSurge: surge, maxUnavailable: needsOne ? 1 : Math.min(unavailable, replicas) };
}

/** What the new ReplicaSet should be scaled to now. */
export function nextSizeOfNew(limits: RolloutLimits, current: SetSize, old: readonly SetSize[]): number {
  if (current.replicas >= limits.replicas) return limits.replicas;
  const room = limits.replicas + limits.maxSurge - current.replicas - wanted(old);
  return current.replicas + Math.max(0, Math.min(room, limits.replicas - current.replicas));
}

/** What the old ReplicaSets, oldest first, should be scaled to now: first goes what is unhealthy, then what is spare. */
export function nextSizesOfOld(limits: RolloutLimits, current: SetSize, old: readonly SetSize[]): number[] {
  const floor = limits.replicas - limits.maxUnavailable;
  const newUnavailable = current.replicas - current.available;
  const mayGo = current.replicas + wanted(old) - floor - newUnavailable;
  if (mayGo <= 0) return old.map(({ replicas }) => replicas);
  const cleaned = take(old, mayGo, ({ replicas, available }) => Math.max(0, replicas - available));
  const available = current.available + old.reduce((total, set) => total + set.available, 0);
  const healthy = cleaned.map((replicas) => ({ replicas, available: replicas }));
  return take(healthy, Math.max(0, available - floor), ({ replicas }) => replicas);
}

/** Takes up to `count` from the sets in order, from each at most `limit`. */
function take(sets: readonly SetSize[], count: number, limit: (set: SetSize) => number): number[] {
  let left = count;
  return sets.map((set) => {
    const taken = Math.min(limit(set), left);
    left -= taken;
    return set.replicas - taken;
  });
}

export interface ScaledSet {
  readonly replicas: number;
  /** `replicas + maxSurge` of the deployment when the set was last scaled. */
  readonly maxReplicas: number;
}

/**
 * Sizes after the deployment itself was scaled in the middle of a rollout: each set grows or shrinks by its share.
 * `sets` are ordered by size, and the first takes what rounding leaves over.
 */
export function proportionalSizes(limits: RolloutLimits, sets: readonly ScaledSet[]): number[] {
  const allowed = limits.replicas > 0 ? limits.replicas + limits.maxSurge : 0;
  const change = allowed - sets.reduce((total, set) => total + set.replicas, 0);
  let left = change;
  const sizes = sets.map((set) => {
    const share = change === 0 ? 0 : clampTo(left, shareOf(set, limits));
    left -= share;
    return set.replicas + share;
  });
  if (sizes.length > 0) sizes[0] = Math.max(0, (sizes[0] ?? 0) + left);
  return sizes;
}

function shareOf(set: ScaledSet, limits: RolloutLimits): number {
  if (limits.replicas === 0) return -set.replicas;
  const grown = Math.round((set.replicas * (limits.replicas + limits.maxSurge)) / Math.max(1, set.maxReplicas));
  return grown - set.replicas;
}

/** `share`, but not beyond `left`, whichever its sign. */
function clampTo(left: number, share: number): number {
  return left > 0 ? Math.max(0, Math.min(share, left)) : Math.min(0, Math.max(share, left));
}

function wanted(sets: readonly SetSize[]): number {
  return sets.reduce((total, set) => total + set.replicas, 0);
}
