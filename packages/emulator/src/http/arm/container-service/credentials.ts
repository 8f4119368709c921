import type { ArmResponse } from "../../../world/arm/provider.ts";
import type { Cluster } from "../../../world/cluster.ts";
import { refusal } from "../../../world/container-service/errors.ts";
import type { ManagedCluster } from "../../../world/container-service/state.ts";
import { clusterId } from "../../../world/container-service/views.ts";

export interface KubeconfigRequest {
  readonly cluster: Cluster;
  readonly resourceGroup: string;
  readonly user: "clusterUser" | "clusterAdmin" | "clusterMonitoringUser";
}

/** A kubeconfig as YAML, for one of the users that AKS has. */
export type Kubeconfigs = (request: KubeconfigRequest) => string;

/** `POST …/listCluster…Credential` */
export function credentials(
  kubeconfigOf: Kubeconfigs,
  cluster: ManagedCluster,
  user: KubeconfigRequest["user"],
): ArmResponse {
  return { status: 200, body: { kubeconfigs: [{ name: user, value: encoded(kubeconfigOf, cluster, user) }] } };
}

/** `…/accessProfiles/{role}`: the older way to the same. */
export function accessProfile(kubeconfigOf: Kubeconfigs, cluster: ManagedCluster, role: string): ArmResponse {
  const user = (["clusterUser", "clusterAdmin"] as const).find((known) => known.toLowerCase() === role.toLowerCase());
  if (!user) throw refusal(404, "NotFound", `Could not find access profile '${role}' of cluster '${cluster.name}'.`);
  return {
    status: 200,
    body: {
      id: `${clusterId(cluster)}/accessProfiles/${user}`,
      name: user,
      type: "Microsoft.ContainerService/ManagedClusters/AccessProfiles",
      location: cluster.location,
      properties: { kubeConfig: encoded(kubeconfigOf, cluster, user) },
    },
  };
}

function encoded(
  kubeconfigOf: Kubeconfigs,
  { cluster, resourceGroup, properties, provisioningState }: ManagedCluster,
  user: KubeconfigRequest["user"],
): string {
  if (provisioningState === "Creating") {
    throw refusal(409, "OperationNotAllowed", "Credentials are available when the cluster has been created.");
  }
  if (user === "clusterAdmin" && properties["disableLocalAccounts"] === true) {
    const text = "Getting static credential is not allowed because this cluster is set to disable local accounts.";
    throw refusal(400, "BadRequest", text);
  }
  return Buffer.from(kubeconfigOf({ cluster, resourceGroup, user })).toString("base64");
}
