import type { RequestBody } from "./request-body.ts";

/** `networkProfile` of a new cluster, defaults filled in (arm-wire, managedClusters creates). */
export function newNetworkProfile(body: RequestBody): Record<string, unknown> {
  const sent = body.object("networkProfile");
  const plugin = sent?.text("networkPlugin") ?? "azure";
  const mode = sent?.text("networkPluginMode") ?? (sent?.text("networkPlugin") === undefined ? "overlay" : undefined);
  const hasPodCidr = plugin === "kubenet" || mode === "overlay";
  const families = sent?.texts("ipFamilies") ?? ["IPv4"];
  return {
    networkPlugin: plugin,
    ...(mode === undefined ? {} : { networkPluginMode: mode }),
    networkPolicy: sent?.text("networkDataplane")?.toLowerCase() === "cilium" ? "cilium" : "none",
    networkDataplane: "azure",
    loadBalancerSku: "standard",
    ...(hasPodCidr ? ranges("podCidr", podRanges, families, sent) : {}),
    ...ranges("serviceCidr", serviceRanges, families, sent),
    dnsServiceIP: "10.0.0.10",
    podLinkLocalAccess: "IMDS",
    ...sent?.sent(),
    ...advancedNetworking(sent),
    ipFamilies: families,
    ...outbound(sent, families.includes("IPv6")),
  };
}

/** Advanced Container Networking Services: what is not said of its parts is as the whole (recorded). */
export function advancedNetworking(sent: RequestBody | undefined): { advancedNetworking?: Record<string, unknown> } {
  const body = sent?.object("advancedNetworking");
  if (!body) return {};
  const enabled = body.boolean("enabled") ?? false;
  const { observability, security, ...rest } = body.sent();
  const isSecure = fields(security)?.["enabled"] !== false && enabled;
  const policies = { advancedNetworkPolicies: "FQDN", transitEncryption: { type: "None" } };
  return {
    advancedNetworking: {
      ...rest,
      enabled,
      observability: { enabled, ...fields(observability) },
      security: { enabled, ...(isSecure ? policies : {}), ...fields(security) },
    },
  };
}

/** What Azure takes by itself, by family of addresses. */
const podRanges: Readonly<Record<string, string>> = { IPv4: "10.244.0.0/16", IPv6: "fd12:3456:789a::/64" };
const serviceRanges: Readonly<Record<string, string>> = { IPv4: "10.0.0.0/16", IPv6: "fd12:3456:789a:1::/108" };

/** `podCidr` and `podCidrs`: the first of the list is the single one. */
function ranges(
  name: "podCidr" | "serviceCidr",
  defaults: Readonly<Record<string, string>>,
  families: readonly string[],
  sent: RequestBody | undefined,
): Record<string, unknown> {
  const list = sent?.texts(`${name}s`);
  const single = sent?.text(name) ?? list?.[0] ?? defaults["IPv4"];
  const others = families.filter((family) => family !== "IPv4").map((family) => defaults[family] ?? "");
  return { [name]: single, [`${name}s`]: list ?? [single, ...others] };
}

/** The way out of the cluster, with the profile of its kind alone. */
function outbound(sent: RequestBody | undefined, dualStack: boolean): Record<string, unknown> {
  const outboundType = sent?.text("outboundType") ?? "loadBalancer";
  switch (outboundType.toLowerCase()) {
    case "loadbalancer":
      return { outboundType, loadBalancerProfile: loadBalancer(sent?.object("loadBalancerProfile"), dualStack) };
    case "managednatgateway":
      return { outboundType, natGatewayProfile: natGateway(sent?.object("natGatewayProfile")) };
    default:
      return { outboundType };
  }
}

function loadBalancer(sent: RequestBody | undefined, dualStack: boolean): Record<string, unknown> {
  const managed = sent?.object("managedOutboundIPs");
  const own = sent?.object("outboundIPs") ?? sent?.object("outboundIPPrefixes");
  return {
    ...(own ? {} : { managedOutboundIPs: { count: 1 } }),
    ...(sent ? { allocatedOutboundPorts: 0, idleTimeoutInMinutes: 30 } : {}),
    backendPoolType: "nodeIPConfiguration",
    ...withoutEffective(sent),
    ...(dualStack && !own ? { managedOutboundIPs: { count: 1, countIPv6: 1, ...managed?.sent() } } : {}),
  };
}

function natGateway(sent: RequestBody | undefined): Record<string, unknown> {
  return { managedOutboundIPProfile: { count: 1 }, idleTimeoutInMinutes: 4, ...withoutEffective(sent) };
}

function withoutEffective(sent: RequestBody | undefined): Record<string, unknown> {
  const { effectiveOutboundIPs: _, ...rest } = sent?.sent() ?? {};
  return rest;
}

export interface OutboundScope {
  readonly subscription: string;
  readonly nodeResourceGroup: string;
}

/** The profile with the addresses that the cluster's traffic leaves by: the client's own, or as many as AKS made for it. */
export function shownNetworkProfile(
  profile: Readonly<Record<string, unknown>>,
  scope: OutboundScope,
): Record<string, unknown> {
  const balancer = fields(profile["loadBalancerProfile"]);
  const gateway = fields(profile["natGatewayProfile"]);
  return {
    ...profile,
    ...(balancer ? { loadBalancerProfile: { ...balancer, effectiveOutboundIPs: balancerIps(balancer, scope) } } : {}),
    ...(gateway
      ? {
          natGatewayProfile: {
            ...gateway,
            effectiveOutboundIPs: managedIps(gateway["managedOutboundIPProfile"], scope),
          },
        }
      : {}),
  };
}

function balancerIps(balancer: Fields, scope: OutboundScope): unknown[] {
  const own =
    fields(balancer["outboundIPs"])?.["publicIPs"] ?? fields(balancer["outboundIPPrefixes"])?.["publicIPPrefixes"];
  return Array.isArray(own) ? own : managedIps(balancer["managedOutboundIPs"], scope);
}

function managedIps(managed: unknown, { subscription, nodeResourceGroup }: OutboundScope): { id: string }[] {
  const { count = 1, countIPv6 = 0 } = (fields(managed) ?? {}) as { count?: number; countIPv6?: number };
  const addresses = `/subscriptions/${subscription}/resourceGroups/${nodeResourceGroup}/providers/Microsoft.Network/publicIPAddresses`;
  return Array.from({ length: Number(count) + Number(countIPv6) }, (_, index) => ({
    id: `${addresses}/mgdoutboundip${index + 1}`,
  }));
}

type Fields = Readonly<Record<string, unknown>>;

function fields(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}
