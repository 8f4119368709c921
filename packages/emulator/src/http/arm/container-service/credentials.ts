import type { ArmResponse } from "../../../world/arm/provider.ts";
import type { Cluster } from "../../../world/cluster.ts";
import { refusal } from "../../../world/container-service/errors.ts";
import type { ManagedCluster } from "../../../world/container-service/state.ts";
import { clusterId } from "../../../world/container-service/views.ts";

export interface KubeconfigRequest {
  readonly cluster: Cluster;
  readonly resourceGroup: string;
  readonly user: "clusterUser" | "clusterAdmin" | "clusterMonitoringUser";
  /** Users sign in with Entra, in the way that the client asks for. Absent: the kubeconfig has a static token. */
  readonly entra?: EntraSignIn;
}

export interface EntraSignIn {
  readonly tenantId: string;
  /** `exec` needs kubelogin on the machine; `azure` is what clients before 1.26 had built in. */
  readonly format: "exec" | "azure";
}

/** A kubeconfig as YAML, for one of the users that AKS has. */
export type Kubeconfigs = (request: KubeconfigRequest) => string;

/** `POST …/listCluster…Credential` */
export function credentials(
  kubeconfigOf: Kubeconfigs,
  cluster: ManagedCluster,
  user: KubeconfigRequest["user"],
  format = "exec",
): ArmResponse {
  if (format !== "exec" && format !== "azure") {
    const text = `The value of parameter format is invalid. Error details: format '${format}' is not supported, allowed values are: azure, exec.`;
    throw refusal(400, "InvalidParameter", text);
  }
  const value = encoded(kubeconfigOf, cluster, user, format);
  return { status: 200, body: { kubeconfigs: [{ name: user, value }] } };
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
      properties: { kubeConfig: encoded(kubeconfigOf, cluster, user, "exec") },
    },
  };
}

function encoded(
  kubeconfigOf: Kubeconfigs,
  { cluster, resourceGroup, properties, provisioningState }: ManagedCluster,
  user: KubeconfigRequest["user"],
  format: EntraSignIn["format"],
): string {
  if (provisioningState === "Creating") {
    throw refusal(409, "OperationNotAllowed", "Credentials are available when the cluster has been created.");
  }
  const entra = user === "clusterUser" ? signInOf(properties["aadProfile"], format) : undefined;
  if (!entra && properties["disableLocalAccounts"] === true) {
    const text = "Getting static credential is not allowed because this cluster is set to disable local accounts.";
    throw refusal(400, "BadRequest", text);
  }
  const request = { cluster, resourceGroup, user, ...(entra ? { entra } : {}) };
  return Buffer.from(kubeconfigOf(request)).toString("base64");
}

/** Undefined without managed Entra integration. */
function signInOf(aadProfile: unknown, format: EntraSignIn["format"]): EntraSignIn | undefined {
  const { managed, tenantID } = isObject(aadProfile) ? aadProfile : {};
  return managed === true && typeof tenantID === "string" ? { tenantId: tenantID, format } : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
