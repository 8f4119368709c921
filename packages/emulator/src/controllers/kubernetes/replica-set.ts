import { sameJson } from "../../world/same-json.ts";
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
  type Kind,
  keyOf,
  listObjects,
  pods,
  replicaSets,
  replicationControllers,
  updateObject,
} from "./kinds.ts";
import type { Condition, LabelSelector } from "./meta-types.ts";
import { nonZero } from "./non-zero.ts";
import { restMsFor } from "./pacing.ts";
import type { Pod } from "./pod-types.ts";
import { availableAtMs, deletePod, isActive, isFinished, isReady, isTerminating, readySinceMs } from "./pods.ts";
import { matchesLabels } from "./selectors.ts";
import type { ReplicaSet } from "./types.ts";

/** ReplicaSets, and the ReplicationControllers that were before them. */
interface Flavour {
  readonly of: Kind<ReplicaSet>;
  readonly source: string;
  selectorOf(set: ReplicaSet): LabelSelector;
}

/** What the controllers of both need. */
interface Place extends Flavour {
  readonly plane: ControlPlane;
  readonly queue: WorkQueue;
}

const flavours: readonly Flavour[] = [
  { of: replicaSets, source: "replicaset-controller", selectorOf: ({ spec }) => spec.selector },
  {
    of: replicationControllers,
    source: "replication-controller",
    // A map of labels instead of a selector.
    selectorOf: ({ spec }) => ({ matchLabels: spec.selector as Record<string, string> }),
  },
];

/**
 * Keeps the number of pods that each ReplicaSet and ReplicationController wants. Source: kubernetes/kubernetes
 * pkg/controller/replicaset.
 */
export function startReplicaSetController(plane: ControlPlane): void {
  for (const flavour of flavours) start(plane, flavour);
}

function start(plane: ControlPlane, flavour: Flavour): void {
  const { of, selectorOf } = flavour;
  const queue = plane.queue(
    of.kind.toLowerCase(),
    (key) => reconcile({ ...flavour, plane, queue }, key),
    (key) => restMsFor(sizeOf(plane, of, key)),
  );
  plane.watch(of, ({ object }) => queue.add(keyOf(object)));
  plane.watch(pods, ({ type, object, previous }) => {
    const isSame = type === "MODIFIED" && previous !== undefined && countsTheSame(previous, object);
    for (const pod of previous && controllerOf(previous)?.uid !== controllerOf(object)?.uid
      ? [previous, object]
      : [object]) {
      const owner = controllerOf(pod);
      const key = `${pod.metadata.namespace}/${owner?.name}`;
      if (owner?.kind === of.kind && !(isSame && hasAll(plane, of, key))) queue.add(key);
    }
    if (isSame || type === "DELETED") return;
    for (const set of possibleOwners(plane, of, object, selectorOf)) queue.add(keyOf(set));
  });
}

/** One that was refused a pod tries again at whatever happens to the others. */
function hasAll(plane: ControlPlane, of: Kind<ReplicaSet>, key: string): boolean {
  const { namespace, name } = fromKey(key);
  return !getObject(plane.store, of, namespace, name)?.status?.conditions?.length;
}

/** Much of what a kubelet reports is nothing to a set. */
function countsTheSame(before: Pod, pod: Pod): boolean {
  return (
    before.metadata.uid === pod.metadata.uid &&
    before.metadata.deletionTimestamp === pod.metadata.deletionTimestamp &&
    isFinished(before) === isFinished(pod) &&
    readySinceMs(before) === readySinceMs(pod) &&
    sameJson(before.metadata.ownerReferences, pod.metadata.ownerReferences) &&
    sameJson(before.metadata.labels, pod.metadata.labels)
  );
}

function sizeOf(plane: ControlPlane, of: Kind<ReplicaSet>, key: string): number {
  const { namespace, name } = fromKey(key);
  return getObject(plane.store, of, namespace, name)?.status?.replicas ?? 0;
}

function reconcile(place: Place, key: string): void {
  const { plane, queue, of } = place;
  const { namespace, name } = fromKey(key);
  const set = getObject(plane.store, of, namespace, name);
  if (!set) return;
  const claimant = { of, owner: set, selector: place.selectorOf(set) };
  const own = claimObjects(plane, pods, claimant, (pod) => !isFinished(pod));
  const refusal = set.metadata.deletionTimestamp ? undefined : matchReplicas(place, set, own.filter(isActive));
  if (refusal !== undefined) queue.retry(key);
  reportStatus(place, set, refusal);
}

/** Returns why a pod could not be created; undefined when nothing was refused. */
function matchReplicas(place: Place, set: ReplicaSet, active: readonly Pod[]): string | undefined {
  const surplus = active.length - (set.spec.replicas ?? 1);
  if (surplus > 0) removePods(place, set, active, surplus);
  for (let missing = surplus; missing < 0; missing++) {
    const refusal = addPod(place, set);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/** Returns why the pod could not be created; undefined when it was. */
function addPod(place: Place, set: ReplicaSet): string | undefined {
  const created = createPod(place.plane, {
    template: set.spec.template,
    namespace: set.metadata.namespace,
    name: { prefix: `${set.metadata.name}-` },
    owner: controllerReference(place.of, set),
  });
  if (typeof created === "string") {
    recordOn(place, set, "Warning", "FailedCreate", `Error creating: ${created}`);
    return created;
  }
  recordOn(place, set, "Normal", "SuccessfulCreate", `Created pod: ${created.metadata.name}`);
  return undefined;
}

function removePods(place: Place, set: ReplicaSet, active: readonly Pod[], count: number): void {
  const { plane } = place;
  const nowMs = plane.world.clock.now();
  const order = count < active.length ? deletionOrder(active, nowMs, relatedPods(plane, set)) : active;
  for (const pod of order.slice(0, count)) {
    deletePod(plane.store, pod, nowMs);
    recordOn(place, set, "Normal", "SuccessfulDelete", `Deleted pod: ${pod.metadata.name}`);
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

function reportStatus({ plane, queue, of }: Place, set: ReplicaSet, refusal: string | undefined): void {
  const minReadySeconds = set.spec.minReadySeconds ?? 0;
  const nowMs = plane.world.clock.now();
  const own = controlledObjects(plane.store, pods, set).filter((pod) => !isFinished(pod));
  const active = own.filter(isActive);
  const ready = active.filter(isReady);
  // Who is ready is available at once, unless that is to last for a while.
  const waiting = minReadySeconds > 0 ? ready : [];
  const later = waiting.flatMap((pod) => availableAtMs(pod, minReadySeconds) ?? []).filter((at) => at > nowMs);
  if (later.length > 0) queue.addAt(keyOf(set), Math.min(...later));
  const labels = set.spec.template.metadata?.labels ?? {};
  updateObject(plane.store, of, set, (current) => {
    const conditions = withFailure(current.status?.conditions ?? [], refusal, timestamp(nowMs));
    const status = {
      observedGeneration: set.metadata.generation ?? 1,
      replicas: active.length,
      ...nonZero({
        fullyLabeledReplicas: active.filter(({ metadata }) => matchesLabels(labels, metadata.labels)).length,
        readyReplicas: ready.length,
        availableReplicas: ready.length - later.length,
      }),
      ...(of === replicaSets ? { terminatingReplicas: own.filter(isTerminating).length } : {}),
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
  { plane, of, source }: Place,
  set: ReplicaSet,
  type: "Normal" | "Warning",
  reason: string,
  message: string,
): void {
  plane.recordEvent({ type, reason, message, source, involved: involved(of, set) });
}
