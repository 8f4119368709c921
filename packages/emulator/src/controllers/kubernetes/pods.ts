import { type ObjectStore, timestamp } from "../../world/store.ts";
import { conditionOf } from "./conditions.ts";
import { deleteObject, pods, updateObject } from "./kinds.ts";
import type { Pod } from "./pod-types.ts";

export function isReady(pod: Pod): boolean {
  return conditionOf(pod.status?.conditions, "Ready")?.status === "True";
}

/** When the pod became ready; undefined while it is not. */
export function readySinceMs(pod: Pod): number | undefined {
  const ready = conditionOf(pod.status?.conditions, "Ready");
  return ready?.status === "True" ? Date.parse(ready.lastTransitionTime ?? "") : undefined;
}

/** When a ready pod counts as available; undefined while it is not ready. */
export function availableAtMs(pod: Pod, minReadySeconds: number): number | undefined {
  const since = readySinceMs(pod);
  return since === undefined ? undefined : since + minReadySeconds * 1_000;
}

export function isTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

/** Ended for good: no container will run again. */
export function isFinished(pod: Pod): boolean {
  return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
}

/** Counts as one of the replicas that its controller wants. */
export function isActive(pod: Pod): boolean {
  return !isFinished(pod) && !isTerminating(pod);
}

export function graceSeconds(pod: Pod): number {
  return pod.spec.terminationGracePeriodSeconds ?? 30;
}

/**
 * What DELETE of a pod does: gone at once when it is on no node or without grace, else marked for its kubelet. A second
 * delete can only shorten the grace. Source: kubernetes/kubernetes pkg/registry/core/pod/strategy.go CheckGracefulDelete.
 */
export function deletePod(store: ObjectStore, pod: Pod, nowMs: number, seconds = graceSeconds(pod)): void {
  const grace = pod.spec.nodeName === undefined || isFinished(pod) ? 0 : seconds;
  if (grace === 0 && (pod.metadata.finalizers ?? []).length === 0) return deleteObject(store, pods, pod);
  updateObject(store, pods, pod, (current) => markDeleted(current, grace, nowMs));
}

function markDeleted(pod: Pod, grace: number, nowMs: number): Pod {
  const { deletionGracePeriodSeconds: before, deletionTimestamp, generation = 0 } = pod.metadata;
  if (deletionTimestamp !== undefined && before !== undefined && before <= grace) return pod;
  const askedAtMs = deletionTimestamp === undefined ? nowMs : Date.parse(deletionTimestamp) - (before ?? 0) * 1_000;
  const deletion = {
    deletionTimestamp: timestamp(askedAtMs + grace * 1_000),
    deletionGracePeriodSeconds: grace,
    generation: generation + 1,
  };
  return { ...pod, metadata: { ...pod.metadata, ...deletion } };
}
