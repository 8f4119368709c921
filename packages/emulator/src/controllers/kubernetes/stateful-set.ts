import { claimObjects, possibleOwners } from "./adoption.ts";
import type { ControlPlane, WorkQueue } from "./control-plane.ts";
import {
  controlledObjects,
  controllerOf,
  fromKey,
  getObject,
  involved,
  keyOf,
  pods,
  statefulSets,
  updateObject,
} from "./kinds.ts";
import { restMsFor } from "./pacing.ts";
import type { Pod } from "./pod-types.ts";
import { availableAtMs, deletePod, isFinished, isTerminating } from "./pods.ts";
import { currentRevision, podRevisionLabel, pruneRevisions, revisionsOf } from "./revisions.ts";
import { createStatefulPod, isMember, matchClaimOwners, ordinalOf, type StatefulRevisions } from "./stateful-pods.ts";
import { statefulSetStatus } from "./stateful-set-status.ts";
import type { StatefulSet } from "./workload-types.ts";

/**
 * Keeps the pods of each StatefulSet, by ordinal. Source: kubernetes/kubernetes
 * pkg/controller/statefulset/stateful_set_control.go.
 */
export function startStatefulSetController(plane: ControlPlane): void {
  const queue = plane.queue(
    "statefulset",
    (key) => reconcile(plane, queue, key),
    (key) => restMsFor(sizeOf(plane, key)),
  );
  plane.watch(statefulSets, ({ object }) => queue.add(keyOf(object)));
  plane.watch(pods, ({ type, object }) => {
    const owner = controllerOf(object);
    if (owner?.kind === "StatefulSet") queue.add(`${object.metadata.namespace}/${owner.name}`);
    if (type === "DELETED") return;
    for (const set of possibleOwners(plane, statefulSets, object)) queue.add(keyOf(set));
  });
}

function sizeOf(plane: ControlPlane, key: string): number {
  const { namespace, name } = fromKey(key);
  return getObject(plane.store, statefulSets, namespace, name)?.status?.replicas ?? 0;
}

function reconcile(plane: ControlPlane, queue: WorkQueue, key: string): void {
  const { namespace, name } = fromKey(key);
  const set = getObject(plane.store, statefulSets, namespace, name);
  if (!set) return;
  const revisions = revisionsFor(plane, set);
  const claimant = { of: statefulSets, owner: set, selector: set.spec.selector };
  const own = claimObjects(plane, pods, claimant, (pod) => isMember(set, pod));
  const round = new Round(plane, set, revisions, own);
  if (set.metadata.deletionTimestamp === undefined) {
    round.run();
    matchClaimOwners(plane, set, round.condemned);
  }
  if (round.refused) queue.retry(key);
  reportStatus(plane, queue, set, revisions);
}

function revisionsFor(plane: ControlPlane, set: StatefulSet): StatefulRevisions {
  const update = currentRevision(plane, { of: statefulSets, hashLabel: "controller.kubernetes.io/hash" }, set);
  const named = set.status?.currentRevision;
  const current = revisionsOf(plane, statefulSets, set).find(({ metadata }) => metadata.name === named) ?? update;
  return { current, update };
}

/** One look at a set: what can be done now. The changes that it makes bring the next one. */
class Round {
  readonly condemned: readonly Pod[];
  /** The API server refused a pod. */
  refused = false;
  readonly #plane: ControlPlane;
  readonly #set: StatefulSet;
  readonly #revisions: StatefulRevisions;
  /** By ordinal, from the first. */
  readonly #slots: (Pod | undefined)[];
  readonly #start: number;

  constructor(plane: ControlPlane, set: StatefulSet, revisions: StatefulRevisions, own: readonly Pod[]) {
    this.#plane = plane;
    this.#set = set;
    this.#revisions = revisions;
    this.#start = set.spec.ordinals?.start ?? 0;
    const end = this.#start + (set.spec.replicas ?? 1);
    const byOrdinal = new Map(own.map((pod) => [ordinalOf(pod), pod]));
    this.#slots = Array.from({ length: end - this.#start }, (_, index) => byOrdinal.get(this.#start + index));
    const isOutside = (pod: Pod): boolean => ordinalOf(pod) < this.#start || ordinalOf(pod) >= end;
    this.condemned = own.filter(isOutside).toSorted((a, b) => ordinalOf(b) - ordinalOf(a));
  }

