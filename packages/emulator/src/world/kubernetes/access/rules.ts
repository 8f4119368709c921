import type { Cluster } from "../../cluster.ts";
import type { KubeObject } from "../../objects.ts";
import { listAt, recordAt, textAt } from "../json.ts";
import type { UserInfo } from "./user.ts";

/** What somebody wants to do: with a resource, or with a path that is none. */
export type Action =
  | {
      readonly kind: "resource";
      readonly verb: string;
      readonly group: string;
      readonly resource: string;
      /** "" for the object itself. */
      readonly subresource: string;
      /** "" for all of a cluster. */
      readonly namespace: string;
      /** "" for any. */
      readonly name: string;
    }
  | { readonly kind: "path"; readonly verb: string; readonly path: string };

export interface Decision {
  readonly allowed: boolean;
  readonly reason: string;
}

/** RBAC: some role that is bound to the user, or to one of its groups, allows the action. Nothing forbids. */
export function decide(cluster: Pick<Cluster, "store">, user: UserInfo, action: Action): Decision {
  if (mayDoEverything(user)) return { allowed: true, reason: "" };
  const namespace = action.kind === "resource" ? action.namespace : "";
  const found = grantsOf(cluster, user, namespace).find(({ rules }) => rules.some((rule) => allows(rule, action)));
  return found ? { allowed: true, reason: found.reason } : { allowed: false, reason: "" };
}

/** The rules that hold for a user in a namespace, those of the whole cluster included. */
export function rulesOf(cluster: Pick<Cluster, "store">, user: UserInfo, namespace: string): readonly unknown[] {
  if (mayDoEverything(user)) return everything;
  return grantsOf(cluster, user, namespace).flatMap(({ rules }) => rules);
}

export function mayDoEverything({ groups, allowedByAzure = false }: UserInfo): boolean {
  return allowedByAzure || groups.includes("system:masters");
}

/** What `system:masters` may, as kubectl shows it. */
const everything: readonly unknown[] = [
  { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
  { verbs: ["*"], nonResourceURLs: ["*"] },
];

interface Grant {
  readonly rules: readonly unknown[];
  readonly reason: string;
}

const group = "rbac.authorization.k8s.io";

function grantsOf({ store }: Pick<Cluster, "store">, user: UserInfo, namespace: string): readonly Grant[] {
  const clusterBindings = store.list({ group, resource: "clusterrolebindings" });
  const bindings = namespace === "" ? [] : store.list({ group, resource: "rolebindings" }, namespace);
  return [...clusterBindings, ...bindings].flatMap((binding) => {
    const subject = listAt(binding, "subjects").find((one) => means(one, user));
    if (subject === undefined) return [];
    return [{ rules: roleRulesOf(store, binding), reason: reasonOf(binding, subject) }];
  });
}

function means(subject: unknown, user: UserInfo): boolean {
  const name = textAt(subject, "name") ?? "";
  switch (textAt(subject, "kind") ?? "") {
    case "User":
      return user.username === name;
    case "Group":
      return user.groups.includes(name);
    case "ServiceAccount":
      return user.username === `system:serviceaccount:${textAt(subject, "namespace") ?? ""}:${name}`;
    default:
      return false;
  }
}

/** Of the role that a binding names. */
export function roleRulesOf(store: Cluster["store"], binding: KubeObject): readonly unknown[] {
  const name = textAt(binding, "roleRef", "name") ?? "";
  const isRole = textAt(binding, "roleRef", "kind") === "Role";
  const role = isRole
    ? store.get({ group, resource: "roles" }, binding.metadata.namespace, name)
    : store.get({ group, resource: "clusterroles" }, undefined, name);
  return role ? listAt(role, "rules") : [];
}

/** `RBAC: allowed by ClusterRoleBinding "x" of ClusterRole "y" to User "z"`. */
function reasonOf(binding: KubeObject, subject: unknown): string {
  const { name, namespace } = binding.metadata;
  const role = recordAt(binding, "roleRef");
  const place = namespace === undefined ? JSON.stringify(name) : JSON.stringify(`${name}/${namespace}`);
  const who = `${textAt(subject, "kind") ?? ""} "${textAt(subject, "name") ?? ""}${accountNamespace(subject)}"`;
  return `RBAC: allowed by ${binding.kind} ${place} of ${String(role["kind"])} ${JSON.stringify(role["name"])} to ${who}`;
}

function accountNamespace(subject: unknown): string {
  return textAt(subject, "kind") === "ServiceAccount" ? `/${textAt(subject, "namespace") ?? ""}` : "";
}

export function isCovered(rules: readonly unknown[], action: Action): boolean {
  return rules.some((rule) => allows(rule, action));
}

function allows(rule: unknown, action: Action): boolean {
  if (!covers(listAt(rule, "verbs"), action.verb)) return false;
  if (action.kind === "path") {
    return listAt(rule, "nonResourceURLs").some((url) => typeof url === "string" && matchesPath(url, action.path));
  }
  const names = listAt(rule, "resourceNames");
  return (
    covers(listAt(rule, "apiGroups"), action.group) &&
    coversResource(listAt(rule, "resources"), action.resource, action.subresource) &&
    (names.length === 0 || names.includes(action.name))
  );
}

function covers(allowed: readonly unknown[], value: string): boolean {
  return allowed.includes("*") || allowed.includes(value);
}

function coversResource(allowed: readonly unknown[], resource: string, subresource: string): boolean {
  if (subresource === "") return covers(allowed, resource);
  return covers(allowed, `${resource}/${subresource}`) || allowed.includes(`*/${subresource}`);
}

function matchesPath(url: string, path: string): boolean {
  return url === path || (url.endsWith("*") && path.startsWith(url.slice(0, -1)));
}
