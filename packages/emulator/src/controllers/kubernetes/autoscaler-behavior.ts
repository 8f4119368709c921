import type { AutoscalerBehavior, ScalingRules } from "./types.ts";

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
const defaultUp: Required<ScalingRules> = {
  stabilizationWindowSeconds: 0,
  selectPolicy: "Max",
  policies: [
    { type: "Pods", value: 4, periodSeconds: 15 },
    { type: "Percent", value: 100, periodSeconds: 15 },
  ],
};
const defaultDown: Required<ScalingRules> = {
  stabilizationWindowSeconds: 300,
  selectPolicy: "Max",
  policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
};

/** The longest that anything is remembered for. */
export const longestWindowSeconds = 3_600;

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
