import type { ContainerService } from "../world/container-service/environment.ts";
import type { ManagedCluster } from "../world/container-service/state.ts";
import { act, inTurn, undoneBy, type Work, wait } from "../world/container-service/work.ts";
import { durationMs } from "../world/world.ts";

/** While certificates are replaced nobody reaches the control plane (AKS docs: up to 30 minutes of downtime). Nodes stay here. */
export function rotateCertificates(service: ContainerService, cluster: ManagedCluster): Work {
  const { clock } = service.world;
  const totalMs = durationMs(service.world, "managedClusters.rotateCertificates", cluster.random);
  let endOutage = (): void => {};
  const work = inTurn(clock, [
    wait(clock, totalMs * 0.1),
    act(clock, () => {
      endOutage = service.outages.begin(cluster.cluster, "certificate rotation");
    }),
    wait(clock, totalMs * 0.8),
    act(clock, () => endOutage()),
    wait(clock, totalMs * 0.1),
  ]);
  return undoneBy(() => endOutage(), work);
}
