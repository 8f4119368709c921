import type { Random } from "@fairway/kernel";
import { autoscalerProfile } from "./autoscaler-profile.ts";
import { checkDnsPrefix } from "./names.ts";
import { missingParameter, propertyChangeNotAllowed, type RequestBody } from "./request-body.ts";

/** Told, not asked; pools and versions are kept beside the properties. */
const keptElsewhere = [
  "provisioningState",
  "powerState",
  "agentPoolProfiles",
  "kubernetesVersion",
  "currentKubernetesVersion",
  "supportPlan",
  "maxAgentPools",
  "fqdn",
  "azurePortalFQDN",
  "resourceUID",
];

export interface ClusterIdentity {
  readonly resourceGroup: string;
  readonly name: string;
  readonly location: string;
}

/** The properties of a new cluster, defaults filled in (arm-wire, managedClusters creates). Throws `ArmError` on bad ones. */
export function newClusterProperties(
  body: RequestBody,
  identity: ClusterIdentity,
  random: Random,
): Record<string, unknown> {
  const dnsPrefix = body.text("dnsPrefix");
  if (dnsPrefix === undefined) throw missingParameter(body.pathOf("dnsPrefix"));
  checkDnsPrefix(dnsPrefix, body.pathOf("dnsPrefix"));
  const { resourceGroup, name, location } = identity;
  const defaults = {
    nodeResourceGroup: `MC_${resourceGroup}_${name}_${location}`.slice(0, 80),
    enableRBAC: true,
    disableLocalAccounts: false,
    autoUpgradeProfile: { nodeOSUpgradeChannel: "NodeImage" },
    oidcIssuerProfile: { enabled: false },
    securityProfile: {},
    storageProfile: {
      diskCSIDriver: { enabled: true, version: "v1" },
      fileCSIDriver: { enabled: true },
      snapshotController: { enabled: true },
    },
    workloadAutoScalerProfile: {},
    metricsProfile: { costAnalysis: { enabled: false } },
    nodeProvisioningProfile: { mode: "Manual", defaultNodePools: "Auto" },
    bootstrapProfile: { artifactSource: "Direct" },
    servicePrincipalProfile: { clientId: "msi" },
    resourceUID: random.text(24, "0123456789abcdef"),
  };
  return { ...withDefaults(sentProperties(body), defaults), networkProfile: networkProfile(body) };
}

/** A profile that was sent in part keeps its other defaults. */
function withDefaults(sent: Record<string, unknown>, defaults: Record<string, unknown>): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...defaults };
  for (const [name, value] of Object.entries(sent)) {
    const filled = defaults[name];
    merged[name] = isObject(value) && isObject(filled) ? { ...filled, ...value } : value;
  }
  return merged;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a PUT on an existing cluster makes of its properties: what it leaves out stays. */
export function changedClusterProperties(
  body: RequestBody,
  existing: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  for (const field of ["dnsPrefix", "nodeResourceGroup"]) {
    const sent = body.text(field);
    if (sent !== undefined && sent !== existing[field]) throw propertyChangeNotAllowed(body.pathOf(field));
  }
  return { ...existing, ...sentProperties(body) };
}

/** 110 pods per node with kubenet, 250 with the overlay, 30 with flat Azure addresses (arm-wire). */
export function defaultMaxPods(properties: Readonly<Record<string, unknown>>): number {
  const { networkPlugin, networkPluginMode } = properties["networkProfile"] as Record<string, unknown>;
  if (networkPlugin === "kubenet") return 110;
  return networkPluginMode === "overlay" ? 250 : 30;
}

function sentProperties(body: RequestBody): Record<string, unknown> {
  const sent = Object.entries(body.sent()).filter(([name]) => !keptElsewhere.includes(name));
  const profile = body.object("autoScalerProfile");
  return {
    ...Object.fromEntries(sent.map(([name, value]) => [name, withoutSecrets(value)])),
    ...(profile ? { autoScalerProfile: autoscalerProfile(profile) } : {}),
  };
}

/** Taken, used for nothing here, and never told. */
const secrets = ["secret", "adminPassword", "serverAppSecret"];

function withoutSecrets(value: unknown): unknown {
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => !secrets.includes(name)));
}

function networkProfile(body: RequestBody): Record<string, unknown> {
  const sent = body.object("networkProfile");
  const plugin = sent?.text("networkPlugin") ?? "azure";
  const mode = sent?.text("networkPluginMode") ?? (sent?.text("networkPlugin") === undefined ? "overlay" : undefined);
  const podCidr = sent?.text("podCidr") ?? "10.244.0.0/16";
  const serviceCidr = sent?.text("serviceCidr") ?? "10.0.0.0/16";
  const hasPodCidr = plugin === "kubenet" || mode === "overlay";
  return {
    networkPlugin: plugin,
    ...(mode === undefined ? {} : { networkPluginMode: mode }),
    networkPolicy: "none",
    networkDataplane: "azure",
    loadBalancerSku: "standard",
    loadBalancerProfile: { managedOutboundIPs: { count: 1 }, backendPoolType: "nodeIPConfiguration" },
    outboundType: "loadBalancer",
    ...(hasPodCidr ? { podCidr, podCidrs: [podCidr] } : {}),
    serviceCidr,
    serviceCidrs: [serviceCidr],
    dnsServiceIP: "10.0.0.10",
    ipFamilies: ["IPv4"],
    podLinkLocalAccess: "IMDS",
    ...sent?.sent(),
  };
}
