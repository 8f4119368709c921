import { X509Certificate } from "node:crypto";
import type { ManagedCluster } from "@azure/arm-containerservice";
import type { ClusterSettings, PoolFacts } from "@fairway/core";
import { FairwayError } from "@fairway/model";
import { KubeConfig } from "@kubernetes/client-node";
import type { AksContext } from "../context.ts";

/** What Azure Resource Manager tells of a cluster and of what it needs beside itself. */
export async function readSettings({ arm }: AksContext, cluster: ManagedCluster): Promise<ArmSettings> {
  const [locks, quotas, subnets, maintenance, certificateExpiresAt] = await Promise.all([
    unlessForbidden(arm.locks(cluster.nodeResourceGroup ?? ""), []),
    unlessForbidden(arm.quotas(cluster.location), []),
    Promise.all(networksOf(cluster).map((network) => unlessForbidden(arm.subnets(network), []))),
    unlessForbidden(arm.maintenanceWindows(), []),
    certificateEnd(arm.userKubeConfig()),
  ]);
  const profile = cluster.networkProfile;
  return {
    tagCount: Object.keys(cluster.tags ?? {}).length,
    usesServicePrincipal: !["msi", "", undefined].includes(cluster.servicePrincipalProfile?.clientId),
    outboundType: profile?.outboundType ?? "",
    addons: addonsOf(cluster),
    autoUpgradeChannel: cluster.autoUpgradeProfile?.upgradeChannel ?? "",
    maintenance,
    locks,
    quotas,
    ...(subnets.length === 0 ? {} : { subnets: subnets.flat() }),
    ...(certificateExpiresAt === undefined ? {} : { certificateExpiresAt }),
  };
}

/** What only the cluster itself tells is left out. */
type ArmSettings = Omit<ClusterSettings, "kubeProxyMode">;

/** Defaults where Azure leaves a setting out: AKS docs, node pool upgrade settings. */
export function poolFacts(
  pool: NonNullable<ManagedCluster["agentPoolProfiles"]>[number],
  { networkProfile }: Pick<ManagedCluster, "networkProfile"> = {},
): PoolFacts {
  const isFlat = networkProfile?.networkPlugin === "azure" && networkProfile.networkPluginMode !== "overlay";
  const settings = pool.upgradeSettings ?? {};
  return {
    name: pool.name,
    version: pool.currentOrchestratorVersion ?? pool.orchestratorVersion ?? "",
    provisioningState: pool.provisioningState ?? "",
    count: pool.count ?? 0,
    vmSize: pool.vmSize ?? "",
    isSystem: pool.mode === "System",
    isSpot: pool.scaleSetPriority === "Spot",
    usesAvailabilitySet: pool.type === "AvailabilitySet",
    osSku: pool.osSKU ?? "",
    nodeImage: pool.nodeImageVersion ?? "",
    maxSurge: settings.maxSurge ?? "10%",
    maxUnavailable: settings.maxUnavailable ?? "0",
    drainTimeoutMinutes: settings.drainTimeoutInMinutes ?? 30,
    soakMinutes: settings.nodeSoakDurationInMinutes ?? 0,
    ...(pool.vnetSubnetID === undefined ? {} : { subnet: pool.vnetSubnetID }),
    // Pods of a flat network take theirs from the node's subnet, unless they have one of their own.
    ...(isFlat && pool.podSubnetID === undefined ? { addressesPerNode: 1 + (pool.maxPods ?? 30) } : {}),
    undrainable: settings.undrainableNodeBehavior === "Cordon" ? "Cordon" : "Schedule",
  };
}

/** Virtual networks of the pools' subnets, by resource id. */
function networksOf({ agentPoolProfiles = [] }: ManagedCluster): readonly string[] {
  const networks = agentPoolProfiles.flatMap(
    ({ vnetSubnetID }) => vnetSubnetID?.replace(/\/subnets\/[^/]+$/i, "") ?? [],
  );
  return [...new Set(networks)];
}

function addonsOf(cluster: ManagedCluster): readonly string[] {
  const addons = Object.entries(cluster.addonProfiles ?? {}).filter(([, profile]) => profile.enabled);
  return [...addons.map(([name]) => name), ...(cluster.podIdentityProfile?.enabled === true ? ["podIdentity"] : [])];
}

/** Not being allowed to see something is no reason to see nothing. */
async function unlessForbidden<T>(asked: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof FairwayError && (error.code === "forbidden" || error.code === "target-not-found"))
      return otherwise;
    throw error;
  }
}

/** End of the client certificate that Azure gives out; undefined where users sign in through Microsoft Entra ID. */
async function certificateEnd(kubeConfigText: Promise<string>): Promise<string | undefined> {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromString(await kubeConfigText);
  const data = kubeConfig.getCurrentUser()?.certData;
  if (data === undefined) return undefined;
  return new X509Certificate(Buffer.from(data, "base64")).validToDate.toISOString();
}
