import type { DueUpgrade } from "../../../world/container-service/auto-upgrade.ts";
import type { ContainerService } from "../../../world/container-service/environment.ts";
import { RequestBody } from "../../../world/container-service/request-body.ts";
import type { ManagedCluster } from "../../../world/container-service/state.ts";
import { beginNodeImageUpgrade } from "./pools-api.ts";
import { beginUpdate } from "./update-cluster.ts";

/** What a client would write to bring about what a channel asks for. Throws `ArmError` when that is refused. */
export function beginUpgrade(service: ContainerService, cluster: ManagedCluster, due: DueUpgrade): void {
  if (due.kind === "node-image") {
    beginNodeImageUpgrade(service, cluster, due.pool);
    return;
  }
  const orchestratorVersion = due.version;
  const agentPoolProfiles = [...cluster.pools.values()].map(({ name }) => ({ name, orchestratorVersion }));
  const properties = { kubernetesVersion: due.version, agentPoolProfiles };
  beginUpdate(service, cluster, new RequestBody({ properties }));
}
