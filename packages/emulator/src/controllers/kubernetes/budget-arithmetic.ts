import { scaledValue } from "./quantities.ts";

export interface BudgetNumbers {
  readonly expectedPods: number;
  readonly desiredHealthy: number;
  readonly currentHealthy: number;
  readonly disruptionsAllowed: number;
}

/**
 * Percentages always round up. `expected` is the scale of the owners, or the number of pods when `minAvailable` is an
 * integer. Source: kubernetes/kubernetes pkg/controller/disruption/disruption.go (azure-facts 2.2).
 */
export function budgetNumbers(
  rule: { readonly minAvailable?: number | string; readonly maxUnavailable?: number | string },
  expected: number,
  currentHealthy: number,
): BudgetNumbers {
  const desiredHealthy = desiredFor(rule, expected);
  const disruptionsAllowed = expected > 0 ? Math.max(0, currentHealthy - desiredHealthy) : 0;
  return { expectedPods: expected, desiredHealthy, currentHealthy, disruptionsAllowed };
}

function desiredFor(
  { minAvailable, maxUnavailable }: { minAvailable?: number | string; maxUnavailable?: number | string },
  expected: number,
): number {
  if (maxUnavailable !== undefined) return Math.max(0, expected - scaledValue(maxUnavailable, expected, "up"));
  return scaledValue(minAvailable ?? 0, expected, "up");
}
