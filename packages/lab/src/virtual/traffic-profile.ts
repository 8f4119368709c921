import { TrafficManagerManagementClient } from "@azure/arm-trafficmanager";
import type { VirtualWorld } from "./world.ts";

export interface ProfileEndpoint {
  readonly name: string;
  readonly host: string;
  /** 0: it is there, and gets nothing. */
  readonly weight: number;
}

/** A Traffic Manager profile with weighted routing, made with the official client; inside of `world.run`. */
export async function createProfile(
  { azure, httpClient }: VirtualWorld,
  profile: { readonly group: string; readonly name: string; readonly endpoints: readonly ProfileEndpoint[] },
): Promise<void> {
  const { credential, subscriptionId, armUrl: endpoint } = azure;
  const { group, name, endpoints } = profile;
  const client = new TrafficManagerManagementClient(credential, subscriptionId, { endpoint, httpClient });
  await client.profiles.createOrUpdate(group, name, {
    location: "global",
    trafficRoutingMethod: "Weighted",
    dnsConfig: { relativeName: name, ttl: 60 },
    monitorConfig: { protocol: "HTTP", port: 80, path: "/health/live" },
    endpoints: endpoints.map(endpointOf),
  });
}

/** Traffic Manager has no weight 0: who gets nothing is disabled. */
function endpointOf({ name, host, weight }: ProfileEndpoint) {
  return {
    name,
    type: "Microsoft.Network/trafficManagerProfiles/externalEndpoints",
    target: host,
    ...(weight > 0 ? { endpointStatus: "Enabled", weight } : { endpointStatus: "Disabled" }),
  };
}
