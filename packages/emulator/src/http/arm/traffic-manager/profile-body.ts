import type { Endpoint } from "../../../world/traffic-manager/profile.ts";
import type { KnownProfile, TrafficManager } from "../../../world/traffic-manager/profiles.ts";

/** As the REST API shows a profile. */
export function profileBody(traffic: TrafficManager, known: KnownProfile): Record<string, unknown> {
  const { profile, address } = known;
  const { monitor } = profile;
  return {
    id: profileId(known),
    name: address.name,
    type: "Microsoft.Network/trafficManagerProfiles",
    location: "global",
    ...(profile.tags ? { tags: profile.tags } : {}),
    properties: {
      profileStatus: profile.profileStatus,
      trafficRoutingMethod: profile.trafficRoutingMethod,
      dnsConfig: {
        relativeName: profile.relativeName,
        fqdn: `${profile.relativeName}.trafficmanager.net`,
        ttl: profile.ttlSeconds,
      },
      monitorConfig: {
        profileMonitorStatus: profileMonitorStatus(traffic, known),
        protocol: monitor.protocol,
        port: monitor.port,
        path: monitor.path,
        intervalInSeconds: monitor.intervalInSeconds,
        toleratedNumberOfFailures: monitor.toleratedNumberOfFailures,
        timeoutInSeconds: monitor.timeoutInSeconds,
        ...monitor.more,
      },
      endpoints: profile.endpoints.map((endpoint) => endpointBody(traffic, known, endpoint)),
      trafficViewEnrollmentStatus: profile.trafficViewEnrollmentStatus,
      maxReturn: profile.maxReturn,
    },
  };
}

export function endpointBody(
  traffic: TrafficManager,
  known: KnownProfile,
  endpoint: Endpoint,
): Record<string, unknown> {
  const { kind, name, target, targetResourceId, endpointStatus, weight, priority, alwaysServe, more } = endpoint;
  return {
    id: `${profileId(known)}/${kind}/${name}`,
    name,
    type: `Microsoft.Network/trafficManagerProfiles/${kind}`,
    properties: {
      endpointStatus,
      endpointMonitorStatus: traffic.monitorStatus(known, endpoint),
      ...(targetResourceId === undefined ? {} : { targetResourceId }),
      target,
      weight,
      priority,
      alwaysServe,
      ...more,
    },
  };
}

function profileId({ address }: KnownProfile): string {
  return `/subscriptions/${address.subscription}/resourceGroups/${address.resourceGroup}/providers/Microsoft.Network/trafficManagerProfiles/${address.name}`;
}

/** Source: Traffic Manager docs, endpoint monitoring, profile monitor status. */
function profileMonitorStatus(traffic: TrafficManager, known: KnownProfile): string {
  const { profile } = known;
  if (profile.profileStatus === "Disabled") return "Disabled";
  const states = profile.endpoints.map((endpoint) => traffic.monitorStatus(known, endpoint));
  if (states.includes("Degraded")) return "Degraded";
  if (states.some((state) => state === "Online" || state === "Unmonitored")) return "Online";
  return states.includes("CheckingEndpoint") ? "CheckingEndpoints" : "Inactive";
}
