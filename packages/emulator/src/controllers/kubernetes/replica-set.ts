import { timestamp } from "../../world/store.ts";
import { claimObjects, possibleOwners } from "./adoption.ts";
import type { ControlPlane, WorkQueue } from "./control-plane.ts";
import { createPod } from "./create-pod.ts";
import { deletionOrder } from "./deletion-order.ts";
import {
  controlledObjects,
  controllerOf,
  controllerReference,
  fromKey,
  getObject,
  involved,
  keyOf,
  listObjects,
  pods,
  replicaSets,
  updateObject,
} from "./kinds.ts";
import { nonZero } from "./non-zero.ts";
import { restMsFor } from "./pacing.ts";
import type { Pod } from "./pod-types.ts";
import { availableAtMs, deletePod, isActive, isFinished, isTerminating } from "./pods.ts";
import { matchesLabels } from "./selectors.ts";
import type { Condition, ReplicaSet } from "./types.ts";

/** Keeps the number of pods that each ReplicaSet wants. Source: kubernetes/kubernetes pkg/controller/replicaset. */
export function startReplicaSetController(plane: ControlPlane): void {
  const queue = plane.queue(
    "replicaset",
    (key) => reconcile(plane, queue, key),
    (key) => restMsFor(sizeOf(plane, key)),
  );
  plane.watch(replicaSets, ({ object }) => queue.add(keyOf(object)));
  plane.watch(pods, ({ type, object, previous }) => {
    for (const pod of previous && controllerOf(previous)?.uid !== controllerOf(object)?.uid
      ? [previous, object]
      : [object]) {
      const owner = controllerOf(pod);
      if (owner?.kind === "ReplicaSet") queue.add(`${pod.metadata.namespace}/${owner.name}`);
    }
    if (type === "DELETED") return;
    for (const set of possibleOwners(plane, replicaSets, object)) queue.add(keyOf(set));
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
  const claimant = { of: replicaSets, owner: set, selector: set.spec.selector };
  const own = claimObjects(plane, pods, claimant, (pod) => !isFinished(pod));
  const refusal = set.metadata.deletionTimestamp ? undefined : matchReplicas(plane, set, own.filter(isActive));
  if (refusal !== undefined) queue.retry(key);
  reportStatus(plane, queue, set, refusal);
}

/** Returns why a pod could not be created; undefined when nothing was refused. */
function matchReplicas(plane: ControlPlane, set: ReplicaSet, active: readonly Pod[]): string | undefined {
  const surplus = active.length - (set.spec.replicas ?? 1);
  if (surplus > 0) removePods(plane, set, active, surplus);
  for (let missing = surplus; missing < 0; missing++) {
    const refusal = addPod(plane, set);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
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
  const nowMs = plane.world.clock.now();
  const order = count < active.length ? deletionOrder(active, nowMs, relatedPods(plane, set)) : active;
  for (const pod of order.slice(0, count)) {
    deletePod(plane.store, pod, nowMs);
    recordOn(plane, set, "Normal", "SuccessfulDelete", `Deleted pod: ${pod.metadata.name}`);
  }
}

/** The pods that run for the same deployment, whatever their set. */
function relatedPods({ store }: ControlPlane, set: ReplicaSet): Pod[] {
  const deployment = controllerOf(set);
  const sets = deployment
    ? listObjects(store, replicaSets, set.metadata.namespace).filter((one) => controllerOf(one)?.uid === deployment.uid)
    : [set];
  return sets.flatMap((one) => controlledObjects(store, pods, one)).filter(isActive);
}

function reportStatus(plane: ControlPlane, queue: WorkQueue, set: ReplicaSet, refusal: string | undefined): void {
  const minReadySeconds = set.spec.minReadySeconds ?? 0;
  const nowMs = plane.world.clock.now();
  const own = controlledObjects(plane.store, pods, set).filter((pod) => !isFinished(pod));
  const active = own.filter(isActive);
  const availableAt = active.map((pod) => availableAtMs(pod, minReadySeconds)).filter((at) => at !== undefined);
  const later = availableAt.filter((at) => at > nowMs);
  if (later.length > 0) queue.addAt(keyOf(set), Math.min(...later));
  const labels = set.spec.template.metadata?.labels ?? {};
  updateObject(plane.store, replicaSets, set, (current) => {
    const conditions = withFailure(current.status?.conditions ?? [], refusal, timestamp(nowMs));
    const status = {
      observedGeneration: set.metadata.generation ?? 1,
      replicas: active.length,
      ...nonZero({
        fullyLabeledReplicas: active.filter(({ metadata }) => matchesLabels(labels, metadata.labels)).length,
        readyReplicas: availableAt.length,
        availableReplicas: availableAt.length - later.length,
      }),
      terminatingReplicas: own.filter(isTerminating).length,
      ...(conditions.length > 0 ? { conditions } : {}),
    };
    return { ...current, status };
  });
}

/** The first refusal is what the condition tells of until nothing is refused any more. */
function withFailure(before: readonly Condition[], refusal: string | undefined, now: string): Condition[] {
  const type = "ReplicaFailure";
  if (refusal === undefined) return before.filter((condition) => condition.type !== type);
  if (before.some((condition) => condition.type === type)) return [...before];
  return [...before, { type, status: "True", reason: "FailedCreate", message: refusal, lastTransitionTime: now }];
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
