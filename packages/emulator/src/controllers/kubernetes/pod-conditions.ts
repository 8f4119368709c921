import { timestamp } from "../../world/store.ts";
import { conditionOf, withConditions } from "./conditions.ts";
import type { Condition } from "./meta-types.ts";
import type { Pod } from "./pod-types.ts";

/** Conditions of a pod: they say which generation of it they were found for, and nobody has probed for them. */
export function withPodConditions(
  { metadata, status }: Pod,
  next: readonly Omit<Condition, "lastProbeTime">[],
  nowMs: number,
): Condition[] {
  const observedGeneration = metadata.generation ?? 1;
  const found = next.map((condition) => ({ ...condition, lastProbeTime: null, observedGeneration }));
  return withConditions(status?.conditions, found, timestamp(nowMs));
}

/** What others have said first, then what the kubelet says itself. Source: pkg/kubelet/kubelet_pods.go. */
export function kubeletConditions(pod: Pod, own: readonly Condition[], nowMs: number): Condition[] {
  const types = new Set(own.map(({ type }) => type));
  const merged = withPodConditions(pod, own, nowMs);
  const others = merged.filter(({ type }) => !types.has(type));
  return [...others, ...own.map((condition) => conditionOf(merged, condition.type) ?? condition)];
}
