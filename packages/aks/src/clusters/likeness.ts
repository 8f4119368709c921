import type { ManagedCluster } from "@azure/arm-containerservice";
import { FairwayError } from "@fairway/model";

export interface Likeness {
  readonly name: string;
  readonly version: string;
}

/**
 * The description of a cluster like another one: what somebody chose, without what Azure tells of it (AKS REST API,
 * read-only properties), and without identities and addresses that belong to the other one.
 */
export function clusterLike(cluster: ManagedCluster, { name, version }: Likeness): ManagedCluster {
  refuseServicePrincipal(cluster);
  const chosen = Object.fromEntries(
    Object.entries(cluster).filter(([property]) => !toldByAzure.has(property)),
  ) as unknown as ManagedCluster;
  const { windowsProfile, addonProfiles, networkProfile, oidcIssuerProfile, ingressProfile } = chosen;
  return {
    ...chosen,
    dnsPrefix: name,
    kubernetesVersion: version,
    agentPoolProfiles: (cluster.agentPoolProfiles ?? []).map((pool) => ({
      ...without(pool, poolsToldByAzure),
      name: pool.name,
      orchestratorVersion: version,
    })),
    ...identityLike(cluster),
    ...(addonProfiles
      ? {
          addonProfiles: mapValues(addonProfiles, ({ enabled, config }) => ({
            enabled,
            ...(config ? { config } : {}),
          })),
        }
      : {}),
    ...(networkProfile ? { networkProfile: networkLike(networkProfile) } : {}),
    // The issuer is the cluster's own.
    ...(oidcIssuerProfile ? { oidcIssuerProfile: without(oidcIssuerProfile, new Set(["issuerURL"])) } : {}),
    ...(ingressProfile?.webAppRouting
      ? {
          ingressProfile: {
            ...ingressProfile,
            webAppRouting: without(ingressProfile.webAppRouting, new Set(["identity"])),
          },
        }
      : {}),
    ...(windowsProfile ? { windowsProfile: without(windowsProfile, new Set(["adminPassword"])) } : {}),
  };
}

const toldByAzure: ReadonlySet<string> = new Set([
  "id",
  "name",
  "type",
  "systemData",
  "eTag",
  "provisioningState",
  "powerState",
  "status",
  "currentKubernetesVersion",
  "maxAgentPools",
  "fqdn",
  "fqdnSubdomain",
  "privateFqdn",
  "azurePortalFqdn",
  "nodeResourceGroup",
  "resourceUID",
  "privateLinkResources",
  "hostedSystemProfile",
  // Made for each cluster anew.
  "identity",
  "identityProfile",
  "servicePrincipalProfile",
]);

const poolsToldByAzure: ReadonlySet<string> = new Set([
  "eTag",
  "provisioningState",
  "currentOrchestratorVersion",
  "nodeImageVersion",
  "powerState",
  "status",
]);

function networkLike(network: NonNullable<ManagedCluster["networkProfile"]>) {
  const { loadBalancerProfile, natGatewayProfile } = network;
  const told = new Set(["effectiveOutboundIPs"]);
  return {
    ...network,
    ...(loadBalancerProfile ? { loadBalancerProfile: without(loadBalancerProfile, told) } : {}),
    ...(natGatewayProfile ? { natGatewayProfile: without(natGatewayProfile, told) } : {}),
  };
}

function identityLike({ identity }: ManagedCluster): Pick<ManagedCluster, "identity"> {
  if (!identity) return { identity: { type: "SystemAssigned" } };
  const { type, userAssignedIdentities } = identity;
  return {
    identity: {
      ...(type === undefined ? {} : { type }),
      ...(userAssignedIdentities ? { userAssignedIdentities: mapValues(userAssignedIdentities, () => ({})) } : {}),
    },
  };
}

/** Clusters with a managed identity show `msi` here. */
function refuseServicePrincipal({ name, servicePrincipalProfile }: ManagedCluster): void {
  const clientId = servicePrincipalProfile?.clientId;
  if (clientId === undefined || clientId === "msi") return;
  throw new FairwayError(
    "not-supported",
    `Cluster ${name ?? ""} uses a service principal, whose secret nobody can read: there can be no second one like it.`,
    { hint: "Move it to a managed identity (az aks update --enable-managed-identity), or take another strategy." },
  );
}

function without<T extends object>(object: T, names: ReadonlySet<string>): T {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.has(name))) as T;
}

function mapValues<T, U>(object: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value)]));
}
