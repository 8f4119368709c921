import type { Child } from "../../../controllers/container-app-children.ts";
import { refuseInUse } from "../../../controllers/container-app-uses.ts";
import { invalidResourceType, methodNotAllowed } from "../../../world/arm/errors.ts";
import type { ArmRequest, ArmResponse } from "../../../world/arm/provider.ts";
import { type ChildKind, childKinds } from "../../../world/container-apps/children.ts";
import type { Environment } from "../../../world/container-apps/environment.ts";
import { isJson, type Json } from "../../../world/container-apps/json.ts";
import { childBody, childId } from "./child-body.ts";
import type { AppProviderOptions } from "./options.ts";

/** Answer to a DELETE of what is there. What is not there: 204. Source: wire facts, delete-missing. */
const deleted: Readonly<Record<ChildKind, 200 | 204>> = {
  daprComponents: 204,
  "daprComponents/resiliencyPolicies": 204,
  storages: 200,
  certificates: 200,
  httpRouteConfigs: 204,
  maintenanceConfigurations: 200,
};

const patchable: ReadonlySet<ChildKind> = new Set(["certificates", "httpRouteConfigs"]);

/** Everything below a managed environment that has a name. Undefined: the path is of none of these. */
export function handleChildren(
  options: AppProviderOptions,
  request: ArmRequest,
  environment: Environment,
): ArmResponse | undefined {
  const path = request.types.slice(1).join("/");
  const kind = childKinds.find((known) => known.toLowerCase() === path);
  const names = request.names.slice(1);
  if (kind) return handleKind(options, request, environment, { kind, names });
  if (path === "daprcomponents/listsecrets" && request.method === "POST") {
    return listSecrets(options.apps.children.get(environment, "daprComponents", names));
  }
  return undefined;
}

function handleKind(
  options: AppProviderOptions,
  request: ArmRequest,
  environment: Environment,
  { kind, names }: { readonly kind: ChildKind; readonly names: readonly string[] },
): ArmResponse {
  const { children } = options.apps;
  const parents = kind.split("/").length - 1;
  // A policy is asked for below its component.
  if (parents > 0) children.get(environment, "daprComponents", names.slice(0, parents));
  if (names.length === parents) {
    if (request.method !== "GET") throw methodNotAllowed(request.method);
    const listed = children.list(environment, kind, names);
    return { status: 200, body: { value: listed.map((child) => childBody(options, child)) } };
  }
  switch (request.method) {
    case "GET":
      return { status: 200, body: childBody(options, children.get(environment, kind, names)) };
    case "PUT":
      return { status: 200, body: childBody(options, children.put(environment, kind, names, request.body as Json)) };
    case "PATCH": {
      if (!patchable.has(kind)) throw methodNotAllowed(request.method);
      const child = children.patch(children.get(environment, kind, names), request.body as Json);
      return { status: 200, body: childBody(options, child) };
    }
    case "DELETE": {
      const child = children.find(environment, kind, names);
      if (child) refuseInUse(options.apps.list(), `managedEnvironments/${kind}`, childId(child));
      if (child) children.delete(child);
      return { status: child ? deleted[kind] : 204 };
    }
    case "POST":
    case "HEAD":
      throw invalidResourceType(request.types.join("/"), "Microsoft.App", request.apiVersion);
  }
}

function listSecrets({ content }: Child): ArmResponse {
  const properties = content["properties"];
  const secrets = isJson(properties) ? properties["secrets"] : undefined;
  const value = Array.isArray(secrets)
    ? (secrets as readonly Json[]).map((secret) => ({ name: secret["name"], value: secret["value"] ?? "" }))
    : [];
  return { status: 200, body: { value } };
}
