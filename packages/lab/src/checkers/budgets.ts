import type { CheckedObject, Checker } from "./checker.ts";

interface Budget {
  readonly spec?: {
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly unhealthyPodEvictionPolicy?: string;
  };
  readonly status?: { readonly desiredHealthy?: number };
}

interface Pod {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** The controller of budgets hears of a pod that fell ill a moment later, in Kubernetes too. */
const noticedAfterMs = 1_000;

/** No eviction leaves fewer pods healthy than their disruption budget wants. Counts the pods itself. */
export function budgetChecker(): Checker {
  const pods = new Map<string, Map<string, CheckedObject>>();
  const illSinceMs = new WeakMap<CheckedObject, number>();
  const budgets = new Map<string, Map<string, CheckedObject>>();
  const of = (tables: Map<string, Map<string, CheckedObject>>, key: string): Map<string, CheckedObject> => {
    const table = tables.get(key) ?? new Map<string, CheckedObject>();
    tables.set(key, table);
    return table;
  };

  function isHealthy(pod: CheckedObject, atMs: number): boolean {
    return isWell(pod) || atMs - (illSinceMs.get(pod) ?? 0) < noticedAfterMs;
  }

  function problem(scope: string, name: string, atMs: number): string | undefined {
    const evicted = of(pods, scope).get(name);
    for (const budget of of(budgets, scope).values()) {
      // Validated on its way into the store.
      const { spec, status } = budget as unknown as Budget;
      const labels = Object.entries(spec?.selector?.matchLabels ?? {});
      const selects = ({ metadata }: CheckedObject): boolean =>
        labels.length > 0 && labels.every(([key, value]) => metadata.labels?.[key] === value);
      if (!evicted || !selects(evicted)) continue;
      // A pod that serves nobody takes nothing from the budget (Kubernetes docs, unhealthy pod eviction policy). The API
      // server looks at the pod itself, and so notices at once.
      if (spec?.unhealthyPodEvictionPolicy === "AlwaysAllow" && !isWell(evicted)) continue;
      const left = [...of(pods, scope).values()].filter(
        (pod) => pod !== evicted && selects(pod) && isHealthy(pod, atMs),
      );
      const wanted = status?.desiredHealthy ?? 0;
      if (left.length < wanted) {
        return `${name} was evicted, which left ${left.length} healthy of the ${wanted} that ${budget.metadata.name} wants`;
      }
    }
    return undefined;
  }

  return {
    name: "no-eviction-below-budget",
    onChange({ cluster, resource, isGone, object, atMs }) {
      if (resource !== "pods" && resource !== "poddisruptionbudgets") return undefined;
      const { name, namespace } = object.metadata;
      const table = of(resource === "pods" ? pods : budgets, `${cluster}/${namespace}`);
      const before = table.get(name);
      if (resource === "pods" && !isWell(object)) {
        illSinceMs.set(object, before && !isWell(before) ? (illSinceMs.get(before) ?? 0) : atMs);
      }
      if (isGone) table.delete(name);
      else table.set(name, object);
      return undefined;
    },
    onRecord({ kind, data, timeMs }) {
      if (kind !== "pod.evicted") return undefined;
      const [namespace = "", name = ""] = String(data["pod"]).split("/");
      return problem(`${String(data["cluster"])}/${namespace}`, name, timeMs);
    },
  };
}

function isWell(pod: CheckedObject): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) return false;
  const { status } = pod as unknown as Pod;
  return status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") ?? false;
}
