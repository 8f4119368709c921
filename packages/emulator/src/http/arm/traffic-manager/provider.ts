import {
  invalidRequestContent,
  invalidResourceType,
  methodNotAllowed,
  parentResourceNotFound,
  resourceNotFound,
} from "../../../world/arm/errors.ts";
import { ArmError, type ArmProvider, type ArmRequest, type ArmResponse } from "../../../world/arm/provider.ts";
import {
  type Endpoint,
  type EndpointKind,
  endpointKinds,
  type Profile,
} from "../../../world/traffic-manager/profile.ts";
import type { KnownProfile, ProfileAddress, TrafficManager } from "../../../world/traffic-manager/profiles.ts";
import { checkEndpoints, readEndpoint, readProfile } from "../../../world/traffic-manager/read-profile.ts";
import { endpointBody, profileBody } from "./profile-body.ts";

type Json = Readonly<Record<string, unknown>>;

const namespace = "Microsoft.Network";
const apiVersions = [
  "2022-04-01",
  "2018-08-01",
  "2018-04-01",
  "2018-03-01",
  "2018-02-01",
  "2017-05-01",
  "2017-03-01",
  "2015-11-01",
];

/** As much of Microsoft.Network as Traffic Manager is. Everything is done at once: it has no long-running operations. */
export function createTrafficManagerProvider(traffic: TrafficManager): ArmProvider {
  return {
    namespace,
    apiVersions,
    resourceTypes: [
      "trafficManagerProfiles",
      ...endpointKinds.map((kind) => `trafficManagerProfiles/${kind}`),
      "checkTrafficManagerNameAvailabilityV2",
    ],
    handle(request) {
      const [first, second] = request.types;
      if (first === "checktrafficmanagernameavailabilityv2") return availability(traffic, request);
      if (first !== "trafficmanagerprofiles") throw unknownType(request);
      if (second === undefined) return profiles(traffic, request);
      const kind = endpointKinds.find((one) => one.toLowerCase() === second);
      if (!kind || request.names.length !== 2) throw unknownType(request);
      return endpoints(traffic, request, kind);
    },
    resources: (subscription, resourceGroup) =>
      inGroup(traffic, subscription, resourceGroup).map((known) => {
        const { id, name, type, location } = profileBody(traffic, known);
        const { tags } = known.profile;
        const all = { id: String(id), name: String(name), type: String(type), location: String(location) };
        return tags ? { ...all, tags } : all;
      }),
    deleteGroup(subscription, resourceGroup) {
      for (const { address } of inGroup(traffic, subscription, resourceGroup)) traffic.remove(address);
    },
  };
}

function profiles(traffic: TrafficManager, request: ArmRequest): ArmResponse {
  const { method, names, subscription, resourceGroup } = request;
  if (names.length === 0) {
    if (method !== "GET") throw methodNotAllowed(method);
    const found =
      resourceGroup === undefined ? traffic.list(subscription) : inGroup(traffic, subscription, resourceGroup);
    return { status: 200, body: { value: found.map((known) => profileBody(traffic, known)) } };
  }
  const address = addressOf(request);
  const known = traffic.get(address);
  switch (method) {
    case "GET":
    case "HEAD":
      return { status: 200, body: profileBody(traffic, existing(known, address)) };
    case "PUT": {
      const written = write(traffic, address, readProfile(request.body as Json));
      return { status: known ? 200 : 201, body: profileBody(traffic, written) };
    }
    case "PATCH": {
      const before = profileBody(traffic, existing(known, address));
      const written = write(traffic, address, readProfile(merged(before, request.body as Json)));
      return { status: 200, body: profileBody(traffic, written) };
    }
    case "DELETE":
      return traffic.remove(address) ? { status: 200, body: {} } : { status: 204 };
    case "POST":
      throw methodNotAllowed(method);
  }
}

