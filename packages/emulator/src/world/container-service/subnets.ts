import type { ContainerService } from "./environment.ts";
import { refusal } from "./errors.ts";
import type { AgentPool, ManagedCluster, PoolProperties } from "./state.ts";
import { parseNodeCount, resolveNodeCount } from "./surge.ts";

/**
 * Throws when the subnet of a pool has too few addresses for its nodes and their surge: one for each node, and with
 * flat Azure addresses one for each pod that a node may have (AKS docs, Azure CNI address planning).
 */
export function refuseSmallSubnet(
  service: ContainerService,
  cluster: ManagedCluster,
  pool: Pick<AgentPool, "name">,
  properties: PoolProperties,
): void {
  const subnet = properties["vnetSubnetID"];
  if (typeof subnet !== "string") return;
  const size = service.subnetAddresses(subnet);
  if (size === undefined) return;
  const others = [...cluster.pools.values()].filter(
    (other) => other.name !== pool.name && other.properties["vnetSubnetID"] === subnet,
  );
  const all = [properties, ...others.map((other) => other.properties)];
  const needed = all.reduce((sum, one) => sum + addressesOf(cluster, one), 0);
  if (needed <= size) return;
  const text = `Pre-allocated IPs ${needed} exceeds IPs available ${size} in Subnet Cidr of ${subnet}: agent pool ${pool.name} needs (nodes + surge) x (1 + maxPods) addresses. See https://aka.ms/aks/insufficientsubnetsize`;
  throw refusal(400, "InsufficientSubnetSize", text, { target: "agentPoolProfile.count" });
}

/** What the nodes that are there have of a subnet, with the addresses that are kept for their pods. */
export function addressesInUse(clusters: readonly ManagedCluster[], subnetId: string): number {
  return clusters.reduce((sum, cluster) => {
    const pools = [...cluster.pools.values()].filter(({ properties }) => {
      const own = properties["vnetSubnetID"];
      return typeof own === "string" && own.toLowerCase() === subnetId.toLowerCase();
    });
    return sum + pools.reduce((of, { machines, properties }) => of + machines.length * perNode(cluster, properties), 0);
  }, 0);
}

function addressesOf(cluster: ManagedCluster, properties: PoolProperties): number {
  const { count, upgradeSettings } = properties;
  const surge = parseNodeCount(upgradeSettings.maxSurge);
  const nodes = count + (surge ? resolveNodeCount(surge, count) : 0);
  return nodes * perNode(cluster, properties);
}

function perNode(cluster: ManagedCluster, { maxPods }: PoolProperties): number {
  return isFlat(cluster) ? 1 + maxPods : 1;
}

function isFlat({ properties }: ManagedCluster): boolean {
  const { networkPlugin, networkPluginMode } = (properties["networkProfile"] ?? {}) as Record<string, unknown>;
  return networkPlugin === "azure" && networkPluginMode !== "overlay";
}
