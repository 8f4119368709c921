import type { Cluster } from "../../cluster.ts";
import type { KubeObject } from "../../objects.ts";
import { listAt, sameJson, textAt } from "../json.ts";
import type { ResourceType } from "../resource-type.ts";
import { forbidden } from "../status-error.ts";
import { type Action, decide, isCovered, mayDoEverything, roleRulesOf, rulesOf } from "./rules.ts";
import type { UserInfo } from "./user.ts";

const group = "rbac.authorization.k8s.io";

/** Nobody gives away more than he has (kubernetes: pkg/registry/rbac/…/policybased). */
export function checkGrant(
  cluster: Cluster,
  user: UserInfo,
  type: ResourceType,
  next: KubeObject,
  previous?: KubeObject,
): void {
  if (type.group !== group || mayDoEverything(user)) return;
  const granted = type.plural.endsWith("bindings")
    ? ofBinding(cluster, user, next)
    : ofRole(cluster, user, type, next, previous);
  const held = rulesOf(cluster, user, next.metadata.namespace ?? "");
  const missing = granted.flatMap(simpleRules).filter((rule) => !isCovered(held, actionOf(rule)));
  if (missing.length === 0) return;
  const texts = compact(missing).map(ruleText).toSorted();
  const message = `user ${JSON.stringify(user.username)} (groups=${goList(user.groups)}) is attempting to grant RBAC permissions not currently held:\n${texts.join("\n")}`;
  throw forbidden(type, next.metadata.name, message);
}

function ofRole(
  cluster: Cluster,
  user: UserInfo,
  type: ResourceType,
  next: KubeObject,
  previous: KubeObject | undefined,
): readonly unknown[] {
  const { name, namespace = "" } = next.metadata;
  const escalate = {
    kind: "resource",
    verb: "escalate",
    group,
    resource: type.plural,
    subresource: "",
    namespace,
    name,
  } as const;
  if (decide(cluster, user, escalate).allowed) return [];
  const rules = listAt(next, "rules");
  return previous && sameJson(rules, listAt(previous, "rules")) ? [] : rules;
}

function ofBinding(cluster: Cluster, user: UserInfo, binding: KubeObject): readonly unknown[] {
  const { namespace = "" } = binding.metadata;
  const name = textAt(binding, "roleRef", "name") ?? "";
  const resource = textAt(binding, "roleRef", "kind") === "Role" ? "roles" : "clusterroles";
  const bind = { kind: "resource", verb: "bind", group, resource, subresource: "", namespace, name } as const;
  return decide(cluster, user, bind).allowed ? [] : roleRulesOf(cluster.store, binding);
}

/** A rule about one thing: one verb for one resource, or one path. */
interface SimpleRule {
  readonly verb: string;
  readonly url?: string;
  readonly group: string;
  readonly resource: string;
  readonly name?: string;
}

function simpleRules(rule: unknown): readonly SimpleRule[] {
  const verbs = texts(rule, "verbs");
  const names = texts(rule, "resourceNames");
  const ofUrls = texts(rule, "nonResourceURLs").flatMap((url) =>
    verbs.map((verb) => ({ verb, url, group: "", resource: "" })),
  );
  const ofResources = texts(rule, "apiGroups").flatMap((inGroup) =>
    texts(rule, "resources").flatMap((resource) =>
      verbs.flatMap((verb) => {
        const one = { verb, group: inGroup, resource };
        return names.length === 0 ? [one] : names.map((name) => ({ ...one, name }));
      }),
    ),
  );
  return [...ofResources, ...ofUrls];
}

function texts(rule: unknown, member: string): readonly string[] {
  return listAt(rule, member).filter((text) => typeof text === "string");
}

function actionOf({ verb, url, group: inGroup, resource, name = "" }: SimpleRule): Action {
  if (url !== undefined) return { kind: "path", verb, path: url };
  const [main = "", subresource = ""] = resource === "*" ? ["*"] : resource.split("/", 2);
  return { kind: "resource", verb, group: inGroup, resource: main, subresource, namespace: "", name };
}

interface CompactRule extends Omit<SimpleRule, "verb"> {
  readonly verbs: readonly string[];
}

/** Verbs for the same thing go together. */
function compact(rules: readonly SimpleRule[]): readonly CompactRule[] {
  const together = Map.groupBy(rules, ({ url, group: inGroup, resource, name }) =>
    JSON.stringify([url, inGroup, resource, name]),
  );
  return [...together.values()].flatMap((same) => {
    const [first] = same;
    return first ? [{ ...first, verbs: same.map(({ verb }) => verb) }] : [];
  });
}

/** `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}`. */
function ruleText({ url, group: inGroup, resource, name, verbs }: CompactRule): string {
  const parts =
    url === undefined
      ? [
          `APIGroups:${goList([inGroup])}`,
          `Resources:${goList([resource])}`,
          ...(name === undefined ? [] : [`ResourceNames:${goList([name])}`]),
        ]
      : [`NonResourceURLs:${goList([url])}`];
  return `{${[...parts, `Verbs:${goList(verbs)}`].join(", ")}}`;
}

function goList(list: readonly string[]): string {
  return `[${list.map((text) => JSON.stringify(text)).join(" ")}]`;
}
