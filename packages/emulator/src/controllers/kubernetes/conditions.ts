import type { Condition } from "./meta-types.ts";

/**
 * `conditions` with those of `next` in it, by type. A condition keeps its transition time while its status stays the
 * same, and its old self when nothing of it changed.
 */
export function withConditions(
  conditions: readonly Condition[] | undefined,
  next: readonly Condition[],
  now: string,
): Condition[] {
  const merged = [...(conditions ?? [])];
  for (const condition of next) {
    const index = merged.findIndex(({ type }) => type === condition.type);
    const merge = withTransition(merged[index], condition, now);
    if (index < 0) merged.push(merge);
    else merged[index] = merge;
  }
  return merged;
}

export function conditionOf(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

function withTransition(previous: Condition | undefined, next: Condition, now: string): Condition {
  return { ...next, lastTransitionTime: (previous?.status === next.status && previous.lastTransitionTime) || now };
}
