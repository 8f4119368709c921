import type { AutoscalerBehavior, ScalingRules } from "./autoscaler-types.ts";

/** What an autoscaler remembers of itself. Times are of the world's clock. */
export interface ScalingHistory {
  readonly recommendations: readonly { readonly atMs: number; readonly replicas: number }[];
  /** Replicas added (or, below 0, taken away) by it. */
  readonly changes: readonly { readonly atMs: number; readonly by: number }[];
}

export interface Now {
  readonly atMs: number;
  readonly current: number;
  /** How long a second of the rules lasts on the world's clock. */
  readonly secondMs: number;
}

/** What `behavior` leaves out. Source: kubernetes/kubernetes pkg/apis/autoscaling/v2/defaults.go. */
const defaultUp: Required<Omit<ScalingRules, "tolerance">> = {
  stabilizationWindowSeconds: 0,
  selectPolicy: "Max",
  policies: [
    { type: "Pods", value: 4, periodSeconds: 15 },
    { type: "Percent", value: 100, periodSeconds: 15 },
  ],
};
const defaultDown: Required<Omit<ScalingRules, "tolerance">> = {
  stabilizationWindowSeconds: 300,
  selectPolicy: "Max",
  policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
};

/** The longest that anything is remembered for. */
const longestWindowSeconds = 3_600;
/** Without `behavior`: how long the highest recommendation lasts, and how fast it goes up. */
const downscaleWindowSeconds = 300;
const upLimit = { factor: 2, least: 4 };

export interface Bounds {
  readonly least: number;
  readonly most: number;
}

/** Where it goes, and how its conditions explain that. */
export interface Normalized {
  readonly replicas: number;
  readonly able: Explanation;
  readonly limited: boolean;
  readonly limit: Explanation;
}

interface Explanation {
  readonly reason: string;
  readonly message: string;
}

/** Source: normalizeDesiredReplicas and normalizeDesiredReplicasWithBehaviors. */
export function normalized(
  behavior: AutoscalerBehavior | undefined,
  history: ScalingHistory,
  desired: number,
  now: Now & Bounds,
): Normalized {
  const stable = behavior ? stabilized(behavior, history, desired, now) : highestRecent(history, desired, now);
  const able =
    stable === desired
      ? { reason: "ReadyForNewScale", message: "recommended size matches current size" }
      : stabilizedBecause(behavior !== undefined && desired >= now.current);
  const paced = behavior ? withinRate(behavior, history, stable, now) : slowed(stable, now.current);
  const replicas = Math.min(Math.max(paced, now.least), now.most);
  return { replicas, able, limited: replicas !== stable, limit: limitOn(stable, paced, now) };
}

/** What has become too old for every rule is forgotten. */
export function remember(history: ScalingHistory, replicas: number, { atMs, secondMs }: Now): ScalingHistory {
  const oldestMs = atMs - longestWindowSeconds * secondMs;
  return {
    recommendations: [...history.recommendations, { atMs, replicas }].filter((one) => one.atMs > oldestMs),
    changes: history.changes.filter((change) => change.atMs > oldestMs),
  };
}

function highestRecent({ recommendations }: ScalingHistory, desired: number, { atMs, secondMs }: Now): number {
  const recent = recommendations.filter((one) => one.atMs >= atMs - downscaleWindowSeconds * secondMs);
  return Math.max(desired, ...recent.map(({ replicas }) => replicas));
}

function slowed(desired: number, current: number): number {
  return Math.min(desired, Math.max(upLimit.factor * current, upLimit.least));
}

function stabilizedBecause(up: boolean): Explanation {
  const [reason, which, applied] = up
    ? (["ScaleUpStabilized", "lower", "lowest"] as const)
    : (["ScaleDownStabilized", "higher", "highest"] as const);
  return {
    reason,
    message: `recent recommendations were ${which} than current one, applying the ${applied} recent recommendation`,
  };
}

function limitOn(wanted: number, paced: number, { current, least, most }: Now & Bounds): Explanation {
  const tooFast = (way: string): string => `the desired replica count is ${way} faster than the maximum scale rate`;
  const beyond = (side: string): string => `the desired replica count is ${side} replica count`;
  if (wanted > paced && paced < most) return { reason: "ScaleUpLimit", message: tooFast("increasing") };
  if (wanted > most) return { reason: "TooManyReplicas", message: beyond("more than the maximum") };
  if (wanted < paced && paced > least && wanted < current) {
    return { reason: "ScaleDownLimit", message: tooFast("decreasing") };
  }
  if (wanted < least) return { reason: "TooFewReplicas", message: beyond("less than the minimum") };
  return { reason: "DesiredWithinRange", message: "the desired count is within the acceptable range" };
}

/**
 * The size between the lowest of the recent recommendations (upwards) and the highest (downwards), each within its
 * window. Source: pkg/controller/podautoscaler/horizontal.go stabilizeRecommendationWithBehaviors.
 */
export function stabilized(
  behavior: AutoscalerBehavior,
  { recommendations }: ScalingHistory,
  desired: number,
  { atMs, current, secondMs }: Now,
): number {
  const within = (seconds: number): number[] =>
    recommendations.filter((one) => one.atMs > atMs - seconds * secondMs).map(({ replicas }) => replicas);
  const up = { ...defaultUp, ...behavior.scaleUp }.stabilizationWindowSeconds;
  const down = { ...defaultDown, ...behavior.scaleDown }.stabilizationWindowSeconds;
  const lowest = Math.min(desired, ...within(up));
  const highest = Math.max(desired, ...within(down));
  if (current < lowest) return lowest;
  return current > highest ? highest : current;
}

/** As far towards `desired` as the policies let it go now (calculateScaleUpLimitWithScalingRules and its counterpart). */
export function withinRate(behavior: AutoscalerBehavior, history: ScalingHistory, desired: number, now: Now): number {
  if (desired > now.current) {
    return Math.min(desired, Math.max(now.current, limitOf({ ...defaultUp, ...behavior.scaleUp }, history, now, 1)));
  }
  if (desired < now.current) {
    return Math.max(
      desired,
      Math.min(now.current, limitOf({ ...defaultDown, ...behavior.scaleDown }, history, now, -1)),
    );
  }
  return desired;
}

function limitOf(
  { selectPolicy, policies }: Pick<typeof defaultUp, "selectPolicy" | "policies">,
  { changes }: ScalingHistory,
  { atMs, current, secondMs }: Now,
  direction: 1 | -1,
): number {
  if (selectPolicy === "Disabled") return current;
  const limits = policies.map(({ type, value, periodSeconds }) => {
    const recent = changes.filter((change) => change.atMs > atMs - periodSeconds * secondMs);
    const atStart = recent.reduce((size, { by }) => size - by, current);
    const proposed = type === "Pods" ? atStart + direction * value : atStart * (1 + (direction * value) / 100);
    return direction > 0 ? Math.ceil(proposed) : Math.floor(proposed);
  });
  // `Max` is the largest change, which downwards is the smallest size.
  const farthest = (selectPolicy === "Min") === direction > 0 ? Math.min(...limits) : Math.max(...limits);
  return farthest;
}
