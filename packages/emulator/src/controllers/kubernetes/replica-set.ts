import type { ControlPlane, WorkQueue } from "./control-plane.ts";
import { createPod } from "./create-pod.ts";
import {
  controlledObjects,
  controllerOf,
  controllerReference,
  fromKey,
  getObject,
  involved,
  keyOf,
  pods,
  replicaSets,
  updateObject,
} from "./kinds.ts";
import { restMsFor } from "./pacing.ts";
import type { Pod } from "./pod-types.ts";
import { availableAtMs, deletePod, isActive, isReady, readySinceMs } from "./pods.ts";
import type { ReplicaSet } from "./types.ts";

/** Keeps the number of pods that each ReplicaSet wants. */
export function startReplicaSetController(plane: ControlPlane): void {
  const queue = plane.queue(
    "replicaset",
    (key) => reconcile(plane, queue, key),
    (key) => restMsFor(sizeOf(plane, key)),
  );
  plane.watch(replicaSets, ({ object }) => queue.add(keyOf(object)));
  plane.watch(pods, ({ object }) => {
    const owner = controllerOf(object);
    if (owner?.kind === "ReplicaSet") queue.add(`${object.metadata.namespace}/${owner.name}`);
  });
}

function sizeOf(plane: ControlPlane, key: string): number {
  const { namespace, name } = fromKey(key);
  return getObject(plane.store, replicaSets, namespace, name)?.status?.replicas ?? 0;
}

function reconcile(plane: ControlPlane, queue: WorkQueue, key: string): void {
  const { namespace, name } = fromKey(key);
  const set = getObject(plane.store, replicaSets, namespace, name);
  if (!set) return;
  const refusal = set.metadata.deletionTimestamp ? undefined : matchReplicas(plane, set);
  if (refusal !== undefined) queue.addAt(key, plane.world.clock.now() + createRetryMs);
  reportStatus(plane, queue, set);
}

/** How soon a pod is tried again that the API server refused. Kubernetes waits longer from try to try. */
const createRetryMs = 5_000;

/** Returns why a pod could not be created; undefined when nothing was refused. */
function matchReplicas(plane: ControlPlane, set: ReplicaSet): string | undefined {
  const active = podsOf(plane, set).filter(isActive);
  const surplus = active.length - (set.spec.replicas ?? 1);
  if (surplus > 0) removePods(plane, set, active, surplus);
  for (let missing = surplus; missing < 0; missing++) {
    const refusal = addPod(plane, set);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function podsOf(plane: ControlPlane, set: ReplicaSet): Pod[] {
  return controlledObjects(plane.store, pods, set);
}

/** Returns why the pod could not be created; undefined when it was. */
function addPod(plane: ControlPlane, set: ReplicaSet): string | undefined {
  const created = createPod(plane, {
    template: set.spec.template,
    namespace: set.metadata.namespace,
    name: { prefix: `${set.metadata.name}-` },
    owner: controllerReference(replicaSets, set),
  });
  if (typeof created === "string") {
    recordOn(plane, set, "Warning", "FailedCreate", `Error creating: ${created}`);
    return created;
  }
  recordOn(plane, set, "Normal", "SuccessfulCreate", `Created pod: ${created.metadata.name}`);
  return undefined;
}

function removePods(plane: ControlPlane, set: ReplicaSet, active: readonly Pod[], count: number): void {
  for (const pod of deletionOrder(active).slice(0, count)) {
    deletePod(plane.store, pod, plane.world.clock.now());
    recordOn(plane, set, "Normal", "SuccessfulDelete", `Deleted pod: ${pod.metadata.name}`);
  }
}

/**
 * Which pods go first: on no node, pending, not ready, cheap by annotation, on the node with most of them, ready for
 * the shortest, restarted most, youngest. Source: kubernetes/kubernetes pkg/controller controller_utils.go
 * ActivePodsWithRanks.
 */
export function deletionOrder(active: readonly Pod[]): Pod[] {
  const perNode = new Map<string | undefined, number>();
  for (const { spec } of active) perNode.set(spec.nodeName, (perNode.get(spec.nodeName) ?? 0) + 1);
  const rank = (pod: Pod): number[] => [
    pod.spec.nodeName === undefined ? 0 : 1,
    pod.status?.phase === "Running" ? 1 : 0,
    isReady(pod) ? 1 : 0,
    Number(pod.metadata.annotations?.["controller.kubernetes.io/pod-deletion-cost"] ?? 0),
    -(perNode.get(pod.spec.nodeName) ?? 0),
    -(readySinceMs(pod) ?? 0),
    -restarts(pod),
    -Date.parse(pod.metadata.creationTimestamp ?? ""),
  ];
  return active.toSorted((a, b) => compareRanks(rank(a), rank(b)));
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((value, at) => value !== b[at]);
  return index < 0 ? 0 : (a[index] ?? 0) - (b[index] ?? 0);
}

function restarts(pod: Pod): number {
  return Math.max(0, ...(pod.status?.containerStatuses ?? []).map(({ restartCount }) => restartCount));
}

function reportStatus(plane: ControlPlane, queue: WorkQueue, set: ReplicaSet): void {
  const minReadySeconds = set.spec.minReadySeconds ?? 0;
  const nowMs = plane.world.clock.now();
  const active = podsOf(plane, set).filter(isActive);
  const availableAt = active.map((pod) => availableAtMs(pod, minReadySeconds)).filter((at) => at !== undefined);
  const later = availableAt.filter((at) => at > nowMs);
  if (later.length > 0) queue.addAt(keyOf(set), Math.min(...later));
  const status = {
    observedGeneration: set.metadata.generation ?? 1,
    replicas: active.length,
    fullyLabeledReplicas: active.length,
    readyReplicas: availableAt.length,
    availableReplicas: availableAt.length - later.length,
  };
  updateObject(plane.store, replicaSets, set, (current) => ({ ...current, status }));
}

function recordOn(
  plane: ControlPlane,
  set: ReplicaSet,
  type: "Normal" | "Warning",
  reason: string,
  message: string,
): void {
  plane.recordEvent({ type, reason, message, source: "replicaset-controller", involved: involved(replicaSets, set) });
}
