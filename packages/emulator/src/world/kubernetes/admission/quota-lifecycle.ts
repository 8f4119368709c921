import type { Cluster } from "../../cluster.ts";
import { quotaStatus, quotas } from "./quota.ts";

/** Keeps what quotas show as used. Returns the function that ends it. */
export function createQuotaLifecycle(cluster: Cluster): () => void {
  const { store, world } = cluster;
  const due = new Set<string>();
  function runDue(): void {
    const namespaces = [...due];
    due.clear();
    for (const namespace of namespaces) {
      for (const { metadata } of store.list(quotas, namespace)) {
        store.update(quotas, namespace, metadata.name, (current) => ({
          ...current,
          status: quotaStatus(cluster, current),
        }));
      }
    }
  }
  return store.subscribe(({ object }) => {
    const { namespace } = object.metadata;
    if (namespace === undefined || store.list(quotas, namespace).length === 0) return;
    if (due.size === 0) world.clock.after(0, runDue);
    due.add(namespace);
  });
}
