import { timestamp } from "../../world/store.ts";
import { durationMs } from "../../world/world.ts";
import { conditionOf } from "./conditions.ts";
import type { ControlPlane } from "./control-plane.ts";
import { getObject, involved, listObjects, nodes, pods, updateObject } from "./kinds.ts";
import type { Machine } from "./machines.ts";
import { nodeConditions, unreachableTaint } from "./node-object.ts";
import { hasTaint, removeTaint, setTaint } from "./node-taints.ts";
import { startPodCollector } from "./pod-collector.ts";
import { withPodConditions } from "./pod-conditions.ts";
import { podsOnNode } from "./pod-lookup.ts";
import type { Pod, Taint } from "./pod-types.ts";
import { isReady } from "./pods.ts";
import { startTaintEviction } from "./taint-eviction.ts";
import type { KubeNode } from "./types.ts";
import { startUnregisteredNodes } from "./unregistered-nodes.ts";

/** Assumed: a pass of the controller and its write. */
const taintLagMs = 5;
const unschedulableTaint = "node.kubernetes.io/unschedulable";

export interface NodeLifecycle {
  /** The machine has fallen silent. */
  watchSilent(node: string): void;
}

/**
 * Nodes that fall silent turn NotReady after the grace period, their pods leave the endpoints at once and are deleted
 * when their toleration ends; the object of such a pod stays until its node is back or deleted (azure-facts 2.8).
 */
export function startNodeLifecycle(
  plane: ControlPlane,
  machineOf: (node: string) => Machine | undefined,
): NodeLifecycle {
  const { clock } = plane.world;
  const random = plane.world.random.stream(`${plane.clusterName}/node-lifecycle`);
  const startedAtMs = clock.now();
  let availableSinceMs = startedAtMs;
  let lastTaintedAtMs = Number.NEGATIVE_INFINITY;
  plane.apiServer.onChange((available) => {
    if (available) availableSinceMs = clock.now();
  });
  const silent = plane.queue("node-monitor", checkSilent);
  const evictions = plane.queue("node-evictor", taintUnreachable);
  const cordons = plane.queue("node-taints", (name) => matchCordonTaint(plane, name));
  const podMarks = plane.queue("node-pods", (name) => markPodsNotReady(plane, name));
  plane.watch(nodes, ({ object, previous }) => {
    // The taint goes a moment after the mark: a scheduler that looks at once still finds it.
    if (previous?.spec.unschedulable && !object.spec.unschedulable) {
      cordons.addAt(object.metadata.name, clock.now() + taintLagMs);
    } else cordons.add(object.metadata.name);
    if (previous && isNodeReady(previous) && !isNodeReady(object)) podMarks.add(object.metadata.name);
  });
  startTaintEviction(plane);
  startPodCollector(plane);

  function checkSilent(name: string): void {
    const machine = machineOf(name);
    const node = getObject(plane.store, nodes, undefined, name);
    if (!node || machine?.state.kind !== "lost") return;
    const dueAtMs = notReadyAtMs(machine.state);
    if (clock.now() < dueAtMs) return silent.addAt(name, dueAtMs);
    markUnknown(plane, node);
    evictions.add(name);
  }

  /** On the monitor's own beat. A control plane that was away gives every node a new grace. */
  function notReadyAtMs({ joinedAtMs, lostAtMs }: { joinedAtMs: number; lostAtMs: number }): number {
    const leaseMs = durationMs(plane.world, "nodes.leasePeriod", random);
    const periodMs = durationMs(plane.world, "nodes.monitorPeriod", random);
    const lastLeaseMs = joinedAtMs + Math.floor((lostAtMs - joinedAtMs) / leaseMs) * leaseMs;
    const graceEndMs = Math.max(lastLeaseMs, availableSinceMs) + graceMs(plane, random);
    return startedAtMs + Math.ceil((graceEndMs - startedAtMs) / periodMs) * periodMs;
  }

  /** One node per interval; none while all are silent, or most of a small cluster. */
  function taintUnreachable(name: string): void {
    const node = getObject(plane.store, nodes, undefined, name);
    if (!node || !isSilent(name, node)) return;
    const all = listObjects(plane.store, nodes);
    if (!all.some(isNodeReady)) for (const one of all) removeTaint(plane, one, unreachableTaint, "NoExecute");
    if (isDisrupted(all))
      return evictions.addAt(name, clock.now() + durationMs(plane.world, "nodes.monitorPeriod", random));
    if (hasTaint(node, unreachableTaint, "NoExecute")) return;
    const nextMs = lastTaintedAtMs + durationMs(plane.world, "nodes.evictionInterval", random);
    if (clock.now() < nextMs) return evictions.addAt(name, nextMs);
    lastTaintedAtMs = clock.now();
    setTaint(plane, node, { key: unreachableTaint, effect: "NoExecute", timeAdded: timestamp(clock.now()) });
  }

  startUnregisteredNodes(plane, machineOf, evictions);

  /** Its machine has gone, or there never was one. */
  function isSilent(name: string, node: KubeNode): boolean {
    const machine = machineOf(name);
    return machine
      ? machine.state.kind === "lost"
      : conditionOf(node.status?.conditions, "Ready")?.status === "Unknown";
  }

  return { watchSilent: (node) => silent.add(node) };
}

