import type { Cluster } from "../../cluster.ts";
import type { GroupResource, KubeObject } from "../../objects.ts";
import { textAt } from "../json.ts";

export const definitions: GroupResource = { group: "apiextensions.k8s.io", resource: "customresourcedefinitions" };

/** The CustomResourceDefinition of a kind. */
export function definitionOf(store: Cluster["store"], group: string, kind: string): KubeObject | undefined {
  return store
    .list(definitions)
    .find((one) => textAt(one, "spec", "group") === group && textAt(one, "spec", "names", "kind") === kind);
}
