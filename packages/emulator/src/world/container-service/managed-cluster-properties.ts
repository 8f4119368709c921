import type { Random } from "@fairway/kernel";
import { autoscalerProfile } from "./autoscaler-profile.ts";
import { refusal } from "./errors.ts";
import { defaultMeshRevision } from "./mesh-revisions.ts";
import { checkDnsPrefix } from "./names.ts";
import { advancedNetworking, newNetworkProfile } from "./network-profile.ts";
import { missingParameter, propertyChangeNotAllowed, RequestBody } from "./request-body.ts";

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
  "privateFQDN",
  "azurePortalFQDN",
  "privateLinkResources",
  "resourceUID",
];

/** Profiles that every cluster has. What a client sends of one in part leaves the rest as it is. */
const profileDefaults = {
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
};

export interface ClusterIdentity {
  readonly resourceGroup: string;
  readonly name: string;
  readonly location: string;
  readonly tenantId: string;
}

/** The properties of a new cluster, defaults filled in (arm-wire, managedClusters creates). Throws `ArmError` on bad ones. */
export function newClusterProperties(
  body: RequestBody,
  identity: ClusterIdentity,
  random: Random,
): Record<string, unknown> {
  checkDnsName(body);
  checkGatewayApi(body, undefined);
  const { resourceGroup, name, location } = identity;
  const longTerm = body.text("supportPlan")?.toLowerCase() === "akslongtermsupport";
  const { autoUpgradeProfile } = profileDefaults;
  const defaults = {
    ...profileDefaults,
    ...(longTerm ? { autoUpgradeProfile: { upgradeChannel: "patch", ...autoUpgradeProfile } } : {}),
    nodeResourceGroup: `MC_${resourceGroup}_${name}_${location}`.slice(0, 80),
    enableRBAC: true,
    disableLocalAccounts: false,
    servicePrincipalProfile: { clientId: "msi" },
    resourceUID: random.text(24, "0123456789abcdef"),
  };
  return {
    ...withDefaults(sentProperties(body), defaults),
    networkProfile: newNetworkProfile(body),
    ...(body.object("windowsProfile") ? windowsProfile(body, undefined) : usualWindowsProfile(body)),
    ...filledProfiles(body, identity.tenantId),
  };
}

/** Kubernetes' Gateway API comes with something that speaks it (recorded). */
function checkGatewayApi(body: RequestBody, existing: Readonly<Record<string, unknown>> | undefined): void {
  const ingress = body.object("ingressProfile");
  const installation = ingress?.object("gatewayAPI")?.text("installation")?.toLowerCase();
  if (installation === undefined || installation === "disabled") return;
  const mesh = (body.object("serviceMeshProfile") ?? new RequestBody(existing?.["serviceMeshProfile"] ?? {})).text(
    "mode",
  );
  if (mesh?.toLowerCase() === "istio" || ingress?.object("webAppRouting")?.object("gatewayAPIImplementations")) return;
  const text =
    "Gateway API installation requires at least one implementation that uses Gateway API to be enabled. Supported implementations are Istio Service Mesh Addon.";
  throw refusal(400, "BadRequest", text);
}

/** A private cluster with a DNS zone of its own can be named by `fqdnSubdomain` instead of `dnsPrefix`. */
function checkDnsName(body: RequestBody): void {
  const field = body.text("dnsPrefix") === undefined && body.text("fqdnSubdomain") ? "fqdnSubdomain" : "dnsPrefix";
  const name = body.text(field);
  if (name === undefined) throw missingParameter(body.pathOf("dnsPrefix"));
  checkDnsPrefix(name, body.pathOf(field));
}

/** Every cluster that can have Windows nodes has it, with the CSI proxy on (arm-wire). */
function windowsProfile(body: RequestBody, existing: unknown): { windowsProfile?: Record<string, unknown> } {
  const sent = body.object("windowsProfile");
  if (!sent) return {};
  const { adminPassword: _, ...told } = sent.sent();
  return { windowsProfile: { enableCSIProxy: true, ...(isObject(existing) ? existing : {}), ...told } };
}

