import { claimObjects, possibleOwners } from "./adoption.ts";
import type { ControlPlane, WorkQueue } from "./control-plane.ts";
import {
  createDaemonPod,
  deleteDaemonPod,
  intendedNode,
  judgeNode,
  type NodeVerdict,
  recordOn,
} from "./daemon-pods.ts";
import { type NodePods, nextStep, type RolloutNode } from "./daemon-rollout.ts";
import {
  controlledObjects,
  controllerOf,
  daemonSets,
  fromKey,
  getObject,
  keyOf,
  listObjects,
  nodes,
  pods,
  updateObject,
} from "./kinds.ts";
import { placementOf } from "./node-load.ts";
import { nonZero } from "./non-zero.ts";
import { restMsFor } from "./pacing.ts";
import type { Pod } from "./pod-types.ts";
import { availableAtMs, isFinished, isReady, isTerminating } from "./pods.ts";
import { scaledValue } from "./quantities.ts";
import { currentRevision, podRevisionLabel, pruneRevisions, revisionHash } from "./revisions.ts";
import type { KubeNode } from "./types.ts";
import type { ControllerRevision, DaemonSet } from "./workload-types.ts";

/** One pod on each node that a DaemonSet means. Source: kubernetes/kubernetes pkg/controller/daemon. */
export function startDaemonSetController(plane: ControlPlane): void {
  const queue = plane.queue(
    "daemonset",
    (key) => reconcile(plane, queue, key),
    (key) => restMsFor(sizeOf(plane, key)),
  );
  const changedNodes = plane.queue("daemonset-nodes", (name) => {
    const node = getObject(plane.store, nodes, undefined, name);
    for (const set of listObjects(plane.store, daemonSets)) {
      if (!node || concerns(plane, set, node)) queue.add(keyOf(set));
    }
  });
  plane.watch(daemonSets, ({ object }) => queue.add(keyOf(object)));
  plane.watch(pods, ({ type, object, previous }) => {
    for (const pod of previous ? [previous, object] : [object]) {
      const owner = controllerOf(pod);
      if (owner?.kind === "DaemonSet") queue.add(`${pod.metadata.namespace}/${owner.name}`);
    }
    if (type === "DELETED") return;
    for (const set of possibleOwners(plane, daemonSets, object)) queue.add(keyOf(set));
  });
  plane.watch(nodes, ({ type, object, previous }) => {
    if (type === "MODIFIED" && previous && placementOf(previous) === placementOf(object)) return;
    changedNodes.add(object.metadata.name);
  });
}

/** A node to come to, to leave, or one where something is that should not be there. */
function concerns(plane: ControlPlane, set: DaemonSet, node: KubeNode): boolean {
  const { shouldRun, mayContinue } = judgeNode(set, node);
  const isThere = controlledObjects(plane.store, pods, set).some(({ spec }) => spec.nodeName === node.metadata.name);
  return isThere ? !mayContinue || (set.status?.numberMisscheduled ?? 0) > 0 : shouldRun;
}

function sizeOf(plane: ControlPlane, key: string): number {
  const { namespace, name } = fromKey(key);
  return getObject(plane.store, daemonSets, namespace, name)?.status?.currentNumberScheduled ?? 0;
}

/** What one node has of a set. */
interface Place {
  readonly node: string;
  readonly verdict: NodeVerdict;
  readonly pods: readonly Pod[];
}

function reconcile(plane: ControlPlane, queue: WorkQueue, key: string): void {
  const { namespace, name } = fromKey(key);
  const set = getObject(plane.store, daemonSets, namespace, name);
  if (!set || set.metadata.deletionTimestamp) return;
  const rules = { of: daemonSets, hashLabel: podRevisionLabel };
  const revision = currentRevision(plane, rules, set);
  const hash = revisionHash(set, revision);
  claimObjects(plane, pods, { of: daemonSets, owner: set, selector: set.spec.selector });
  const places = placesOf(plane, set);
  for (const place of places) tendPlace(plane, set, revision, place);
  if (set.spec.updateStrategy?.type !== "OnDelete") roll(plane, set, revision, placesOf(plane, set));
  removeStrays(plane, set, places);
  reportStatus(plane, queue, set, placesOf(plane, set), hash);
  const used = controlledObjects(plane.store, pods, set).map(
    ({ metadata }) => `${set.metadata.name}-${metadata.labels?.[podRevisionLabel] ?? ""}`,
  );
  pruneRevisions(plane, daemonSets, set, new Set([...used, revision.metadata.name]));
}

function placesOf(plane: ControlPlane, set: DaemonSet): Place[] {
  // What is deleted and has ended only waits for its finalizers.
  const own = controlledObjects(plane.store, pods, set).filter((pod) => !(isTerminating(pod) && isFinished(pod)));
  const byNode = Map.groupBy(own.toSorted(byAge), intendedNode);
  return listObjects(plane.store, nodes).map((node) => ({
    node: node.metadata.name,
    verdict: judgeNode(set, node),
    pods: byNode.get(node.metadata.name) ?? [],
  }));
}

/** Those on their node first, then the oldest. */
function byAge(a: Pod, b: Pod): number {
  const isPlaced = ({ spec }: Pod): number => Number(spec.nodeName !== undefined);
  const ageOf = ({ metadata }: Pod): number => Date.parse(metadata.creationTimestamp ?? "");
  return isPlaced(b) - isPlaced(a) || ageOf(a) - ageOf(b) || (a.metadata.name < b.metadata.name ? -1 : 1);
}

