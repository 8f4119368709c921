import type { Cluster } from "../../cluster.ts";
import type { KubeRequest, ResourcePath } from "../request.ts";
import { StatusError } from "../status-error.ts";
import { type Action, decide, mayDoEverything } from "./rules.ts";
import { clusterAdmin, type UserInfo } from "./user.ts";

/** Refuses with 403 what nothing allows the caller to do. */
export function authorize(cluster: Cluster, request: KubeRequest, path: ResourcePath | undefined): void {
  const user = userOf(request);
  if (mayDoEverything(user)) return;
  const action = path ? resourceAction(request, path) : pathAction(request);
  if (!decide(cluster, user, action).allowed) throw refusal(user, action);
}

export function userOf({ user }: KubeRequest): UserInfo {
  return user ?? clusterAdmin;
}

function resourceAction(request: KubeRequest, path: ResourcePath): Action {
  const { group, plural, name = "", subresource = "" } = path;
  const isNamespace = group === "" && plural === "namespaces";
  const namespace = isNamespace ? name : (path.namespace ?? "");
  return { kind: "resource", verb: verbOf(request, name), group, resource: plural, subresource, namespace, name };
}

function pathAction({ method, path }: KubeRequest): Action {
  return { kind: "path", verb: method.toLowerCase(), path };
}

function verbOf({ method, query }: KubeRequest, name: string): string {
  switch (method) {
    case "POST":
      return "create";
    case "PUT":
      return "update";
    case "PATCH":
      return "patch";
    case "DELETE":
      return name === "" ? "deletecollection" : "delete";
    default:
      if (query.get("watch") === "true" || query.get("watch") === "1") return "watch";
      return name === "" ? "list" : "get";
  }
}

/** Wording of apiserver: pkg/endpoints/handlers/responsewriters/errors.go. */
function refusal({ username }: UserInfo, action: Action): StatusError {
  if (action.kind === "path") {
    const message = `forbidden: User ${JSON.stringify(username)} cannot ${action.verb} path ${JSON.stringify(action.path)}`;
    return new StatusError(403, "Forbidden", message, {});
  }
  const { verb, group, resource, subresource, namespace, name } = action;
  const qualified = group ? `${resource}.${group}` : resource;
  const what = subresource ? `${resource}/${subresource}` : resource;
  const where = namespace ? `in the namespace ${JSON.stringify(namespace)}` : "at the cluster scope";
  const subject = name ? `${qualified} ${JSON.stringify(name)}` : qualified;
  const message = `${subject} is forbidden: User ${JSON.stringify(username)} cannot ${verb} resource ${JSON.stringify(what)} in API group ${JSON.stringify(group)} ${where}`;
  return new StatusError(403, "Forbidden", message, {
    ...(name ? { name } : {}),
    ...(group ? { group } : {}),
    kind: resource,
  });
}
