import { createHash } from "node:crypto";
import { invalidResourceType, methodNotAllowed, resourceNotFound } from "../../world/arm/errors.ts";
import { locationName } from "../../world/arm/locations.ts";
import type { PlainResource, PlainResources } from "../../world/arm/plain-resources.ts";
import { ArmError, type ArmProvider, type ArmRequest, type ArmResponse } from "../../world/arm/provider.ts";
import { mergePatch } from "../../world/container-apps/json.ts";
import type { World } from "../../world/world.ts";

/** A namespace whose resources are kept and shown, and behind which nothing runs. */
export interface PlainNamespace {
  readonly namespace: string;
  readonly apiVersions: readonly string[];
  readonly types: readonly PlainType[];
}

export interface PlainType {
  /** `virtualNetworks/subnets`. */
  readonly type: string;
  /** Whether it has a place of its own. */
  readonly tracked: boolean;
  /** Members of `properties` that the service fills in. `draw` gives the same for the same resource and word. */
  filled(draw: (word: string) => string, id: string): Readonly<Record<string, unknown>>;
  /** Answers of POST actions, by name in lower case. */
  readonly actions?: Readonly<Record<string, (draw: (word: string) => string) => unknown>>;
}

/** Lists below a resource that are no resources themselves, by `virtualNetworks/usages` in lower case. */
export type PlainReads = Readonly<Record<string, (resource: PlainResource) => readonly unknown[]>>;

/** All of a plain namespace's calls: writes are done at once. */
export function createPlainProvider(
  world: World,
  plain: PlainResources,
  namespace: PlainNamespace,
  reads: PlainReads = {},
): ArmProvider {
  const prefix = (subscription: string, group: string): string =>
    `/subscriptions/${subscription}/resourceGroups/${group}/providers/${namespace.namespace}/`;
  const tops = (subscription: string, group: string): readonly PlainResource[] =>
    plain.within(prefix(subscription, group)).filter(({ id }) => partsBelow(id).length === 2);
  return {
    namespace: namespace.namespace,
    apiVersions: namespace.apiVersions,
    resourceTypes: namespace.types.map(({ type }) => type),
    handle: (request) => answer({ world, plain, namespace, reads }, request),
    resources: (subscription, group) =>
      tops(subscription, group).map(({ id, content }) => ({
        id,
        name: id.split("/").at(-1) ?? "",
        type: `${namespace.namespace}/${partsBelow(id)[0] ?? ""}`,
        location: String(content["location"]),
      })),
    deleteGroup(subscription, group) {
      for (const { id } of tops(subscription, group)) plain.delete(id);
    },
  };
}

interface Parts {
  readonly world: World;
  readonly plain: PlainResources;
  readonly namespace: PlainNamespace;
  readonly reads: PlainReads;
}

function answer(parts: Parts, request: ArmRequest): ArmResponse {
  const { plain, namespace } = parts;
  const { types, names, method, resourceGroup, subscription } = request;
  const kind = namespace.types.find(({ type }) => type.toLowerCase() === types.slice(0, names.length || 1).join("/"));
  const group = resourceGroup === undefined ? "" : `/resourceGroups/${resourceGroup}`;
  if (!kind) throw invalidResourceType(types.join("/"), namespace.namespace, request.apiVersion);
  const scope = `/subscriptions/${subscription}${group}/providers/${namespace.namespace}`;
  const id = `${scope}/${kind.type
    .split("/")
    .map((type, index) => `${type}/${names[index] ?? ""}`)
    .join("/")}`;
  if (types.length > names.length) {
    if (method === "POST") return act(kind, plain.get(id), request);
    return list(parts, request);
  }
  const existing = plain.get(id);
  switch (method) {
    case "GET":
    case "HEAD":
      return { status: 200, body: plainBody(kind, there(existing, kind, request)) };
    case "PUT":
      checkLocation(kind, request.body);
      return { status: existing ? 200 : 201, body: write(parts, kind, id, request.body) };
    case "PATCH":
      return {
        status: 200,
        body: write(parts, kind, id, mergePatch(there(existing, kind, request).content, request.body)),
      };
    case "DELETE":
      return { status: plain.delete(id) ? 200 : 204 };
    case "POST":
      throw methodNotAllowed(method);
  }
}

