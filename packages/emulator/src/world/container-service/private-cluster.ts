import { createHash } from "node:crypto";
import type { ManagedCluster } from "./state.ts";

type PrivateScope = Pick<
  ManagedCluster,
  "fqdn" | "location" | "name" | "properties" | "resourceGroup" | "subscription"
>;

interface ApiServerAccess {
  readonly enablePrivateCluster?: boolean;
  readonly enablePrivateClusterPublicFQDN?: boolean;
  readonly privateDNSZone?: string;
}

/** Whether the API server has a private endpoint (AKS docs, private clusters). The emulator's is reached as any other. */
export function isPrivate({ properties }: Pick<ManagedCluster, "properties">): boolean {
  return accessOf(properties).enablePrivateCluster === true;
}

/** Under which names a cluster shows its API server: a private one by its private name, and by the public one unless that is off. */
export function hostNames(cluster: PrivateScope): Record<string, unknown> {
  const { fqdn } = cluster;
  if (!isPrivate(cluster)) return { fqdn, azurePortalFQDN: fqdn.replace(".hcp.", ".portal.hcp.") };
  const portal = `${hex(cluster, "portal", 32)}-priv.portal.hcp.${cluster.location}.azmk8s.io`;
  const withPublic = accessOf(cluster.properties).enablePrivateClusterPublicFQDN !== false;
  return {
    ...(withPublic ? { fqdn } : {}),
    privateFQDN: privateName(cluster),
    azurePortalFQDN: portal,
    privateLinkResources: [privateLinkResource(cluster)],
  };
}

export function privateLinkResource(cluster: PrivateScope): Record<string, unknown> {
  return {
    id: `/subscriptions/${cluster.subscription}/resourcegroups/${cluster.resourceGroup}/providers/Microsoft.ContainerService/managedClusters/${cluster.name}/privateLinkResources/management`,
    name: "management",
    type: "Microsoft.ContainerService/managedClusters/privateLinkResources",
    groupId: "management",
    requiredMembers: ["management"],
  };
}

/** In a subscription of AKS's own. */
export function privateLinkServiceId(cluster: PrivateScope): string {
  const subscription = hex(cluster, "subscription", 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  return `/subscriptions/${subscription}/resourceGroups/${hex(cluster, "group", 24)}/providers/Microsoft.Network/privateLinkServices/${hex(cluster, "service", 32)}`;
}

/** `{name}.{guid}.privatelink.{region}.azmk8s.io`, or in the zone that the client has for it. */
function privateName(cluster: PrivateScope): string {
  const zone = accessOf(cluster.properties).privateDNSZone;
  const custom = zone?.startsWith("/") ? zone.split("/").at(-1) : undefined;
  const subdomain = cluster.properties["fqdnSubdomain"];
  const host = typeof subdomain === "string" ? subdomain : cluster.fqdn.split(".")[0];
  const guid = hex(cluster, "zone", 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  return `${host}.${custom ?? `${guid}.privatelink.${cluster.location}.azmk8s.io`}`;
}

function accessOf(properties: ManagedCluster["properties"]): ApiServerAccess {
  return (properties["apiServerAccessProfile"] as ApiServerAccess | undefined) ?? {};
}

/** The same for a cluster at every look. */
function hex({ fqdn }: PrivateScope, what: string, length: number): string {
  return createHash("sha256").update(`${what}/${fqdn}`).digest("hex").slice(0, length);
}
