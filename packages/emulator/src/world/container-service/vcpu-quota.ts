import type { ContainerService } from "./environment.ts";
import type { AgentPool, ManagedCluster } from "./state.ts";

/** More than any laboratory takes. Real subscriptions start with 10 to 100 vCPUs per family and region. */
export const defaultVcpuQuota = 10_000;

export interface VcpuBalance {
  readonly family: string;
  readonly location: string;
  readonly limit: number;
  readonly used: number;
}

/** What one VM family of a subscription has left in the region of `cluster`, all machines of all its pools counted. */
export function vcpuBalance(
  service: Pick<ContainerService, "clusters" | "vcpuQuota">,
  cluster: Scope,
  family: string,
): VcpuBalance {
  const used = service.clusters
    .list(cluster.subscription)
    .filter((other) => other.location === cluster.location)
    .flatMap((other) => [...other.pools.values()])
    .filter((pool) => pool.size.family === family)
    .reduce((sum, pool) => sum + pool.machines.length * pool.size.vcpus, 0);
  return { family, location: cluster.location, limit: service.vcpuQuota(cluster.location, family), used };
}

/** How many more machines of the pool's size there may be. */
export function obtainableMachines(service: ContainerService, cluster: ManagedCluster, pool: AgentPool): number {
  const { limit, used } = vcpuBalance(service, cluster, pool.size.family);
  return Math.max(0, Math.floor((limit - used) / pool.size.vcpus));
}

type Scope = Pick<ManagedCluster, "subscription" | "location">;
