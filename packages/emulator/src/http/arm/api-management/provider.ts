import type { ApiManagement } from "../../../world/api-management/api-management.ts";
import {
  invalidResourceType,
  methodNotAllowed,
  parentResourceNotFound,
  resourceNotFound,
} from "../../../world/arm/errors.ts";
import { locationName } from "../../../world/arm/locations.ts";
import { operationResult } from "../../../world/arm/operation-endpoints.ts";
import type { Operations } from "../../../world/arm/operations.ts";
import type { PlainResource } from "../../../world/arm/plain-resources.ts";
import { ArmError, type ArmProvider, type ArmRequest, type ArmResponse } from "../../../world/arm/provider.ts";
import { isJson, type Json, objectAt, oneOf, textAt } from "../../../world/arm/read-fields.ts";
import { retryAfter } from "../../../world/arm/retry-after.ts";
import { mergePatch } from "../../../world/container-apps/json.ts";
import type { World } from "../../../world/world.ts";
import { handleBackends } from "./backends-api.ts";
import { serviceBody } from "./bodies.ts";

export interface ApiManagementOptions {
  readonly world: World;
  readonly operations: Operations;
  readonly apiManagement: ApiManagement;
}

const namespace = "Microsoft.ApiManagement";
const apiVersions = ["2024-05-01", "2023-09-01-preview", "2023-05-01-preview", "2022-08-01", "2021-08-01"];
const skus = ["Developer", "Basic", "Standard", "Premium", "Consumption", "BasicV2", "StandardV2", "PremiumV2"];
/** Seconds between two looks at a service that is made. */
const pollSeconds = 60;

/** As much of Microsoft.ApiManagement as divides traffic: services and their backends. */
export function createApiManagementProvider(options: ApiManagementOptions): ArmProvider {
  const { apiManagement } = options;
  const services = (subscription: string, group: string): readonly PlainResource[] =>
    apiManagement.resources.list(idOf(subscription, group, ""), 1);
  return {
    namespace,
    apiVersions,
    resourceTypes: ["service", "service/backends", "service/operationresults"],
    handle(request) {
      const { types, names, subscription, resourceGroup } = request;
      if (types[1] === "operationresults") return result(options, request);
      if (types.join("/") === "service") return handleServices(options, request);
      if (types.join("/") !== "service/backends") {
        throw invalidResourceType(types.join("/"), namespace, request.apiVersion);
      }
      const service = apiManagement.resources.get(idOf(subscription, resourceGroup, names[0] ?? ""));
      if (service) return handleBackends(apiManagement, service, request);
      const verb = { GET: "read", HEAD: "read", DELETE: "delete" }[request.method as string] ?? "write";
      throw parentResourceNotFound(verb, `${namespace}/service/backends`, idOf(subscription, resourceGroup, names[0]));
    },
    resources: (subscription, group) =>
      services(subscription, group).map((service) => {
        const { id, name, type } = serviceBody(apiManagement, service);
        return { id, name, type, location: String(service.content["location"]) };
      }),
    deleteGroup(subscription, group) {
      for (const { id } of services(subscription, group)) apiManagement.remove(id);
    },
  };
}

function handleServices(options: ApiManagementOptions, request: ArmRequest): ArmResponse {
  const { apiManagement } = options;
  const { method, names, subscription, resourceGroup } = request;
  const [name] = names;
  if (name === undefined) {
    if (method !== "GET") throw methodNotAllowed(method);
    const prefix =
      resourceGroup === undefined ? `/subscriptions/${subscription}/` : idOf(subscription, resourceGroup, "");
    const found = apiManagement.resources.list(prefix, 1);
    return { status: 200, body: { value: found.map((service) => serviceBody(apiManagement, service)) } };
  }
  const id = idOf(subscription, resourceGroup, name);
  const existing = apiManagement.resources.get(id);
  switch (method) {
    case "GET":
    case "HEAD":
      return { status: 200, body: serviceBody(apiManagement, there(existing, request)) };
    case "PUT":
      return existing ? update(options, id, request.body as Json) : create(options, request, id);
    case "PATCH":
      return update(options, id, mergePatch(there(existing, request).content, request.body) as Json);
    case "DELETE":
      if (!existing) return { status: 204 };
      apiManagement.remove(id);
      return { status: 200 };
    case "POST":
      throw methodNotAllowed(method);
  }
}

function create(options: ApiManagementOptions, request: ArmRequest, id: string): ArmResponse {
  const { apiManagement, operations, world } = options;
  const content = readService(request.body as Json);
  checkName(apiManagement, request.names[0] ?? "");
  const { subscription, baseUrl, apiVersion, headers } = request;
  const operation = operations.start({
    provider: namespace,
    location: String(content["location"]),
    kind: "",
    subscription,
    result: () => serviceBody(apiManagement, apiManagement.resources.get(id) ?? created),
  });
  const created = apiManagement.create(id, content, () => operations.succeed(operation));
  const location = `${baseUrl}${id}/operationresults/${operation.id}?api-version=${apiVersion}`;
  const wait = retryAfter(world, pollSeconds, headers["user-agent"]);
  return { status: 201, headers: { location, "retry-after": wait }, body: serviceBody(apiManagement, created) };
}

function update({ apiManagement }: ApiManagementOptions, id: string, body: Json): ArmResponse {
  return { status: 200, body: serviceBody(apiManagement, apiManagement.write(id, readService(body))) };
}

function result({ operations, world }: ApiManagementOptions, request: ArmRequest): ArmResponse {
  const operation = operations.get(request.names[1] ?? "");
  if (!operation || operation.provider !== namespace) {
    throw new ArmError(404, "ResourceNotFound", "The operation could not be found.");
  }
  const answer = operationResult(world, operation, request);
  const { baseUrl, subscription, resourceGroup, names, apiVersion } = request;
  const location = `${baseUrl}${idOf(subscription, resourceGroup, names[0])}/operationresults/${operation.id}?api-version=${apiVersion}`;
  return answer.status === 202 ? { ...answer, headers: { ...answer.headers, location } } : answer;
}

function readService(body: Json): Json {
  const properties = objectAt(body, "properties");
  const sku = objectAt(body, "sku");
  textAt(properties, "publisherEmail");
  textAt(properties, "publisherName");
  const location = textAt(body, "location");
  const name = oneOf(sku, "name", skus);
  const known = locationName(location);
  if (!known) throw new ArmError(400, "LocationRequired", "The location property is required for this definition.");
  const tags = isJson(body["tags"]) ? body["tags"] : {};
  const { publisherEmail, publisherName, additionalLocations = null } = properties;
  const kept = { publisherEmail, publisherName, additionalLocations };
  return { location: known, tags, sku: { name, capacity: sku["capacity"] ?? 1 }, properties: kept };
}

/** Names below azure-api.net are of one owner. */
function checkName({ resources }: ApiManagement, name: string): void {
  if (!/^[a-z](?:[a-z0-9-]{0,48}[a-z0-9])?$/i.test(name)) {
    throw new ArmError(400, "InvalidParameters", `Invalid parameter: The service name '${name}' is invalid.`);
  }
  if (!resources.rootNamed(name)) return;
  throw new ArmError(409, "ServiceAlreadyExists", `Api service already exists: ${name}`);
}

function there(service: PlainResource | undefined, { names, resourceGroup = "" }: ArmRequest): PlainResource {
  if (service) return service;
  throw resourceNotFound(`${namespace}/service/${names[0]}`, resourceGroup);
}

function idOf(subscription: string, group = "", name = ""): string {
  return `/subscriptions/${subscription}/resourceGroups/${group}/providers/${namespace}/service/${name}`;
}
