import type { Cluster } from "../../cluster.ts";
import type { KubeObject } from "../../objects.ts";
import { at, listAt, recordAt, textAt } from "../json.ts";
import type { ResourceType } from "../resource-type.ts";
import { forbidden } from "../status-error.ts";
import { type Amounts, amountsOf, podResources, quantityText, usageOf } from "./resource-usage.ts";

export const quotas = { group: "", resource: "resourcequotas" };

/** Refuses with 403 a new object, or a change, that a quota of its namespace has no room for. */
export function checkQuotas(
  cluster: Pick<Cluster, "store">,
  type: ResourceType,
  object: KubeObject,
  previous: KubeObject | undefined,
): void {
  const { namespace } = object.metadata;
  if (namespace === undefined) return;
  for (const quota of cluster.store.list(quotas, namespace)) checkQuota(cluster, type, quota, { object, previous });
}

function checkQuota(
  cluster: Pick<Cluster, "store">,
  type: ResourceType,
  quota: KubeObject,
  { object, previous }: { object: KubeObject; previous: KubeObject | undefined },
): void {
  if (!isInScope(quota, type, object)) return;
  const hard = amountsOf(recordAt(quota, "spec", "hard"));
  const wanted = usageOf(object, type.plural, type.group);
  const before = previous ? usageOf(previous, type.plural, type.group) : new Map<string, number>();
  if (previous === undefined) checkCompute(type, quota, object, hard);
  const used = usedOf(cluster, quota, hard);
  const exceeded = [...hard].filter(([name, limit]) => {
    const more = (wanted.get(name) ?? 0) - (before.get(name) ?? 0);
    return more > 0 && (used.get(name) ?? 0) + more > limit;
  });
  if (exceeded.length === 0) return;
  const more = new Map([...wanted].map(([name, amount]) => [name, amount - (before.get(name) ?? 0)]));
  const list = (amounts: Amounts): string =>
    exceeded
      .map(([name]) => `${name}=${quantityText(name, amounts.get(name) ?? 0)}`)
      .toSorted()
      .join(",");
  const message = `exceeded quota: ${quota.metadata.name}, requested: ${list(more)}, used: ${list(used)}, limited: ${list(hard)}`;
  throw forbidden(type, object.metadata.name, message);
}

const computeNames: readonly string[] = [
  "cpu",
  "memory",
  "requests.cpu",
  "requests.memory",
  "limits.cpu",
  "limits.memory",
];

/** A quota of computing power wants every container to say what it takes. */
function checkCompute(type: ResourceType, quota: KubeObject, object: KubeObject, hard: Amounts): void {
  if (type.plural !== "pods" || type.group !== "") return;
  const constrained = computeNames.filter((name) => hard.has(name));
  const containers = [...listAt(object, "spec", "containers"), ...listAt(object, "spec", "initContainers")];
  const missing = constrained.flatMap((name) => {
    const [side = "requests", resource = ""] = name.includes(".") ? name.split(".") : ["requests", name];
    const silent = containers.filter((container) => at(container, "resources", side, resource) === undefined);
    return silent.length === 0 ? [] : [`${name} for: ${silent.map((one) => textAt(one, "name") ?? "").join(",")}`];
  });
  if (missing.length === 0) return;
  const message = `failed quota: ${quota.metadata.name}: must specify ${missing.toSorted().join("; ")}`;
  throw forbidden(type, object.metadata.name, message);
}

/** What is used of what a quota limits. */
export function usedOf({ store }: Pick<Cluster, "store">, quota: KubeObject, hard: Amounts): Amounts {
  const used = new Map<string, number>([...hard.keys()].filter(isCountable).map((name) => [name, 0]));
  for (const resource of store.resources()) {
    if (!isCounted(hard, resource)) continue;
    for (const object of store.list(resource, quota.metadata.namespace)) {
      if (!isInScope(quota, { ...resource, plural: resource.resource }, object)) continue;
      const isFinished = isFinishedPod(resource.resource, object);
      for (const [name, amount] of usageOf(object, resource.resource, resource.group)) {
        if (used.has(name) && (!isFinished || name === "count/pods")) used.set(name, (used.get(name) ?? 0) + amount);
      }
    }
  }
  return used;
}

/** Whether anybody counts it: of names with a slash, only objects, what pods ask for and what classes of storage give. */
function isCountable(name: string): boolean {
  return !name.includes("/") || /^(count\/|requests\.|limits\.)|\.storageclass\.storage\.k8s\.io\//.test(name);
}

function isCounted(hard: Amounts, { group, resource }: { group: string; resource: string }): boolean {
  const qualified = group === "" ? resource : `${resource}.${group}`;
  const compute = resource === "pods" && group === "";
  return (
    hard.has(`count/${qualified}`) ||
    (group === "" && [...hard.keys()].some((name) => name === resource || name.startsWith(`${resource}.`))) ||
    (compute && [...hard.keys()].some((name) => /^(cpu|memory|requests\.|limits\.)/.test(name))) ||
    (resource === "persistentvolumeclaims" && [...hard.keys()].some((name) => name.includes("storage")))
  );
}

/** Pods that have ended take nothing but their place among the objects. */
function isFinishedPod(resource: string, object: KubeObject): boolean {
  const phase = textAt(object, "status", "phase");
  return resource === "pods" && (phase === "Succeeded" || phase === "Failed");
}

function isInScope(
  quota: KubeObject,
  type: { readonly plural: string; readonly group: string },
  object: KubeObject,
): boolean {
  const scopes = listAt(quota, "spec", "scopes");
  const selected = listAt(quota, "spec", "scopeSelector", "matchExpressions");
  if (scopes.length + selected.length === 0) return true;
  if (type.plural !== "pods" || type.group !== "") return false;
  const terminating = at(object, "spec", "activeDeadlineSeconds") !== undefined;
  const bestEffort = podResources(object, "requests").size + podResources(object, "limits").size === 0;
  const isIn = (scope: unknown): boolean => {
    switch (scope) {
      case "Terminating":
        return terminating;
      case "NotTerminating":
        return !terminating;
      case "BestEffort":
        return bestEffort;
      case "NotBestEffort":
        return !bestEffort;
      default:
        return true;
    }
  };
  const matches = (expression: unknown): boolean =>
    textAt(expression, "scopeName") === "PriorityClass"
      ? hasPriority(expression, textAt(object, "spec", "priorityClassName") ?? "")
      : isIn(textAt(expression, "scopeName"));
  return scopes.every(isIn) && selected.every(matches);
}

function hasPriority(expression: unknown, priorityClass: string): boolean {
  const values = listAt(expression, "values");
  switch (textAt(expression, "operator") ?? "") {
    case "In":
      return values.includes(priorityClass);
    case "NotIn":
      return !values.includes(priorityClass);
    case "DoesNotExist":
      return priorityClass === "";
    default:
      return priorityClass !== "";
  }
}

/** The status of a quota as it is now. */
export function quotaStatus(cluster: Pick<Cluster, "store">, quota: KubeObject): Record<string, unknown> {
  const hard = recordAt(quota, "spec", "hard");
  const used = usedOf(cluster, quota, amountsOf(hard));
  if (used.size === 0 && Object.keys(hard).length > 0) return { hard };
  return { hard, used: Object.fromEntries([...used].map(([name, amount]) => [name, quantityText(name, amount)])) };
}