  run(): void {
    if (this.#fillSlots() || this.#removeCondemned()) return;
    if (this.#set.spec.updateStrategy?.type !== "OnDelete") this.#rollForward();
  }

  get #ordered(): boolean {
    return this.#set.spec.podManagementPolicy !== "Parallel";
  }

  /** True: nothing more this time. */
  #fillSlots(): boolean {
    for (const [index, pod] of this.#slots.entries()) {
      const waits = pod ? this.#tendPod(pod) : this.#create(this.#start + index);
      if (waits && this.#ordered) return true;
    }
    return false;
  }

  /** True: later pods wait for this one. */
  #tendPod(pod: Pod): boolean {
    if (isFinished(pod) && !isTerminating(pod)) this.#delete(pod);
    return isFinished(pod) || isTerminating(pod) || !this.#isAvailable(pod);
  }

  #create(ordinal: number): boolean {
    const { rollingUpdate, type } = this.#set.spec.updateStrategy ?? {};
    const keepsOld = type !== "OnDelete" && ordinal < this.#start + (rollingUpdate?.partition ?? 0);
    const revision = keepsOld ? this.#revisions.current : this.#revisions.update;
    if (!createStatefulPod(this.#plane, this.#set, revision, ordinal)) this.refused = true;
    return true;
  }

  /** The highest ordinal first; in order, only while all the others are up. */
  #removeCondemned(): boolean {
    const unhealthy = [...this.#slots, ...this.condemned].filter((pod) => pod && !this.#isHealthy(pod));
    for (const pod of this.condemned) {
      if (this.#ordered && isTerminating(pod)) return true;
      if (this.#ordered && !this.#isHealthy(pod) && unhealthy[0] !== pod) return true;
      if (!isTerminating(pod)) this.#delete(pod);
      if (this.#ordered) return true;
    }
    return false;
  }

  /** From the highest ordinal down to the partition, one after the other. */
  #rollForward(): void {
    const { partition = 0 } = this.#set.spec.updateStrategy?.rollingUpdate ?? {};
    const update = this.#revisions.update.metadata.name;
    for (const pod of this.#slots.slice(partition).toReversed()) {
      const isOld = pod && !isTerminating(pod) && pod.metadata.labels?.[podRevisionLabel] !== update;
      if (isOld) return this.#delete(pod);
      if (!pod || !this.#isHealthy(pod)) return;
    }
  }

  #isHealthy(pod: Pod): boolean {
    return !isTerminating(pod) && this.#isAvailable(pod);
  }

  #isAvailable(pod: Pod): boolean {
    const atMs = availableAtMs(pod, this.#set.spec.minReadySeconds ?? 0);
    return atMs !== undefined && atMs <= this.#plane.world.clock.now();
  }

  #delete(pod: Pod): void {
    deletePod(this.#plane.store, pod, this.#plane.world.clock.now());
    const message = `Delete Pod ${pod.metadata.name} in StatefulSet ${this.#name} successful`;
    this.#record("Normal", "SuccessfulDelete", message);
  }

  get #name(): string {
    return this.#set.metadata.name;
  }

  #record(type: "Normal" | "Warning", reason: string, message: string): void {
    const source = "statefulset-controller";
    this.#plane.recordEvent({ type, reason, message, source, involved: involved(statefulSets, this.#set) });
  }
}

function reportStatus(plane: ControlPlane, queue: WorkQueue, set: StatefulSet, revisions: StatefulRevisions): void {
  const nowMs = plane.world.clock.now();
  const own = controlledObjects(plane.store, pods, set);
  const status = statefulSetStatus(set, own, revisions, nowMs);
  updateObject(plane.store, statefulSets, set, (current) => ({ ...current, status }));
  const used = own.map((pod) => pod.metadata.labels?.[podRevisionLabel] ?? "");
  pruneRevisions(
    plane,
    statefulSets,
    set,
    new Set([...used, status.currentRevision ?? "", status.updateRevision ?? ""]),
  );
  const later = own
    .map((pod) => availableAtMs(pod, set.spec.minReadySeconds ?? 0))
    .filter((atMs) => atMs !== undefined && atMs > nowMs);
  if (later.length > 0) queue.addAt(keyOf(set), Math.min(...later.filter((atMs) => atMs !== undefined)));
}
