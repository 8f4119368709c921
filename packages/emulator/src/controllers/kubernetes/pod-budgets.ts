import type { ObjectStore } from "../../world/store.ts";
import { budgets, indexedObjects, listObjects } from "./kinds.ts";
import { labelKey } from "./pod-lookup.ts";
import type { Pod } from "./pod-types.ts";
import { matchesSelector } from "./selectors.ts";
import type { PodDisruptionBudget } from "./types.ts";

/** Each budget under one of the labels that it asks for; `namespace/` for one that asks for none. */
const bySelector = {
  name: "selector",
  keysOf({ metadata: { namespace = "" }, spec }: PodDisruptionBudget): readonly string[] {
    const [label] = Object.entries(spec.selector?.matchLabels ?? {});
    return [label ? labelKey(namespace, label) : `${namespace}/`];
  },
};

/** Those that cover a pod, in order of creation. */
export function budgetsOf(store: ObjectStore, pod: Pod): PodDisruptionBudget[] {
  const { namespace = "", labels = {} } = pod.metadata;
  const keys = [`${namespace}/`, ...Object.entries(labels).map((label) => labelKey(namespace, label))];
  const covering = (found: readonly PodDisruptionBudget[]) => found.filter((budget) => covers(budget, pod));
  const found = covering(keys.flatMap((key) => indexedObjects(store, budgets, bySelector, key)));
  return found.length > 1 ? covering(listObjects(store, budgets, namespace)) : found;
}

/** An empty selector covers every pod of the namespace (policy/v1). */
export function covers({ metadata, spec }: PodDisruptionBudget, pod: Pod): boolean {
  return metadata.namespace === pod.metadata.namespace && matchesSelector(spec.selector, pod.metadata.labels);
}
