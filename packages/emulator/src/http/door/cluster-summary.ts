import type { ManagedCluster } from "../../world/container-service/state.ts";

/** One line of `GET /_emulator` per cluster. */
export function clusterSummary({ name, location, provisioningState, pools, cluster }: ManagedCluster) {
  return {
    name,
    location,
    provisioningState,
    kubernetesVersion: cluster.kubernetesVersion,
    apiServer: cluster.apiServer.available ? "available" : "unreachable",
    nodes: cluster.store.list({ group: "", resource: "nodes" }).length,
    pods: cluster.store.list({ group: "", resource: "pods" }).length,
    pools: [...pools.values()].map((pool) => ({
      name: pool.name,
      count: pool.properties.count,
      version: pool.currentVersion,
      provisioningState: pool.provisioningState,
      machines: pool.machines.map((machine) => ({
        name: machine.name,
        version: machine.version,
        role: machine.role,
        state: machine.state.kind,
      })),
    })),
  };
}
