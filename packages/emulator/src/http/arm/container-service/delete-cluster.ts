import { takeTime } from "../../../controllers/managed-cluster.ts";
import { beginOperation } from "../../../controllers/managed-cluster-operation.ts";
import type { ArmOperation } from "../../../world/arm/operations.ts";
import type { ContainerService } from "../../../world/container-service/environment.ts";
import type { AgentPool, ManagedCluster } from "../../../world/container-service/state.ts";

/** A delete waits for nothing: what is under way is stopped. A second one joins the first. */
export function deleteCluster(service: ContainerService, cluster: ManagedCluster): ArmOperation {
  if (cluster.provisioningState === "Deleting" && cluster.operation) return cluster.operation.arm;
  for (const owner of [cluster, ...cluster.pools.values()]) preempt(service, owner);
  cluster.autoscaler?.cancel();
  cluster.autoscaler = undefined;
  cluster.nodeRepair?.cancel();
  cluster.nodeRepair = undefined;
  for (const window of cluster.windows.values()) window.cancel();
  for (const pool of cluster.pools.values()) pool.provisioningState = "Deleting";
  const work = takeTime(service, "managedClusters.delete", cluster);
  return beginOperation(
    service,
    cluster,
    cluster,
    {
      title: "delete managed cluster",
      state: "Deleting",
      succeeded() {
        service.clusters.remove(cluster);
        cluster.cluster.close();
        service.world.trace.add("cluster.deleted", { cluster: cluster.name });
      },
    },
    work,
  );
}

export function preempt({ operations }: ContainerService, owner: ManagedCluster | AgentPool): void {
  if (!owner.operation) return;
  owner.operation.task.cancel();
  const message = `The ${owner.operation.title} operation was preempted by a delete.`;
  operations.cancel(owner.operation.arm, { code: "AKSOperationPreemptedByDelete", message });
  owner.operation = undefined;
}
