import {
  invalidResourceType,
  methodNotAllowed,
  parentResourceNotFound,
  resourceNotFound,
} from "../../../world/arm/errors.ts";
import type { Operations } from "../../../world/arm/operations.ts";
import type { PlainResource } from "../../../world/arm/plain-resources.ts";
import { ArmError, type ArmProvider, type ArmRequest, type ArmResponse } from "../../../world/arm/provider.ts";
import type { Json } from "../../../world/arm/read-fields.ts";
import type { DurationName } from "../../../world/calibration.ts";
import { mergePatch } from "../../../world/container-apps/json.ts";
import type { FrontDoor } from "../../../world/front-door/front-door.ts";
import { type Kind, kinds, readProperties } from "../../../world/front-door/kinds.ts";
import { nameOf } from "../../../world/traffic/published-resources.ts";
import type { World } from "../../../world/world.ts";
import { acceptedHeaders, operationAnswer } from "./operation-results.ts";
import { hostNameOf, resourceBody } from "./resource-body.ts";

export interface FrontDoorOptions {
  readonly world: World;
  readonly operations: Operations;
  readonly frontDoor: FrontDoor;
}

const namespace = "Microsoft.Cdn";
const apiVersions = ["2025-06-01", "2025-04-15", "2024-09-01", "2024-02-01", "2023-05-01", "2021-06-01", "2020-09-01"];

/** As much of Microsoft.Cdn as divides traffic in Front Door Standard and Premium. */
export function createFrontDoorProvider(options: FrontDoorOptions): ArmProvider {
  const { frontDoor } = options;
  const profiles = (subscription: string, group: string): readonly PlainResource[] =>
    frontDoor.resources.list(idOf(subscription, group, ["profiles"], [""]), 1);
  return {
    namespace,
    apiVersions,
    resourceTypes: [
      "profiles",
      "profiles/afdEndpoints",
      "profiles/afdEndpoints/routes",
      "profiles/originGroups",
      "profiles/originGroups/origins",
      "operationresults",
    ],
    actionTypes: ["operationresults/profileresults"],
    handle: (request) =>
      request.types[0] === "operationresults" ? operationAnswer(options, request) : answer(options, request),
    resources: (subscription, group) =>
      profiles(subscription, group).map((profile) => {
        const { id, name, type } = resourceBody(frontDoor, profile);
        return { id, name, type, location: "global" };
      }),
    deleteGroup(subscription, group) {
      for (const { id } of profiles(subscription, group)) frontDoor.resources.delete(id);
    },
  };
}

function answer(options: FrontDoorOptions, request: ArmRequest): ArmResponse {
  const { frontDoor } = options;
  const { resources } = frontDoor;
  const { method, names, types, subscription, resourceGroup } = request;
  const kind = kinds.find((one) => one === types.join("/"));
  if (!kind) throw invalidResourceType(types.join("/"), namespace, request.apiVersion);
  const id = idOf(subscription, resourceGroup, types, names);
  if (types.length > names.length) {
    if (method !== "GET") throw methodNotAllowed(method);
    const value = resources.list(resourceGroup === undefined ? `/subscriptions/${subscription}/` : id, types.length);
    return { status: 200, body: { value: value.map((one) => resourceBody(frontDoor, one)) } };
  }
  const existing = frontDoor.resources.get(id);
  switch (method) {
    case "GET":
    case "HEAD":
      return { status: 200, body: resourceBody(frontDoor, there(existing, request)) };
    case "PUT":
      checkParent(frontDoor, id, kind, request);
      return write(options, request, kind, id, request.body as Json);
    case "PATCH":
      return write(options, request, kind, id, mergePatch(there(existing, request).content, request.body) as Json);
    case "DELETE":
      return existing ? remove(options, request, existing) : { status: 204 };
    case "POST":
      throw methodNotAllowed(method);
  }
}

/** Source: recordings of the Azure CLI's test suite: 201 for what is new, 202 for what changes; a new group is done at once. */
function write(options: FrontDoorOptions, request: ArmRequest, kind: Kind, id: string, body: Json): ArmResponse {
  const { frontDoor, operations } = options;
  const before = frontDoor.resources.get(id);
  if (before) refuseWhileBusy(frontDoor, before);
  const { tags, sku } = body;
  const properties = { ...readProperties(kind, body), ...(kind === "profiles/afdendpoints" ? hostNameOf(id) : {}) };
  const content = { properties, ...(kind === "profiles" ? { sku, tags: tags ?? {} } : {}) };
  if (!before && kind === "profiles/origingroups") {
    return {
      status: 201,
      body: resourceBody(
        frontDoor,
        frontDoor.write(id, content, "at once", () => {}),
      ),
    };
  }
  const operation = begin(options, request, () => resourceBody(frontDoor, frontDoor.resources.get(id) ?? written));
  const duration: DurationName = kind === "profiles" && !before ? "frontDoor.createProfile" : "frontDoor.write";
  const written = frontDoor.write(id, content, duration, () => operations.succeed(operation));
  const headers = acceptedHeaders(options.world, operation, request);
  const shown = resourceBody(frontDoor, written);
  if (before) return { status: 202, headers, body: shown };
  return { status: 201, headers: { "azure-asyncoperation": headers["azure-asyncoperation"] }, body: shown };
}

function remove(options: FrontDoorOptions, request: ArmRequest, existing: PlainResource): ArmResponse {
  refuseWhileBusy(options.frontDoor, existing);
  const operation = begin(options, request, () => undefined);
  options.frontDoor.remove(existing.id, () => options.operations.succeed(operation));
  return { status: 202, headers: acceptedHeaders(options.world, operation, request) };
}

function begin({ operations }: FrontDoorOptions, { subscription }: ArmRequest, result: () => unknown) {
  return operations.start({ provider: namespace, location: "global", kind: "", subscription, result });
}

function refuseWhileBusy(frontDoor: FrontDoor, resource: PlainResource): void {
  if (frontDoor.provisioningState(resource) === "Succeeded") return;
  const text = `Another operation on this or dependent resource is in progress: ${nameOf(resource.id)}.`;
  throw new ArmError(409, "Conflict", text);
}

function checkParent(frontDoor: FrontDoor, id: string, kind: Kind, { method }: ArmRequest): void {
  const parent = id.split("/").slice(0, -2).join("/");
  if (kind === "profiles" || frontDoor.resources.get(parent)) return;
  throw parentResourceNotFound(method === "PUT" ? "write" : method.toLowerCase(), `${namespace}/${kind}`, parent);
}

function there(resource: PlainResource | undefined, { types, names, resourceGroup = "" }: ArmRequest): PlainResource {
  if (resource) return resource;
  const path = types.map((type, index) => `${type}/${names[index]}`).join("/");
  throw resourceNotFound(`${namespace}/${path}`, resourceGroup);
}

/** As the service writes ids: with types in lower case. */
function idOf(subscription: string, group = "", types: readonly string[], names: readonly string[]): string {
  const path = types.map((type, index) => `${type}/${names[index] ?? ""}`).join("/");
  return `/subscriptions/${subscription}/resourcegroups/${group}/providers/${namespace}/${path}`;
}
