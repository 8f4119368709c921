import { ArmError } from "../arm/provider.ts";
import { badRequest, integerAt, type Json, listAt, objectAt, oneOf, stateAt } from "../arm/read-fields.ts";
import {
  type Endpoint,
  type EndpointKind,
  endpointKinds,
  type Monitor,
  type Profile,
  routingMethods,
} from "./profile.ts";

/** The body of a PUT. Throws 400. Ranges and defaults are those of the Traffic Manager REST API and its docs. */
export function readProfile(body: Json): Profile {
  const properties = objectAt(body, "properties");
  const dns = objectAt(properties, "dnsConfig");
  const relativeName = dns["relativeName"];
  if (typeof relativeName !== "string" || !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(relativeName)) {
    throw badRequest("dnsConfig.relativeName", "must be a DNS label of 1 to 63 letters, digits and hyphens");
  }
  const location = body["location"];
  if (typeof location !== "string" || location.toLowerCase() !== "global") {
    throw new ArmError(
      400,
      "LocationNotAvailableForResourceType",
      `The provided location '${String(location)}' is not available for resource type 'Microsoft.Network/trafficManagerProfiles'. List of available regions for the resource type is 'global'.`,
    );
  }
  const profile: Profile = {
    profileStatus: stateAt(properties, "profileStatus"),
    trafficRoutingMethod: oneOf(properties, "trafficRoutingMethod", routingMethods),
    relativeName,
    ttlSeconds: integerAt(dns, "ttl", 0, 2_147_483_647, 60),
    monitor: readMonitor(objectAt(properties, "monitorConfig")),
    endpoints: listAt(properties, "endpoints").map((endpoint, index) => readListed(endpoint, index + 1)),
    trafficViewEnrollmentStatus: stateAt(properties, "trafficViewEnrollmentStatus", "Disabled"),
    maxReturn: typeof properties["maxReturn"] === "number" ? properties["maxReturn"] : null,
    tags: body["tags"] as Profile["tags"],
  };
  checkEndpoints(profile);
  return profile;
}

/** An endpoint that is written by itself. */
export function readEndpoint(kind: EndpointKind, name: string, body: Json, priority: number): Endpoint {
  const properties = objectAt(body, "properties");
  const { target, targetResourceId, endpointStatus: _status, weight: _weight, ...rest } = properties;
  const { priority: _priority, alwaysServe: _always, endpointMonitorStatus: _monitor, ...more } = rest;
  if (kind === "externalEndpoints" && (typeof target !== "string" || target === "")) {
    throw badRequest(`endpoints[${name}].target`, "must be set for an external endpoint");
  }
  if (kind !== "externalEndpoints" && typeof targetResourceId !== "string") {
    throw badRequest(`endpoints[${name}].targetResourceId`, `must be set for an endpoint of type ${kind}`);
  }
  return {
    kind,
    name,
    target: typeof target === "string" ? target : null,
    targetResourceId: typeof targetResourceId === "string" ? targetResourceId : undefined,
    endpointStatus: stateAt(properties, "endpointStatus"),
    weight: integerAt(properties, "weight", 1, 1_000, 1),
    priority: integerAt(properties, "priority", 1, 1_000, priority),
    alwaysServe: stateAt(properties, "alwaysServe", "Disabled"),
    more,
  };
}

/** No two endpoints may have one name, or one priority. Throws 400. */
export function checkEndpoints({ endpoints }: Pick<Profile, "endpoints">): void {
  const names = new Set(endpoints.map(({ name }) => name.toLowerCase()));
  if (names.size < endpoints.length) throw badRequest("endpoints", "must have names of their own");
  const priorities = new Set(endpoints.map(({ priority }) => priority));
  if (priorities.size < endpoints.length) throw badRequest("endpoints", "must have priorities of their own");
}

function readListed(endpoint: Json, priority: number): Endpoint {
  const { name, type } = endpoint;
  const kind = endpointKinds.find((one) => String(type).toLowerCase().endsWith(`/${one.toLowerCase()}`));
  if (typeof name !== "string" || name === "") throw badRequest("endpoints", "must have names");
  if (!kind) throw badRequest(`endpoints[${name}].type`, `is none of ${endpointKinds.join(", ")}`);
  return readEndpoint(kind, name, endpoint, priority);
}

/** Probes every 10 or 30 s (Traffic Manager docs, endpoint monitoring). */
function readMonitor(config: Json): Monitor {
  const { profileMonitorStatus: _status, ...rest } = config;
  const { protocol: _protocol, port: _port, path, intervalInSeconds: _interval, ...further } = rest;
  const { timeoutInSeconds: _timeout, toleratedNumberOfFailures: _tolerated, ...more } = further;
  const protocol = oneOf(config, "protocol", ["HTTP", "HTTPS", "TCP"]);
  if (protocol !== "TCP" && (typeof path !== "string" || !path.startsWith("/"))) {
    throw badRequest("monitorConfig.path", "must begin with '/'");
  }
  const intervalInSeconds = integerAt(config, "intervalInSeconds", 10, 30, 30);
  if (intervalInSeconds !== 10 && intervalInSeconds !== 30) {
    throw badRequest("monitorConfig.intervalInSeconds", "must be 10 or 30");
  }
  const longest = intervalInSeconds === 10 ? 9 : 10;
  return {
    protocol,
    port: integerAt(config, "port", 1, 65_535),
    path: typeof path === "string" ? path : null,
    intervalInSeconds,
    timeoutInSeconds: integerAt(config, "timeoutInSeconds", 5, longest, longest),
    toleratedNumberOfFailures: integerAt(config, "toleratedNumberOfFailures", 0, 9, 3),
    more,
  };
}
