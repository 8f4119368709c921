import type { Cluster } from "../cluster.ts";
import type { GroupResource, KubeObject } from "../objects.ts";
import { builtInRegistry } from "./registry.ts";
import { storedResource } from "./resource-type.ts";

/** Takes the owner out of its dependents: `--cascade=orphan`. */
export function releaseDependents(cluster: Cluster, owner: KubeObject): void {
  for (const resource of storedResources()) {
    for (const dependent of cluster.store.list(resource, owner.metadata.namespace)) {
      const references = dependent.metadata.ownerReferences ?? [];
      const kept = references.filter(({ uid }) => uid !== owner.metadata.uid);
      if (kept.length === references.length) continue;
      const { ownerReferences: _, ...metadata } = dependent.metadata;
      cluster.store.update(resource, metadata.namespace, metadata.name, (current) => ({
        ...current,
        metadata: { ...metadata, ...(kept.length > 0 ? { ownerReferences: kept } : {}) },
      }));
    }
  }
}

/** Each resource once, also when several versions show it. */
export function storedResources(): readonly GroupResource[] {
  const byKey = new Map(
    builtInRegistry.types.map(storedResource).map((resource) => [`${resource.group}/${resource.resource}`, resource]),
  );
  return [...byKey.values()];
}
