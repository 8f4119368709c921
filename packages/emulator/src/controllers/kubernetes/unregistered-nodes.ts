import { timestamp } from "../../world/store.ts";
import { platformMs } from "../../world/world.ts";
import { conditionOf } from "./conditions.ts";
import type { ControlPlane, WorkQueue } from "./control-plane.ts";
import { getObject, nodes, updateObject } from "./kinds.ts";
import type { Machine } from "./machines.ts";
import type { Condition } from "./meta-types.ts";
import { notReadyTaint, unreachableTaint } from "./node-object.ts";
import { removeTaint, setTaint } from "./node-taints.ts";
import type { KubeNode } from "./types.ts";

/** kube-controller-manager --node-startup-grace-period. */
const startupGraceSeconds = 60;

/**
 * Nodes that somebody has written down and no kubelet stands behind: without a condition there is nothing to taint them
 * for, until the controller has waited long enough for the first one. Source: pkg/controller/nodelifecycle.
 */
export function startUnregisteredNodes(
  plane: ControlPlane,
  machineOf: (node: string) => Machine | undefined,
  evictions: WorkQueue,
): void {
  const { clock } = plane.world;
  const queue = plane.queue("unregistered-nodes", (name) => {
    const node = getObject(plane.store, nodes, undefined, name);
    if (!node || machineOf(name) || conditionOf(node.status?.conditions, "Ready")) return;
    const dueMs = Date.parse(node.metadata.creationTimestamp ?? "") + platformMs(plane.world, startupGraceSeconds);
    if (clock.now() < dueMs) {
      setTtl(plane, node);
      removeTaint(plane, node, notReadyTaint, "NoSchedule");
      return queue.addAt(name, dueMs);
    }
    markNeverPosted(plane, node);
    evictions.add(name);
  });
  plane.watch(nodes, ({ type, object }) => {
    if (type === "ADDED") queue.add(object.metadata.name);
  });
}

/** What a small cluster gives the copies that a kubelet keeps of Secrets. Source: pkg/controller/ttl. */
function setTtl(plane: ControlPlane, node: KubeNode): void {
  updateObject(plane.store, nodes, node, (current) => {
    const annotations = { "node.alpha.kubernetes.io/ttl": "0", ...current.metadata.annotations };
    return { ...current, metadata: { ...current.metadata, annotations } };
  });
}

function markNeverPosted(plane: ControlPlane, node: KubeNode): void {
  const now = timestamp(plane.world.clock.now());
  const conditions = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"].map(
    (type): Condition => ({
      type,
      status: "Unknown",
      lastHeartbeatTime: node.metadata.creationTimestamp ?? now,
      lastTransitionTime: now,
      reason: "NodeStatusNeverUpdated",
      message: "Kubelet never posted node status.",
    }),
  );
  updateObject(plane.store, nodes, node, (current) => ({ ...current, status: { ...current.status, conditions } }));
  setTaint(plane, node, { key: unreachableTaint, effect: "NoSchedule", timeAdded: now });
}
