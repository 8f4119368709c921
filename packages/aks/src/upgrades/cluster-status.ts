import type { ManagedCluster } from "@azure/arm-containerservice";
import type { ClusterStatus, NodeStatus, PoolStatus } from "@fairway/core";
import { FairwayError } from "@fairway/model";
import type { V1Node } from "@kubernetes/client-node";
import type { AksContext } from "../context.ts";

/** Versions and pools as Azure tells them, nodes as the cluster does; without nodes while its API server is away. */
export async function readClusterStatus(context: AksContext): Promise<ClusterStatus> {
  const [cluster, nodes] = await Promise.all([context.arm.cluster(), readNodes(context)]);
  return clusterStatus(cluster, nodes ?? []);
}

export function clusterStatus(cluster: ManagedCluster, nodes: readonly NodeStatus[]): ClusterStatus {
  return {
    version: versionOf(cluster),
    ...(cluster.powerState?.code === "Stopped" ? { isStopped: true as const } : {}),
    provisioningState: cluster.provisioningState ?? "",
    pools: (cluster.agentPoolProfiles ?? []).map(poolStatus),
    nodes,
  };
}

/** Undefined while nobody reaches the API server, as in a control-plane upgrade. */
export async function readNodes(context: AksContext): Promise<readonly NodeStatus[] | undefined> {
  try {
    const nodes = await context.kubernetes.list<V1Node>("v1", "Node");
    return nodes.map(nodeStatus).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (error instanceof FairwayError && (error.code === "unreachable" || error.code === "throttled")) return undefined;
    throw error;
  }
}

export function versionOf(cluster: ManagedCluster): string {
  return cluster.currentKubernetesVersion ?? cluster.kubernetesVersion ?? "";
}

function poolStatus(pool: NonNullable<ManagedCluster["agentPoolProfiles"]>[number]): PoolStatus {
  return {
    name: pool.name,
    version: pool.currentOrchestratorVersion ?? pool.orchestratorVersion ?? "",
    count: pool.count ?? 0,
    provisioningState: pool.provisioningState ?? "",
  };
}

function nodeStatus({ metadata, spec, status }: V1Node): NodeStatus {
  const labels = metadata?.labels ?? {};
  return {
    name: metadata?.name ?? "",
    pool: labels["kubernetes.azure.com/agentpool"] ?? labels["agentpool"] ?? "",
    version: (status?.nodeInfo?.kubeletVersion ?? "").replace(/^v/, ""),
    ready: status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") ?? false,
    schedulable: spec?.unschedulable !== true,
    ...(labels["kubernetes.azure.com/upgrade-status"] === "Quarantined" ? { isSetAside: true as const } : {}),
  };
}
