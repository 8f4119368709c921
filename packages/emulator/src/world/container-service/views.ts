import type { Random } from "@fairway/kernel";
import { defaultAutoscalerProfile } from "./autoscaler-profile.ts";
import { shownNetworkProfile } from "./network-profile.ts";
import { hostNames } from "./private-cluster.ts";
import { shownProfiles } from "./shown-profiles.ts";
import type { AgentPool, ManagedCluster } from "./state.ts";

/** The same as the answer to a PUT: there every pool has labels, if none of its own (recorded). */
export function writtenClusterView(cluster: ManagedCluster): Record<string, unknown> {
  const view = clusterView(cluster);
  const properties = view["properties"] as { readonly agentPoolProfiles: readonly Record<string, unknown>[] };
  const agentPoolProfiles = properties.agentPoolProfiles.map((pool) => ({ nodeLabels: {}, ...pool }));
  return { ...view, properties: { ...properties, agentPoolProfiles } };
}

/** A cluster as ARM shows it. What is not set is absent, never null (arm-wire, null-style). */
export function clusterView(cluster: ManagedCluster): Record<string, unknown> {
  return {
    id: clusterId(cluster),
    location: cluster.location,
    name: cluster.name,
    ...(cluster.tags ? { tags: cluster.tags } : {}),
    type: "Microsoft.ContainerService/ManagedClusters",
    kind: cluster.sku.name === "Automatic" ? "Automatic" : "Base",
    ...(cluster.provisioningState === "Creating" ? {} : { eTag: cluster.eTag }),
    properties: clusterProperties(cluster),
    identity: cluster.provisioningState === "Creating" ? newIdentity(cluster.identity) : cluster.identity,
    sku: cluster.sku,
  };
}

export function poolView(cluster: ManagedCluster, pool: AgentPool): Record<string, unknown> {
  return {
    id: poolId(cluster, pool.name),
    name: pool.name,
    type: "Microsoft.ContainerService/managedClusters/agentPools",
    properties: poolFields(cluster, pool),
  };
}

/** Group names come back as sent, the word before them in lower case (arm-wire, ids). */
export function clusterId({ subscription, resourceGroup, name }: Scope): string {
  return `/subscriptions/${subscription}/resourcegroups/${resourceGroup}/providers/Microsoft.ContainerService/managedClusters/${name}`;
}

export function poolId(cluster: Scope, pool: string): string {
  return `${clusterId(cluster)}/agentPools/${pool}`;
}

/** `{dnsPrefix}-{8 random of a-z0-9}.hcp.{region}.azmk8s.io` */
export function newFqdn(dnsPrefix: string, location: string, random: Random): string {
  return `${dnsPrefix.toLowerCase()}-${random.text(8)}.hcp.${location}.azmk8s.io`;
}

function clusterProperties(cluster: ManagedCluster): Record<string, unknown> {
  return {
    provisioningState: cluster.provisioningState,
    powerState: { code: cluster.power.code },
    kubernetesVersion: cluster.kubernetesVersion,
    currentKubernetesVersion: cluster.cluster.kubernetesVersion,
    ...hostNames(cluster),
    agentPoolProfiles: [...cluster.pools.values()].map((pool) => poolProfile(cluster, pool)),
    maxAgentPools: 100,
    supportPlan: cluster.supportPlan,
    ...(scalesItself(cluster) ? { autoScalerProfile: defaultAutoscalerProfile } : {}),
    ...cluster.properties,
    ...shownProfiles(cluster),
    networkProfile: networkProfile(cluster),
    ...(cluster.provisioningState === "Creating" ? {} : { identityProfile: identityProfile(cluster) }),
  };
}

/** The ids of identities of the client's own are looked up while the cluster is made. */
function newIdentity({
  userAssignedIdentities: ids,
  ...identity
}: ManagedCluster["identity"]): Record<string, unknown> {
  if (typeof ids !== "object" || ids === null) return identity;
  return { ...identity, userAssignedIdentities: Object.fromEntries(Object.keys(ids).map((id) => [id, {}])) };
}

function networkProfile({ subscription, properties, provisioningState }: ManagedCluster): Record<string, unknown> {
  if (provisioningState === "Creating") return properties["networkProfile"] as Record<string, unknown>;
  const nodeResourceGroup = String(properties["nodeResourceGroup"]);
  return shownNetworkProfile(properties["networkProfile"] as Record<string, unknown>, {
    subscription,
    nodeResourceGroup,
  });
}

function scalesItself({ pools }: ManagedCluster): boolean {
  return [...pools.values()].some(({ properties }) => properties["enableAutoScaling"] === true);
}

function identityProfile(cluster: ManagedCluster): Record<string, unknown> {
  const sent = cluster.properties["identityProfile"] as Record<string, unknown> | undefined;
  const group = String(cluster.properties["nodeResourceGroup"]);
  const kubelet = `${cluster.name}-agentpool`;
  const { clientId, objectId } = cluster.kubeletIdentity;
  const resourceId = `/subscriptions/${cluster.subscription}/resourcegroups/${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${kubelet}`;
  return { kubeletidentity: { resourceId, clientId, objectId }, ...sent };
}

/** In its cluster a pool that is being made has no tag yet. */
function poolProfile(cluster: ManagedCluster, pool: AgentPool): Record<string, unknown> {
  const { eTag, ...fields } = poolFields(cluster, pool);
  return { name: pool.name, ...fields, ...(pool.provisioningState === "Creating" ? {} : { eTag }) };
}

function poolFields({ power }: ManagedCluster, pool: AgentPool): Record<string, unknown> {
  const { type, mode, upgradeStrategy } = pool.properties as Readonly<Record<string, unknown>>;
  if (mode === "Machines") {
    const { provisioningState, power: code, eTag } = pool;
    return { type, mode, upgradeStrategy, provisioningState, powerState: { code }, eTag };
  }
  return {
    ...("virtualMachinesProfile" in pool.properties ? withoutSizes(pool) : pool.properties),
    eTag: pool.eTag,
    provisioningState: pool.provisioningState,
    powerState: { code: power.code === "Stopped" ? "Stopped" : pool.power },
    currentOrchestratorVersion: pool.currentVersion,
    nodeImageVersion: pool.nodeImage,
  };
}

/** A pool of single machines says how many of which size there are. */
function withoutSizes({ properties, machines, provisioningState }: AgentPool): Record<string, unknown> {
  const { count: _, vmSize: size, virtualMachineNodesStatus: __, ...rest } = properties;
  if (machines.length === 0 || provisioningState === "Creating") return rest;
  return { ...rest, virtualMachineNodesStatus: [{ size, count: machines.length }] };
}

type Scope = Pick<ManagedCluster, "subscription" | "resourceGroup" | "name">;