function graceMs(plane: ControlPlane, random: Parameters<typeof durationMs>[2]): number {
  const [major = 1, minor = 0] = plane.kubernetesVersion().split(".").map(Number);
  const isOld = major === 1 && minor < 32;
  return durationMs(plane.world, isOld ? "nodes.monitorGrace.before-1.32" : "nodes.monitorGrace", random);
}

/** All nodes silent, or more than two and 55 % of a cluster of up to 50 (unhealthy-zone-threshold). */
function isDisrupted(all: readonly KubeNode[]): boolean {
  const ready = all.filter(isNodeReady).length;
  const silent = all.length - ready;
  return ready === 0 || (all.length <= 50 && silent > 2 && silent / all.length >= 0.55);
}

function isNodeReady(node: KubeNode): boolean {
  return conditionOf(node.status?.conditions, "Ready")?.status === "True";
}

function markUnknown(plane: ControlPlane, node: KubeNode): void {
  if (conditionOf(node.status?.conditions, "Ready")?.status === "Unknown") return;
  const nowMs = plane.world.clock.now();
  updateObject(plane.store, nodes, node, (current) => ({
    ...current,
    status: { ...current.status, conditions: nodeConditions("unknown", current.status?.conditions, nowMs) },
  }));
  setTaint(plane, node, { key: unreachableTaint, effect: "NoSchedule", timeAdded: timestamp(nowMs) });
  plane.world.trace.add("node.not-ready", { cluster: plane.clusterName, node: node.metadata.name });
}

/** Pods of a node that is not Ready are not either, whatever their kubelet said last. */
function markPodsNotReady(plane: ControlPlane, name: string): void {
  const node = getObject(plane.store, nodes, undefined, name);
  if (!node || isNodeReady(node)) return;
  for (const pod of podsOnNode(plane.store, name)) if (isReady(pod)) markPodNotReady(plane, pod);
}

function markPodNotReady(plane: ControlPlane, pod: Pod): void {
  const nowMs = plane.world.clock.now();
  updateObject(plane.store, pods, pod, (current) => ({
    ...current,
    status: {
      ...current.status,
      conditions: withPodConditions(current, [{ type: "Ready", status: "False" }], nowMs),
    },
  }));
  const event = { type: "Warning", reason: "NodeNotReady", message: "Node is not ready" } as const;
  plane.recordEvent({ ...event, source: "node-controller", involved: involved(pods, pod) });
}

/** A cordoned node carries the taint that says so. */
function matchCordonTaint(plane: ControlPlane, name: string): void {
  const node = getObject(plane.store, nodes, undefined, name);
  if (!node || (node.spec.unschedulable ?? false) === hasTaint(node, unschedulableTaint, "NoSchedule")) return;
  const taint: Taint = { key: unschedulableTaint, effect: "NoSchedule", timeAdded: timestamp(plane.world.clock.now()) };
  if (node.spec.unschedulable) return setTaint(plane, node, taint);
  removeTaint(plane, node, unschedulableTaint, "NoSchedule");
}