function endpoints(traffic: TrafficManager, request: ArmRequest, kind: EndpointKind): ArmResponse {
  const address = addressOf(request);
  const known = traffic.get(address);
  const name = request.names[1] ?? "";
  if (!known) throw missingParent(request, kind, address);
  const endpoint = known.profile.endpoints.find((one) => one.kind === kind && isSame(one.name, name));
  switch (request.method) {
    case "GET":
    case "HEAD":
      return { status: 200, body: endpointBody(traffic, known, existingEndpoint(endpoint, name)) };
    case "PUT":
      return putEndpoint(traffic, known, endpoint, readEndpoint(kind, name, request.body as Json, free(known.profile)));
    case "PATCH": {
      const before = endpointBody(traffic, known, existingEndpoint(endpoint, name));
      return putEndpoint(traffic, known, endpoint, readEndpoint(kind, name, merged(before, request.body as Json), 1));
    }
    case "DELETE": {
      if (!endpoint) return { status: 204 };
      const rest = known.profile.endpoints.filter((one) => one !== endpoint);
      traffic.set(known.address, { ...known.profile, endpoints: rest });
      return { status: 200, body: {} };
    }
    case "POST":
      throw methodNotAllowed(request.method);
  }
}

function putEndpoint(
  traffic: TrafficManager,
  { address, profile }: KnownProfile,
  before: Endpoint | undefined,
  endpoint: Endpoint,
): ArmResponse {
  const all = before
    ? profile.endpoints.map((one) => (one === before ? endpoint : one))
    : [...profile.endpoints, endpoint];
  checkEndpoints({ endpoints: all });
  const written = traffic.set(address, { ...profile, endpoints: all });
  return { status: before ? 200 : 201, body: endpointBody(traffic, written, endpoint) };
}

/** Names below trafficmanager.net are of one owner. */
function write(traffic: TrafficManager, address: ProfileAddress, profile: Profile): KnownProfile {
  const owner = traffic.withRelativeName(profile.relativeName);
  if (owner && owner !== traffic.get(address)) {
    const text = `Domain name '${profile.relativeName}.trafficmanager.net' is already in use. Please choose a different domain name.`;
    throw new ArmError(409, "Conflict", text);
  }
  return traffic.set(address, profile);
}

function availability(traffic: TrafficManager, { method, body }: ArmRequest): ArmResponse {
  if (method !== "POST") throw methodNotAllowed(method);
  const { name, type } = (body ?? {}) as Json;
  if (typeof name !== "string" || typeof type !== "string") throw invalidRequestContent("name and type are missing");
  const isTaken = traffic.withRelativeName(name) !== undefined;
  const taken = { reason: "AlreadyExists", message: "Domain name is not available. Please choose a different name." };
  return { status: 200, body: { name, type, nameAvailable: !isTaken, ...(isTaken ? taken : {}) } };
}

function merged(before: Json, patch: Json): Json {
  const all: Record<string, unknown> = { ...before };
  for (const [name, value] of Object.entries(patch)) {
    const old = all[name];
    all[name] = isObject(old) && isObject(value) && name !== "tags" ? merged(old, value) : value;
  }
  return all;
}

/** The next priority that no endpoint has. */
function free({ endpoints: all }: Profile): number {
  return Math.max(0, ...all.map(({ priority }) => priority)) + 1;
}

function addressOf({ subscription, resourceGroup = "", names }: ArmRequest): ProfileAddress {
  return { subscription, resourceGroup, name: names[0] ?? "" };
}

function inGroup(traffic: TrafficManager, subscription: string, resourceGroup: string): readonly KnownProfile[] {
  return traffic.list(subscription).filter(({ address }) => isSame(address.resourceGroup, resourceGroup));
}

function existing(known: KnownProfile | undefined, { name, resourceGroup }: ProfileAddress): KnownProfile {
  if (known) return known;
  throw resourceNotFound(`${namespace}/trafficManagerProfiles/${name}`, resourceGroup);
}

function existingEndpoint(endpoint: Endpoint | undefined, name: string): Endpoint {
  if (endpoint) return endpoint;
  throw new ArmError(404, "NotFound", `The endpoint '${name}' could not be found.`);
}

function missingParent({ method }: ArmRequest, kind: EndpointKind, address: ProfileAddress): ArmError {
  const operation = { GET: "read", DELETE: "delete" }[method as string] ?? "write";
  const parent = `/subscriptions/${address.subscription}/resourceGroups/${address.resourceGroup}/providers/${namespace}/trafficManagerProfiles/${address.name}`;
  return parentResourceNotFound(operation, `${namespace}/trafficManagerProfiles/${kind}`, parent);
}

function unknownType({ types, apiVersion }: ArmRequest): ArmError {
  return invalidResourceType(types.join("/"), namespace, apiVersion);
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
