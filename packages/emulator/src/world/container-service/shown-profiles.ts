import { createHash } from "node:crypto";
import type { ManagedCluster } from "./state.ts";

type Profile = Readonly<Record<string, unknown>>;

/** What Azure adds to profiles of a cluster whenever they are read. Source: recorded clusters. */
export function shownProfiles(cluster: ManagedCluster): Record<string, unknown> {
  const { properties } = cluster;
  const addons = profileOf(properties["addonProfiles"]);
  const mesh = profileOf(properties["serviceMeshProfile"]);
  const istio = profileOf(mesh?.["istio"]);
  const aad = profileOf(properties["aadProfile"]);
  const ingress = profileOf(properties["ingressProfile"]);
  const proxy = profileOf(properties["httpProxyConfig"]);
  const routing = profileOf(ingress?.["webAppRouting"]);
  return {
    ...(routing ? { ingressProfile: { ...ingress, webAppRouting: shownRouting(cluster, routing) } } : {}),
    ...(proxy ? { httpProxyConfig: { enabled: true, ...proxy, effectiveNoProxy: aroundProxy(cluster, proxy) } } : {}),
    ...(addons ? { addonProfiles: shownAddons(cluster, addons) } : {}),
    ...(istio
      ? {
          serviceMeshProfile: {
            ...mesh,
            istio: {
              ...istio,
              components: { proxyRedirectionMechanism: "InitContainers", ...profileOf(istio["components"]) },
            },
          },
        }
      : {}),
    ...(aad ? { aadProfile: { adminUsers: null, ...aad } } : {}),
  };
}

/** Where the nodes go without the proxy: what the client said, and the parts of Azure and of the cluster (recorded). */
function aroundProxy({ properties, fqdn }: ManagedCluster, { noProxy }: Profile): unknown[] {
  const network = profileOf(properties["networkProfile"]) ?? {};
  const own = [fqdn, "168.63.129.16", "169.254.169.254", "konnectivity", network["podCidr"], network["serviceCidr"]];
  const sent: readonly unknown[] = Array.isArray(noProxy) ? noProxy : [];
  return [...new Set([...sent, ...own.filter((one) => one !== undefined)])];
}

/** The application routing add-on stands beside the others, with an identity like theirs. */
function shownRouting(cluster: ManagedCluster, routing: Profile): Record<string, unknown> {
  const isOn = routing["enabled"] === true && cluster.provisioningState !== "Creating";
  return {
    dnsZoneResourceIds: null,
    nginx: { defaultIngressControllerType: "AnnotationControlled" },
    ...routing,
    identity: isOn ? addonIdentity(cluster, "webapprouting") : {},
  };
}

/** Those that are on have an identity of their own once the cluster is made. */
function shownAddons(cluster: ManagedCluster, addons: Profile): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(addons).map(([name, value]) => {
      const addon = profileOf(value);
      if (!addon) return [name, value];
      // One that signs in as the cluster has none of its own.
      const signsIn = profileOf(addon["config"])?.["useAADAuth"] === "true";
      const isOn = addon["enabled"] === true && cluster.provisioningState !== "Creating" && !signsIn;
      return [name, { config: null, ...addon, ...(isOn ? { identity: addonIdentity(cluster, name) } : {}) }];
    }),
  );
}

function addonIdentity({ subscription, name, properties }: ManagedCluster, addon: string): Record<string, unknown> {
  const scope = `/subscriptions/${subscription}/resourcegroups/${String(properties["nodeResourceGroup"])}`;
  const own = `${String(properties["resourceUID"])}/${addon.toLowerCase()}`;
  return {
    resourceId: `${scope}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${addon.toLowerCase()}-${name}`,
    clientId: guidOf(`${own}/client`),
    objectId: guidOf(`${own}/object`),
  };
}

/** Where tokens of service accounts come from, when the cluster says so to others (AKS docs, OIDC issuer). */
export function withIssuer<Properties extends Record<string, unknown>>(
  properties: Properties,
  { location, tenantId }: { readonly location: string; readonly tenantId: string },
): Properties {
  const profile = profileOf(properties["oidcIssuerProfile"]);
  if (profile?.["enabled"] !== true) return properties;
  const issuerURL = `https://${location}.oic.prod-aks.azure.com/${tenantId}/${guidOf(String(properties["resourceUID"]))}/`;
  return { ...properties, oidcIssuerProfile: { ...profile, issuerURL } };
}

/** The same for the same text. */
function guidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(12, 15)}-a${hex.slice(15, 18)}-${hex.slice(18, 30)}`;
}

function profileOf(value: unknown): Profile | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Profile) : undefined;
}
