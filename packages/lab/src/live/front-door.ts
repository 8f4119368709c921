import type { CdnManagementClient } from "@azure/arm-cdn";
import type { ProfileOptions } from "./profile.ts";

/** A Front Door profile whose origin group `clusters` divides traffic by weights. Gives the host that callers ask. */
export async function createFrontDoor(
  client: CdnManagementClient,
  { group, name, endpoints }: Omit<ProfileOptions, "httpClient">,
): Promise<string> {
  const path = [group, name] as const;
  const sku = { name: "Standard_AzureFrontDoor" };
  await client.profiles.beginCreateAndWait(...path, { location: "Global", sku });
  const origins = await client.afdOriginGroups.beginCreateAndWait(...path, "clusters", {
    loadBalancingSettings: { sampleSize: 4, successfulSamplesRequired: 3, additionalLatencyInMilliseconds: 1_000 },
    healthProbeSettings: { probePath: "/healthz", probeProtocol: "Https", probeIntervalInSeconds: 30 },
  });
  for (const { name: origin, host, weight } of endpoints) {
    await client.afdOrigins.beginCreateAndWait(...path, "clusters", origin, {
      hostName: host,
      ...(weight === 0 ? { enabledState: "Disabled" } : { weight }),
    });
  }
  const endpoint = await client.afdEndpoints.beginCreateAndWait(...path, name, { location: "Global" });
  await client.routes.beginCreateAndWait(...path, name, "all", {
    originGroup: { id: origins.id ?? "" },
    linkToDefaultDomain: "Enabled",
  });
  return endpoint.hostName ?? "";
}
