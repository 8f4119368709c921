import type { Kept, KeptAddress, KeptCall } from "../../../controllers/container-app-kept.ts";
import { refuseInUse } from "../../../controllers/container-app-uses.ts";
import { invalidRequestContent, methodNotAllowed, parentResourceNotFound } from "../../../world/arm/errors.ts";
import { locationName } from "../../../world/arm/locations.ts";
import { operationHeaders } from "../../../world/arm/operation-endpoints.ts";
import { ArmError, type ArmRequest, type ArmResponse } from "../../../world/arm/provider.ts";
import { isJson, type Json } from "../../../world/container-apps/json.ts";
import { type KeptKind, keptKinds } from "../../../world/container-apps/kept-kinds.ts";
import { Refusal } from "../../../world/container-apps/refusal.ts";
import { keptBody, keptId, keptSecrets } from "./kept-body.ts";
import type { AppProviderOptions } from "./options.ts";

/** Everything that is kept and shown. Undefined: the path is of none of these. */
export function handleKept(options: AppProviderOptions, request: ArmRequest): ArmResponse | undefined {
  const path = request.types.join("/");
  const kind = keptKinds.find((known) => known.path.toLowerCase() === path);
  if (kind) return answer(options, request, kind);
  const actedOn = keptKinds.find((known) => known.path.toLowerCase() === request.types.slice(0, -1).join("/"));
  if (!actedOn || request.method !== "POST" || request.names.length !== request.types.length - 1) return undefined;
  return act(options, request, actedOn);
}

function answer(options: AppProviderOptions, request: ArmRequest, kind: KeptKind): ArmResponse {
  const depth = kind.path.split("/").length;
  if (request.names.length < depth) return list(options, request, kind);
  const address = addressOf(request, kind);
  checkParent(options, request, kind, address);
  const { kept } = options.apps;
  const resource = kept.find(kind, address);
  switch (request.method) {
    case "GET":
      if (!resource) throw kind.notFound(address.names, address.resourceGroup);
      return { status: 200, body: keptBody(options, resource) };
    case "PUT":
      return put(options, request, kind, address);
    case "PATCH":
      if (kind.patch === "refused") throw methodNotAllowed(request.method);
      if (!resource) throw kind.notFound(address.names, address.resourceGroup);
      return patch(options, request, resource);
    case "DELETE":
      return resource ? remove(options, request, resource) : { status: 204 };
    case "POST":
    case "HEAD":
      throw methodNotAllowed(request.method);
  }
}

function list(options: AppProviderOptions, request: ArmRequest, kind: KeptKind): ArmResponse {
  if (request.method !== "GET") throw methodNotAllowed(request.method);
  const { resourceGroup, names: parents } = request;
  if (parents.length > 0) checkParent(options, request, kind, addressOf(request, kind));
  const scope = { parents, ...(resourceGroup === undefined ? {} : { resourceGroup }) };
  return { status: 200, body: { value: options.apps.kept.list(kind, scope).map((one) => keptBody(options, one)) } };
}

function put(options: AppProviderOptions, request: ArmRequest, kind: KeptKind, address: KeptAddress): ArmResponse {
  const content = request.body as Json;
  const existing = options.apps.kept.find(kind, address);
  if (existing && kind.path.endsWith("/managedCertificates")) refuseChange(existing, content);
  const location = locationFor(options, content, address);
  const sent = { content: { ...content, ...keptSecretsOf(existing, content) }, location };
  const write = options.apps.kept.put(kind, address, sent, callOf(options, request));
  const body = keptBody(options, write.resource);
  if (!write.operation) return { status: 200, body };
  const timeout = kind.path === "sessionPools" ? "PT30M" : "PT15M";
  const which = { asyncOperation: true, timeout, location: kind.path === "containerApps/sourcecontrols" };
  return { status: 201, headers: operationHeaders(options.world, write.operation, request, which), body };
}

/** Source: Microsoft.App REST API, managed certificates: only tags can be changed. */
function refuseChange(existing: Kept, content: Json): void {
  if (JSON.stringify(existing.content["properties"]) === JSON.stringify(content["properties"])) return;
  const text =
    "Properties of managed certificates cannot be updated. Please delete the current resource and retry or use a different resource id.";
  throw new Refusal(400, "ManagedCertNoUpdate", text);
}

/** A PUT without secrets keeps those that there are. */
function keptSecretsOf(existing: Kept | undefined, content: Json): Json {
  const [before, now] = [existing?.content["properties"], content["properties"]];
  if (!isJson(before) || !isJson(now) || before["secrets"] === undefined || now["secrets"] !== undefined) return {};
  return { properties: { ...now, secrets: before["secrets"] } };
}

function patch(options: AppProviderOptions, request: ArmRequest, resource: Kept): ArmResponse {
  const how = resource.kind.patch;
  if (how === "refused") throw methodNotAllowed(request.method);
  const write = options.apps.kept.patch(resource, request.body as Json, how, callOf(options, request));
  if (!write.operation) return { status: 200, body: keptBody(options, resource) };
  return { status: 202, headers: operationHeaders(options.world, write.operation, request, { location: true }) };
}

