import type { Cluster } from "../cluster.ts";
import type { KubeObject } from "../objects.ts";

/** Takes the owner out of its dependents: `--cascade=orphan`. */
export function releaseDependents(cluster: Cluster, owner: KubeObject): void {
  for (const resource of cluster.store.resources()) {
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
