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
import { availableAtMs, deletePod, isFinished, isReady, isTerminating } from "./pods.ts";
import { scaledValue } from "./quantities.ts";
import { currentRevision, podRevisionLabel, pruneRevisions, revisionsOf } from "./revisions.ts";
import { createStatefulPod, matchClaimOwners, ordinalOf, type StatefulRevisions } from "./stateful-pods.ts";
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
  plane.watch(pods, ({ object }) => {
    const owner = controllerOf(object);
    if (owner?.kind === "StatefulSet") queue.add(`${object.metadata.namespace}/${owner.name}`);
  });
}

function sizeOf(plane: ControlPlane, key: string): number {
  const { namespace, name } = fromKey(key);
  return getObject(plane.store, statefulSets, namespace, name)?.status?.replicas ?? 0;
}

function reconcile(plane: ControlPlane, queue: WorkQueue, key: string): void {
  const { namespace, name } = fromKey(key);
  const set = getObject(plane.store, statefulSets, namespace, name);
  if (!set || set.metadata.deletionTimestamp) return;
  const revisions = revisionsFor(plane, set);
  const round = new Round(plane, set, revisions);
  round.run();
  matchClaimOwners(plane, set, round.condemned);
  reportStatus(plane, queue, set, revisions);
}

function revisionsFor(plane: ControlPlane, set: StatefulSet): StatefulRevisions {
  const update = currentRevision(plane, { of: statefulSets, hashLabel: "controller.kubernetes.io/hash" }, set);
  const named = set.status?.currentRevision;
  const current = revisionsOf(plane, set).find(({ metadata }) => metadata.name === named) ?? update;
  return { current, update };
}

/** One look at a set: what can be done now. The changes that it makes bring the next one. */
class Round {
  readonly condemned: readonly Pod[];
  readonly #plane: ControlPlane;
  readonly #set: StatefulSet;
  readonly #revisions: StatefulRevisions;
  /** By ordinal, from the first. */
  readonly #slots: (Pod | undefined)[];
  readonly #start: number;

  constructor(plane: ControlPlane, set: StatefulSet, revisions: StatefulRevisions) {
    this.#plane = plane;
    this.#set = set;
    this.#revisions = revisions;
    this.#start = set.spec.ordinals?.start ?? 0;
    const end = this.#start + (set.spec.replicas ?? 1);
    const own = controlledObjects(plane.store, pods, set);
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
    if (isFinished(pod)) {
      if (isTerminating(pod)) return true;
      const message = `StatefulSet ${this.#name} is recreating failed Pod ${pod.metadata.name}`;
      this.#record("Warning", "RecreatingFailedPod", message);
      this.#delete(pod);
      return true;
    }
    return isTerminating(pod) || !this.#isAvailable(pod);
  }

  #create(ordinal: number): boolean {
    const { rollingUpdate, type } = this.#set.spec.updateStrategy ?? {};
    const keepsOld = type !== "OnDelete" && ordinal < this.#start + (rollingUpdate?.partition ?? 0);
    createStatefulPod(this.#plane, this.#set, keepsOld ? this.#revisions.current : this.#revisions.update, ordinal);
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

  /** From the highest ordinal down to the partition; at most `maxUnavailable` (1) at a time. */
  #rollForward(): void {
    const { partition = 0, maxUnavailable = 1 } = this.#set.spec.updateStrategy?.rollingUpdate ?? {};
    const most = Math.max(1, scaledValue(maxUnavailable, this.#slots.length, "up"));
    const update = this.#revisions.update.metadata.name;
    let budget = most - this.#slots.filter((pod) => !pod || !this.#isHealthy(pod)).length;
    let waiting = 0;
    for (const pod of this.#slots.slice(Math.max(0, partition - this.#start)).toReversed()) {
      const isOld = pod && !isTerminating(pod) && pod.metadata.labels?.[podRevisionLabel] !== update;
      const healthy = pod !== undefined && this.#isHealthy(pod);
      if (!isOld && !healthy) waiting += 1;
      if (waiting >= most) return;
      if (!isOld) continue;
      if (healthy && budget <= 0) return;
      if (healthy) budget -= 1;
      this.#delete(pod);
    }
  }

  #isHealthy(pod: Pod): boolean {
    return !isTerminating(pod) && isReady(pod);
  }

  #isAvailable(pod: Pod): boolean {
    const atMs = availableAtMs(pod, this.#set.spec.minReadySeconds ?? 0);
    return atMs !== undefined && atMs <= this.#plane.world.clock.now();
  }

  #delete(pod: Pod): void {
    deletePod(this.#plane.store, pod, this.#plane.world.clock.now());
    const message = `delete Pod ${pod.metadata.name} in StatefulSet ${this.#name} successful`;
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
  pruneRevisions(plane, set, new Set([...used, status.currentRevision ?? "", status.updateRevision ?? ""]));
  const later = own
    .map((pod) => availableAtMs(pod, set.spec.minReadySeconds ?? 0))
    .filter((atMs) => atMs !== undefined && atMs > nowMs);
  if (later.length > 0) queue.addAt(keyOf(set), Math.min(...later.filter((atMs) => atMs !== undefined)));
}