/** A new cluster whose network plugin was named has it too (recorded). */
function usualWindowsProfile(body: RequestBody): { windowsProfile?: Record<string, unknown> } {
  const plugin = body.object("networkProfile")?.text("networkPlugin")?.toLowerCase();
  if (plugin !== "azure" && plugin !== "none") return {};
  return { windowsProfile: { adminUsername: "azureuser", enableCSIProxy: true } };
}

/** What Azure adds to profiles that a client sends at creation. */
function filledProfiles(body: RequestBody, tenantId: string): Record<string, unknown> {
  const aad = body.object("aadProfile")?.sent();
  const access = body.object("apiServerAccessProfile");
  const mesh = body.object("serviceMeshProfile");
  const istio = { revisions: [defaultMeshRevision], ...mesh?.object("istio")?.sent() };
  return {
    ...(aad ? { aadProfile: { tenantID: tenantId, ...(withoutSecrets(aad) as Record<string, unknown>) } } : {}),
    ...(access?.boolean("enablePrivateCluster")
      ? { apiServerAccessProfile: { privateDNSZone: "system", enablePrivateClusterPublicFQDN: true, ...access.sent() } }
      : {}),
    ...(mesh?.text("mode")?.toLowerCase() === "istio" ? { serviceMeshProfile: { ...mesh.sent(), istio } } : {}),
  };
}

/** A profile that was sent in part keeps its other defaults. */
function withDefaults(sent: Record<string, unknown>, defaults: Record<string, unknown>): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...defaults };
  for (const [name, value] of Object.entries(sent)) {
    const filled = defaults[name];
    merged[name] = isObject(value) && isObject(filled) ? mergedProfile(name, filled, value) : value;
  }
  return merged;
}

/** Parts of these keep what an older version of the API does not show of them. */
const deepProfiles = ["storageProfile", "workloadAutoScalerProfile"];

function mergedProfile(
  name: string,
  filled: Record<string, unknown>,
  sent: Record<string, unknown>,
): Record<string, unknown> {
  return { ...filled, ...(deepProfiles.includes(name) ? withDefaults(sent, filled) : sent) };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a PUT on an existing cluster makes of its properties: what it leaves out stays. */
export function changedClusterProperties(
  body: RequestBody,
  existing: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  for (const field of ["dnsPrefix", "fqdnSubdomain", "nodeResourceGroup"]) {
    const sent = body.text(field);
    if (sent !== undefined && sent !== existing[field]) throw propertyChangeNotAllowed(body.pathOf(field));
  }
  checkGatewayApi(body, existing);
  const mergeable = [...Object.keys(profileDefaults), "networkProfile", "httpProxyConfig"];
  const before = Object.fromEntries(Object.entries(existing).filter(([name]) => mergeable.includes(name)));
  const changed = withDefaults(sentProperties(body), before);
  const networking = advancedNetworking(body.object("networkProfile"));
  return {
    ...existing,
    ...changed,
    ...(isObject(changed["networkProfile"]) ? { networkProfile: { ...changed["networkProfile"], ...networking } } : {}),
    ...windowsProfile(body, existing["windowsProfile"]),
  };
}

/** 110 pods per node with kubenet, 250 with the overlay, 30 with flat Azure addresses (arm-wire). */
export function defaultMaxPods(properties: Readonly<Record<string, unknown>>): number {
  const { networkPlugin, networkPluginMode } = properties["networkProfile"] as Record<string, unknown>;
  if (networkPlugin === "kubenet") return 110;
  return networkPluginMode === "overlay" ? 250 : 30;
}

function sentProperties(body: RequestBody): Record<string, unknown> {
  const sent = Object.entries(body.sent()).filter(
    ([name, value]) => !keptElsewhere.includes(name) && !isEmptyAddons(name, value),
  );
  const profile = body.object("autoScalerProfile");
  return {
    ...Object.fromEntries(sent.map(([name, value]) => [name, withoutSecrets(value)])),
    ...(profile ? { autoScalerProfile: autoscalerProfile(profile) } : {}),
  };
}

/** Without add-ons there is no word of them (recorded). */
function isEmptyAddons(name: string, value: unknown): boolean {
  return name === "addonProfiles" && isObject(value) && Object.keys(value).length === 0;
}

/** Taken, used for nothing here, and never told. */
const secrets = ["secret", "adminPassword", "serverAppSecret"];

function withoutSecrets(value: unknown): unknown {
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => !secrets.includes(name)));
}