/** Of a group, of the subscription, or of what is below a resource. */
function list({ plain, namespace, reads }: Parts, request: ArmRequest): ArmResponse {
  const { method, types, names, subscription, resourceGroup, apiVersion } = request;
  if (method !== "GET") throw methodNotAllowed(method);
  const read = reads[types.join("/")];
  if (read) return { status: 200, body: { value: read(readFrom(plain, namespace, request)) } };
  const kind = namespace.types.find(({ type }) => type.toLowerCase() === types.join("/"));
  if (!kind) throw invalidResourceType(types.join("/"), namespace.namespace, apiVersion);
  const group = resourceGroup === undefined ? "" : `/resourcegroups/${resourceGroup.toLowerCase()}/`;
  const value = plain.within(`/subscriptions/${subscription}/`).filter(({ id }) => {
    const parts = partsBelow(id);
    const isOfKind =
      id.toLowerCase().includes(`/providers/${namespace.namespace}/`.toLowerCase()) &&
      parts.length === types.length * 2;
    const sameTypes = types.every((type, index) => parts[index * 2]?.toLowerCase() === type);
    const sameNames = names.every((name, index) => parts[index * 2 + 1]?.toLowerCase() === name.toLowerCase());
    return isOfKind && sameTypes && sameNames && id.toLowerCase().includes(group);
  });
  return { status: 200, body: { value: value.map((one) => plainBody(kind, one)) } };
}

/** The resource that a read stands below. */
function readFrom(
  plain: PlainResources,
  { namespace, types: known }: PlainNamespace,
  { types, names, subscription, resourceGroup = "" }: ArmRequest,
): PlainResource {
  const type = known.find((one) => one.type.toLowerCase() === types[0])?.type ?? "";
  const id = `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/${namespace}/${type}/${names[0] ?? ""}`;
  const found = plain.get(id);
  if (found) return found;
  throw resourceNotFound(`${namespace}/${type}/${names[0] ?? ""}`, resourceGroup);
}

/** Types and names below the provider. */
function partsBelow(id: string): string[] {
  return (id.split(/\/providers\/[^/]+\//i).at(-1) ?? "").split("/");
}

function act(kind: PlainType, existing: PlainResource | undefined, request: ArmRequest): ArmResponse {
  const action = kind.actions?.[request.types.at(-1) ?? ""];
  if (!action) throw invalidResourceType(request.types.join("/"), kind.type, request.apiVersion);
  return { status: 200, body: action(drawOf(there(existing, kind, request).id)) };
}

function there(
  resource: PlainResource | undefined,
  { type }: PlainType,
  { names, resourceGroup = "" }: ArmRequest,
): PlainResource {
  if (resource) return resource;
  throw resourceNotFound(`${type}/${names.join("/")}`, resourceGroup);
}

function checkLocation({ tracked }: PlainType, body: unknown): void {
  const location = (body as { readonly location?: unknown }).location;
  if (!tracked || (typeof location === "string" && locationName(location))) return;
  throw new ArmError(400, "LocationRequired", "The location property is required for this definition.");
}

function write({ world, plain }: Parts, kind: PlainType, id: string, content: unknown): unknown {
  return plainBody(kind, plain.set(id, content as Record<string, unknown>, world.clock.now()));
}

function plainBody(kind: PlainType, { id, content }: PlainResource): Record<string, unknown> {
  const { properties, location, ...rest } = content;
  const namespace = /\/providers\/([^/]+)\/(?!.*\/providers\/)/i.exec(id)?.[1] ?? "";
  return {
    id,
    name: id.split("/").at(-1),
    type: `${namespace}/${kind.type}`,
    ...(typeof location === "string" ? { location: locationName(location) ?? location } : {}),
    ...rest,
    properties: {
      provisioningState: "Succeeded",
      ...(properties as object | undefined),
      ...kind.filled(drawOf(id), id),
    },
  };
}

function drawOf(id: string): (word: string) => string {
  return (word) => createHash("sha256").update(`${id.toLowerCase()}/${word}`).digest("hex");
}

/** A GUID of a draw. */
export function guidFrom(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(12, 15)}-a${hex.slice(15, 18)}-${hex.slice(18, 30)}`;
}
