import { TrafficManagerManagementClient } from "@azure/arm-trafficmanager";
import type { HttpClient } from "@azure/core-rest-pipeline";
import { clientOptions, type PlatformAzure } from "./platform.ts";

export interface ProfileOptions {
  readonly group: string;
  readonly name: string;
  readonly endpoints: readonly ProfileEndpoint[];
  /** Default: over HTTPS. */
  readonly httpClient?: HttpClient;
}

export interface ProfileEndpoint {
  readonly name: string;
  /** At which callers enter. */
  readonly host: string;
  /** Percent; 0: it is there, and gets nothing. */
  readonly weight: number;
}

/** A Traffic Manager profile that divides traffic by weights. */
export async function createProfile(
  azure: PlatformAzure,
  { group, name, endpoints, ...options }: ProfileOptions,
): Promise<void> {
  const { credential, subscriptionId } = azure;
  const client = new TrafficManagerManagementClient(credential, subscriptionId, clientOptions(azure, options));
  await client.profiles.createOrUpdate(group, name, {
    location: "global",
    trafficRoutingMethod: "Weighted",
    dnsConfig: { relativeName: name, ttl: 60 },
    monitorConfig: { protocol: "HTTP", port: 80, path: "/health/live" },
    endpoints: endpoints.map(describe),
  });
}

/** Traffic Manager has no weight 0: who gets nothing is disabled. */
function describe({ name, host, weight }: ProfileEndpoint) {
  const isEnabled = weight > 0;
  return {
    name,
    type: "Microsoft.Network/trafficManagerProfiles/externalEndpoints",
    target: host,
    ...(isEnabled ? { endpointStatus: "Enabled", weight } : { endpointStatus: "Disabled" }),
  };
}
