import type { Timer } from "@fairway/kernel";
import type { Cluster } from "../world/cluster.ts";
import type { Task } from "../world/container-service/state.ts";
import type { ObjectMeta } from "../world/objects.ts";
import { getObject, nodes } from "./kubernetes/kinds.ts";
import type { KubeNode } from "./kubernetes/types.ts";

/** Set on nodes while they are upgraded (azure-facts 1.9). */
const upgradeAnnotations: Readonly<Record<string, string>> = {
  "cluster-autoscaler.kubernetes.io/scale-down-disabled": "true",
  "kubernetes.azure.com/azure-cluster-autoscaler-scale-down-disabled-reason": "upgrade",
};

const quarantineLabel = "kubernetes.azure.com/upgrade-status";

export function markUpgrading(cluster: Cluster, node: string): void {
  changeMeta(cluster, node, (meta) => ({ ...meta, annotations: { ...meta.annotations, ...upgradeAnnotations } }));
}

export function unmarkUpgrading(cluster: Cluster, node: string): void {
  changeMeta(cluster, node, (meta) => {
    const kept = Object.entries(meta.annotations ?? {}).filter(([key]) => !(key in upgradeAnnotations));
    return { ...meta, annotations: Object.fromEntries(kept) };
  });
}

export function quarantine(cluster: Cluster, node: string): void {
  changeMeta(cluster, node, (meta) => ({ ...meta, labels: { ...meta.labels, [quarantineLabel]: "Quarantined" } }));
}

/** An operator takes the label off to say that the node may be upgraded again. */
export function isQuarantined(cluster: Cluster, node: string): boolean {
  return nodeOf(cluster, node)?.metadata.labels?.[quarantineLabel] === "Quarantined";
}

export function isUnschedulable(cluster: Cluster, node: string): boolean {
  return nodeOf(cluster, node)?.spec.unschedulable === true;
}

const othersTaints: readonly string[] = ["node.cloudprovider.kubernetes.io/shutdown", "ToBeDeletedByClusterAutoscaler"];

/** It is upgraded, switched off or about to be removed: then it is not repaired (AKS docs, node auto-repair). */
export function isLeftToOthers(cluster: Cluster, node: string): boolean {
  const { metadata, spec } = nodeOf(cluster, node) ?? {};
  const isUpgraded = Object.entries(upgradeAnnotations).every(([key, value]) => metadata?.annotations?.[key] === value);
  return isUpgraded || (spec?.taints?.some(({ key }) => othersTaints.includes(key)) ?? false);
}

export type RepairAction = "reboot" | "reimage" | "redeploy";
export type RepairReason = `Node${Capitalize<RepairAction>}${"Start" | "End" | "Error"}`;
type UpgradeReason = "Surge" | "Drain" | "Upgrade";

/** On the Node object, as AKS records them. */
export function recordNodeEvent(
  cluster: Cluster,
  node: string,
  event: { type: "Normal" | "Warning"; reason: UpgradeReason | RepairReason; message: string },
): void {
  const uid = nodeOf(cluster, node)?.metadata.uid;
  const involved = { apiVersion: "v1", kind: "Node", name: node, ...(uid ? { uid } : {}) };
  const source = event.reason.startsWith("Node") ? "aks-auto-repair" : "aks-upgrade";
  cluster.recordEvent({ ...event, source, involved });
}

/** Calls `ready` once, from the scheduler, as soon as the node is Ready with that kubelet. */
export function whenReady(cluster: Cluster, node: string, kubeletVersion: string, ready: () => void): Task {
  let timer: Timer | undefined;
  const unsubscribe = cluster.store.subscribe((event) => {
    if (event.object.metadata.name === node) check();
  }, nodes.resource);
  function check(): void {
    if (timer || !isReadyNode(cluster, node, kubeletVersion)) return;
    unsubscribe();
    timer = cluster.world.clock.after(0, ready);
  }
  check();
  return {
    cancel() {
      unsubscribe();
      timer?.cancel();
    },
  };
}

export function isReadyNode(cluster: Cluster, name: string, kubeletVersion: string): boolean {
  const status = nodeOf(cluster, name)?.status;
  const reported = String(status?.nodeInfo?.["kubeletVersion"]).replace(/^v/, "");
  const ready = status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") ?? false;
  return ready && reported === kubeletVersion;
}

function nodeOf(cluster: Cluster, name: string): KubeNode | undefined {
  return getObject(cluster.store, nodes, undefined, name);
}

function changeMeta(cluster: Cluster, node: string, change: (meta: ObjectMeta) => ObjectMeta): void {
  cluster.store.update(nodes.resource, undefined, node, (current) => ({
    ...current,
    metadata: change(current.metadata),
  }));
}
