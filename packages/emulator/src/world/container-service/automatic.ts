import { RequestBody } from "./request-body.ts";

/**
 * What AKS Automatic turns on that a client does not speak of (AKS docs, AKS Automatic; recorded). Left out: the taint of
 * system pools, since nothing here makes nodes for pods that find none.
 */
export function withAutomaticDefaults(properties: RequestBody): RequestBody {
  const sent = properties.sent();
  const pools = sent["agentPoolProfiles"];
  const agentPoolProfiles = Array.isArray(pools) ? { agentPoolProfiles: pools.map(automaticPool) } : {};
  return new RequestBody({ ...merged(defaults, sent), ...agentPoolProfiles }, properties.path);
}

function automaticPool(pool: unknown): unknown {
  if (!isObject(pool)) return pool;
  const filled = merged({ osSKU: "AzureLinux", availabilityZones: ["1", "2", "3"] }, pool);
  return { ...filled, securityProfile: { ...fieldsOf(pool["securityProfile"]), sshAccess: "Disabled" } };
}

/** What was sent, with the defaults where nothing was. */
function merged(usual: Fields, sent: Fields): Record<string, unknown> {
  const result: Record<string, unknown> = { ...usual };
  for (const [name, value] of Object.entries(sent)) {
    const under = usual[name];
    result[name] = isObject(value) && isObject(under) ? merged(under, value) : value;
  }
  return result;
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const on = { enabled: true };

const defaults = {
  aadProfile: { managed: true, enableAzureRBAC: true },
  addonProfiles: {
    azureKeyvaultSecretsProvider: { ...on, config: { enableSecretRotation: "true" } },
    azurepolicy: on,
  },
  apiServerAccessProfile: { enablePrivateCluster: false, enableVnetIntegration: true },
  autoUpgradeProfile: { upgradeChannel: "stable" },
  ingressProfile: { webAppRouting: on },
  networkProfile: { networkDataplane: "cilium", networkPolicy: "cilium", outboundType: "managedNATGateway" },
  nodeProvisioningProfile: { mode: "Auto" },
  nodeResourceGroupProfile: { restrictionLevel: "ReadOnly" },
  oidcIssuerProfile: on,
  securityProfile: { imageCleaner: { ...on, intervalHours: 168 }, workloadIdentity: on },
  workloadAutoScalerProfile: { keda: on, verticalPodAutoscaler: { ...on, addonAutoscaling: "Unspecified" } },
} as const;
