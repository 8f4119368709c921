import { methodNotAllowed, resourceNotFound } from "../../world/arm/errors.ts";
import type { PlainResource, PlainResources } from "../../world/arm/plain-resources.ts";
import { ArmError, type ArmResponse } from "../../world/arm/provider.ts";
import type { World } from "../../world/world.ts";
import type { CallContent } from "./call.ts";

/** `{scope}/providers/{namespace}/{type}[/{name}]` where the scope is a resource, a group or the subscription. */
export interface ExtensionPath {
  readonly kind: "extension";
  readonly subscription: string;
  readonly group?: string;
  readonly scope: string;
  readonly extension: ExtensionKind;
  /** Undefined: the list. */
  readonly name?: string;
}

/** A type of another provider that stands below what it is about. Statuses as recorded. */
export interface ExtensionKind {
  /** `Microsoft.Insights/diagnosticSettings`. */
  readonly type: string;
  readonly created: 200 | 201;
  readonly deleted: 200 | 204;
  /** Members of `properties` that are shown as null when they were not sent. */
  readonly unset: readonly string[];
  /** The same beside `properties`. */
  readonly unsetBeside?: readonly string[];
}

const authorization = "Microsoft.Authorization/roleAssignments";

/** What command lines write beside clusters, apps and environments. Locks have rules of their own. */
const extensionKinds: readonly ExtensionKind[] = [
  {
    type: authorization,
    created: 201,
    deleted: 200,
    unset: ["condition", "conditionVersion", "delegatedManagedIdentityResourceId", "description"],
  },
  {
    type: "Microsoft.Insights/diagnosticSettings",
    created: 200,
    deleted: 200,
    unset: [
      "eventHubAuthorizationRuleId",
      "eventHubName",
      "logAnalyticsDestinationType",
      "serviceBusRuleId",
      "storageAccountId",
      "workspaceId",
    ],
    unsetBeside: ["identity", "kind", "location", "tags"],
  },
  { type: "Microsoft.Insights/dataCollectionRuleAssociations", created: 200, deleted: 200, unset: [] },
  {
    type: "microsoft.servicelinker/linkers",
    created: 201,
    deleted: 204,
    unset: ["configurationInfo", "publicNetworkSolution", "vNetSolution"],
  },
];

/** The kind whose namespace and type these are. */
export function extensionKind(namespace: string, type: string): ExtensionKind | undefined {
  return extensionKinds.find((kind) => kind.type.toLowerCase() === `${namespace}/${type}`.toLowerCase());
}

interface ExtensionContext {
  readonly world: World;
  readonly plain: PlainResources;
  /** Whether there is something at the scope. */
  exists(scope: string): boolean;
  /** Who calls. */
  readonly principal: string;
}

export function extensionsEndpoint(
  { world, plain, exists, principal }: ExtensionContext,
  path: ExtensionPath,
  call: CallContent,
): ArmResponse {
  const { scope, extension, name } = path;
  const below = `${scope}/providers/${extension.type}/`;
  if (name === undefined) {
    if (call.method !== "GET") throw methodNotAllowed(call.method);
    return { status: 200, body: { value: plain.within(below).map((one) => extensionBody(one, path)) } };
  }
  const existing = plain.get(`${below}${name}`);
  switch (call.method) {
    case "GET":
    case "HEAD":
      if (!existing) throw notFound(path, name);
      return { status: 200, body: extensionBody(existing, path) };
    case "PUT": {
      if (!exists(scope)) throw resourceNotFound(scope.split("/providers/").at(-1) ?? "", path.group ?? "");
      const content = contentOf(call.body, extension.type === authorization ? { updatedBy: principal } : {});
      if (extension.type === authorization && !existing) refuseSecond(plain.within(below), content);
      const written = plain.set(`${below}${name}`, content, world.clock.now());
      return { status: existing ? 200 : extension.created, body: extensionBody(written, path) };
    }
    case "DELETE":
      return { status: plain.delete(`${below}${name}`) ? extension.deleted : 204 };
    case "PATCH":
    case "POST":
      throw methodNotAllowed(call.method);
  }
}

function extensionBody({ id, content, createdMs, changedMs }: PlainResource, { scope, extension }: ExtensionPath) {
  const { properties, ...rest } = content;
  const sent = typeof properties === "object" && properties !== null ? properties : {};
  const unset = Object.fromEntries(extension.unset.map((member) => [member, null]));
  return {
    ...Object.fromEntries((extension.unsetBeside ?? []).map((member) => [member, null])),
    ...rest,
    id,
    name: id.split("/").at(-1),
    type: extension.type,
    properties: { ...unset, ...sent, ...addedTo(extension.type, scope, sent, { createdMs, changedMs }) },
  };
}

/** What the providers add. Source: recorded bodies. */
function addedTo(
  type: string,
  scope: string,
  sent: object,
  { createdMs, changedMs }: { readonly createdMs: number; readonly changedMs: number },
): Record<string, unknown> {
  if (type === authorization) {
    const principal = "principalType" in sent ? {} : { principalType: "ServicePrincipal" };
    const [createdOn, updatedOn] = [createdMs, changedMs].map((timeMs) => new Date(timeMs).toISOString());
    return { ...principal, scope, createdOn, updatedOn, createdBy: null };
  }
  if (type === "Microsoft.Insights/diagnosticSettings") {
    return { logs: categories("logs" in sent ? sent.logs : []), metrics: "metrics" in sent ? sent.metrics : [] };
  }
  if (type === "microsoft.servicelinker/linkers") return { provisioningState: "Succeeded" };
  return {};
}

function categories(logs: unknown): unknown {
  return Array.isArray(logs) ? logs.map((log: object) => ({ categoryGroup: null, ...log })) : logs;
}

/** One principal has a role at a scope once. */
function refuseSecond(others: readonly PlainResource[], content: Readonly<Record<string, unknown>>): void {
  const who = principalOf(content);
  if (!others.some((other) => principalOf(other.content) === who)) return;
  throw new ArmError(409, "RoleAssignmentExists", "The role assignment already exists.");
}

function principalOf({ properties }: Readonly<Record<string, unknown>>): string {
  const { principalId, roleDefinitionId } = (properties ?? {}) as Record<string, unknown>;
  return `${String(principalId)} ${String(roleDefinitionId)}`.toLowerCase();
}

function contentOf(body: unknown, added: Readonly<Record<string, unknown>>): Record<string, unknown> {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new ArmError(400, "InvalidRequestContent", "The request body must be a JSON object.");
  }
  const { properties, ...rest } = body as Record<string, unknown>;
  return { ...rest, properties: { ...(properties as object | undefined), ...added } };
}

function notFound({ extension, group }: ExtensionPath, name: string): Error {
  if (extension.type !== authorization) return resourceNotFound(`${extension.type}/${name}`, group ?? "");
  return new ArmError(404, "RoleAssignmentNotFound", `The role assignment '${name}' is not found.`);
}