/** Creates what is missing; takes away what failed, what should not run there and what is double. */
function tendPlace(plane: ControlPlane, set: DaemonSet, revision: ControllerRevision, place: Place): void {
  const { node, verdict } = place;
  const living = place.pods.filter((pod) => !isTerminating(pod));
  if (!verdict.mayContinue) {
    for (const pod of living) deleteDaemonPod(plane, set, pod);
    return;
  }
  const ended = living.filter(({ status }) => status?.phase === "Failed" || status?.phase === "Succeeded");
  for (const pod of ended) replaceEnded(plane, set, pod, node);
  const running = living.filter((pod) => !ended.includes(pod));
  // A set that may have two pods on a node does not wait for one that is going.
  const isMissing = place.pods.length === 0 || (surges(set) && running.length === 0);
  if (verdict.shouldRun && isMissing) createDaemonPod(plane, set, revision, node);
  if (!surges(set)) for (const pod of running.slice(1)) deleteDaemonPod(plane, set, pod);
}

function replaceEnded(plane: ControlPlane, set: DaemonSet, pod: Pod, node: string): void {
  const failed = pod.status?.phase === "Failed";
  const message = `Found ${failed ? "failed" : "succeeded"} daemon pod ${keyOf(pod)} on node ${node}, will try to ${failed ? "kill" : "delete"} it`;
  recordOn(plane, set, failed ? "Warning" : "Normal", failed ? "FailedDaemonPod" : "SucceededDaemonPod", message);
  deleteDaemonPod(plane, set, pod);
}

function surges(set: DaemonSet): boolean {
  const { maxSurge = 0 } = set.spec.updateStrategy?.rollingUpdate ?? {};
  return maxSurge !== 0 && maxSurge !== "0%";
}

function roll(plane: ControlPlane, set: DaemonSet, revision: ControllerRevision, places: readonly Place[]): void {
  const meant = places.filter(({ verdict }) => verdict.shouldRun);
  const { maxSurge = 0, maxUnavailable = 1 } = set.spec.updateStrategy?.rollingUpdate ?? {};
  const limits = {
    maxSurge: scaledValue(maxSurge, meant.length, "up"),
    maxUnavailable: scaledValue(maxUnavailable, meant.length, "up"),
  };
  const hash = revisionHash(set, revision);
  const step = nextStep(
    limits,
    meant.map((place): RolloutNode => rolloutNode(plane, set, place, hash)),
  );
  for (const pod of step.deletes) deleteDaemonPod(plane, set, pod);
  for (const node of step.creates) createDaemonPod(plane, set, revision, node);
}

function rolloutNode(plane: ControlPlane, set: DaemonSet, { node, pods: own }: Place, hash: string): RolloutNode {
  const living = own.filter((pod) => !isTerminating(pod));
  const describe = (pod: Pod | undefined): NodePods["old"] => pod && { pod, available: isAvailable(plane, set, pod) };
  const isNew = (pod: Pod): boolean => pod.metadata.labels?.[podRevisionLabel] === hash;
  return { node, current: describe(living.find(isNew)), old: describe(living.find((pod) => !isNew(pod))) };
}

function isAvailable(plane: ControlPlane, set: DaemonSet, pod: Pod): boolean {
  const atMs = availableAtMs(pod, set.spec.minReadySeconds ?? 0);
  return atMs !== undefined && atMs <= plane.world.clock.now();
}

/** Pods for nodes that no longer are: those that never came to one. */
function removeStrays(plane: ControlPlane, set: DaemonSet, places: readonly Place[]): void {
  const known = new Set(places.map(({ node }) => node));
  for (const pod of controlledObjects(plane.store, pods, set)) {
    const gone = !known.has(intendedNode(pod) ?? "");
    if (gone && pod.spec.nodeName === undefined && !isTerminating(pod)) deleteDaemonPod(plane, set, pod);
  }
}

function reportStatus(
  plane: ControlPlane,
  queue: WorkQueue,
  set: DaemonSet,
  places: readonly Place[],
  hash: string,
): void {
  const meant = places.filter(({ verdict }) => verdict.shouldRun);
  const shown = meant.flatMap(({ pods: [oldest] }) => oldest ?? []);
  const available = shown.filter((pod) => isAvailable(plane, set, pod));
  const status = {
    observedGeneration: set.metadata.generation ?? 1,
    currentNumberScheduled: shown.length,
    desiredNumberScheduled: meant.length,
    numberMisscheduled: places.filter(({ verdict, pods: own }) => !verdict.shouldRun && own.length > 0).length,
    numberReady: shown.filter(isReady).length,
    ...nonZero({
      numberAvailable: available.length,
      numberUnavailable: meant.length - available.length,
      updatedNumberScheduled: shown.filter(({ metadata }) => metadata.labels?.[podRevisionLabel] === hash).length,
    }),
  };
  updateObject(plane.store, daemonSets, set, (current) => ({ ...current, status }));
  const nowMs = plane.world.clock.now();
  const own = places.flatMap((place) => place.pods);
  const times = own.map((pod) => availableAtMs(pod, set.spec.minReadySeconds ?? 0) ?? 0);
  const later = times.filter((atMs) => atMs > nowMs);
  if (later.length > 0) queue.addAt(keyOf(set), Math.min(...later));
}
