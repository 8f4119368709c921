import type { ObjectStore } from "../../world/store.ts";
import { indexedObjects, listObjects, pods } from "./kinds.ts";
import type { Pod } from "./pod-types.ts";
import { matchesLabels } from "./selectors.ts";

const byNode = { name: "node", keysOf: ({ spec }: Pod) => [spec.nodeName ?? ""] };
const byLabel = {
  name: "label",
  keysOf: ({ metadata }: Pod) =>
    Object.entries(metadata.labels ?? {}).map((label) => labelKey(metadata.namespace ?? "", label)),
};

/** Pods that are bound to a node, in order of creation; of "": pods that are bound to none. */
export function podsOnNode(store: ObjectStore, node: string): Pod[] {
  return indexedObjects(store, pods, byNode, node);
}

/** Pods of a namespace that carry all these labels, in order of creation; all of the namespace for no label. */
export function podsWithLabels(store: ObjectStore, namespace: string, labels: Readonly<Record<string, string>>): Pod[] {
  const candidates = Object.entries(labels).map((label) =>
    indexedObjects(store, pods, byLabel, labelKey(namespace, label)),
  );
  const [fewest = listObjects(store, pods, namespace), ...others] = candidates.toSorted((a, b) => a.length - b.length);
  return others.length === 0 ? fewest : fewest.filter(({ metadata }) => matchesLabels(labels, metadata.labels));
}

export function labelKey(namespace: string, [name, value]: readonly [string, string]): string {
  return `${namespace}/${name}=${value}`;
}