function remove(options: AppProviderOptions, request: ArmRequest, resource: Kept): ArmResponse {
  const { deleted } = resource.kind;
  refuseInUse(options.apps.list(), resource.kind.path, keptId(resource));
  const operation = options.apps.kept.delete(resource, request.apiVersion);
  if (!operation) return { status: typeof deleted === "number" ? deleted : deletedAtOnce(resource) };
  return { status: 202, headers: operationHeaders(options.world, operation, request, { location: true }) };
}

/** Of kinds whose deletion takes its time in other versions, or for other contents. */
function deletedAtOnce({ kind }: Kept): 200 | 204 {
  return kind.path === "sessionPools" || kind.path === "connectedEnvironments/certificates" ? 204 : 200;
}

function act(options: AppProviderOptions, request: ArmRequest, kind: KeptKind): ArmResponse | undefined {
  const address = addressOf(request, kind);
  checkParent(options, request, kind, address);
  const resource = options.apps.kept.find(kind, address);
  const action = request.types.at(-1);
  if (!resource) throw kind.notFound(address.names, address.resourceGroup);
  if (action === "listsecrets") return { status: 200, body: { value: keptSecrets(resource) } };
  if (action === "listauthtoken" && kind.path === "builders/builds") {
    const { token, expiresAtMs } = options.tokens.issue({ audience: keptId(resource), clientId: "builds" });
    return { status: 200, body: { token, expires: new Date(expiresAtMs).toISOString() } };
  }
  if (action === "checknameavailability") return { status: 200, body: availability(options, request, address) };
  return undefined;
}

/** Of a child of a connected environment. */
function availability(options: AppProviderOptions, request: ArmRequest, { names, ...where }: KeptAddress): Json {
  const { name, type } = isJson(request.body) ? request.body : {};
  if (typeof name !== "string" || typeof type !== "string") throw invalidRequestContent("The name is missing.");
  const kind = keptKinds.find(({ path }) => `microsoft.app/${path}`.toLowerCase() === type.toLowerCase());
  const isTaken = kind && options.apps.kept.find(kind, { ...where, names: [...names, name] });
  return nameAnswer(name, Boolean(isTaken));
}

export function nameAnswer(name: string, isTaken: boolean): Json {
  return isTaken
    ? { nameAvailable: false, reason: "AlreadyExists", message: `The name '${name}' is already in use.` }
    : { nameAvailable: true, reason: "None", message: "" };
}

function callOf(options: AppProviderOptions, { apiVersion }: ArmRequest): KeptCall {
  return { apiVersion, result: (resource) => keptBody(options, resource) };
}

function addressOf(request: ArmRequest, kind: KeptKind): KeptAddress {
  const { subscription, resourceGroup, names } = request;
  if (resourceGroup === undefined) throw methodNotAllowed(request.method);
  return { subscription, resourceGroup, names: names.slice(0, kind.path.split("/").length) };
}

/** A child is asked for below its parent, which may be kept here or elsewhere. */
function checkParent(options: AppProviderOptions, request: ArmRequest, kind: KeptKind, address: KeptAddress): void {
  const [parent = "", child] = kind.path.split("/");
  if (child === undefined || parentOf(options, parent, address)) return;
  const { subscription, resourceGroup, names } = address;
  const operation = { GET: "read", DELETE: "delete" }[request.method as string] ?? "write";
  const id = `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.App/${parent}/${names[0]}`;
  throw parentResourceNotFound(operation, kind.path, id);
}

interface Parent {
  readonly location: string;
}

function parentOf({ apps }: AppProviderOptions, path: string, { names, ...where }: KeptAddress): Parent | undefined {
  const name = names[0] ?? "";
  switch (path) {
    case "managedEnvironments":
      return apps.environments.get({ ...where, name });
    case "containerApps":
      return apps.get({ ...where, name })?.environment;
    default: {
      const kind = keptKinds.find((known) => known.path === path);
      return kind && apps.kept.find(kind, { ...where, names: [name] });
    }
  }
}

function locationFor(options: AppProviderOptions, content: Json, address: KeptAddress): string {
  const parents = ["managedEnvironments", "containerApps", "connectedEnvironments", "builders"];
  const parent =
    address.names.length > 1 ? parents.map((path) => parentOf(options, path, address)).find(Boolean) : undefined;
  if (parent) return parent.location;
  const text = content["location"];
  if (typeof text !== "string") {
    throw new ArmError(400, "LocationRequired", "The location property is required for this definition.");
  }
  const location = locationName(text);
  if (location) return location;
  const message = `The provided location '${text.slice(0, 60)}' is not available for this resource type.`;
  throw new ArmError(400, "LocationNotAvailableForResourceType", message);
}
