import type { ContainerServiceClient } from "@azure/arm-containerservice";
import { FairwayError } from "@fairway/model";
import type { Arm, ClusterPlace } from "./arm-types.ts";
import type { Calls } from "./pool-calls.ts";

/** Writes of whole clusters: this one, and others of the subscription. */
export function createClusterCalls(
  client: ContainerServiceClient,
  { request, start }: Calls,
  own: ClusterPlace,
): Pick<Arm, "updateCluster" | "neighbour" | "createNeighbour" | "deleteNeighbour"> {
  return {
    updateCluster: (desired) =>
      start(
        client.managedClusters.createOrUpdate(
          own.resourceGroup,
          own.cluster,
          desired,
          // Refused when somebody has changed the cluster since it was read.
          desired.eTag === undefined ? {} : { ifMatch: desired.eTag },
        ),
      ),
    neighbour: async ({ resourceGroup, cluster }) => {
      try {
        return await request(() => client.managedClusters.get(resourceGroup, cluster));
      } catch (error) {
        if (error instanceof FairwayError && error.code === "target-not-found") return undefined;
        throw error;
      }
    },
    createNeighbour: ({ resourceGroup, cluster }, desired) =>
      start(client.managedClusters.createOrUpdate(resourceGroup, cluster, desired)),
    deleteNeighbour: ({ resourceGroup, cluster }) => start(client.managedClusters.delete(resourceGroup, cluster)),
  };
}
