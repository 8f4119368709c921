import type { Cluster } from "../../cluster.ts";
import { type Actor, changedBy, controllerManager } from "../../ownership.ts";
import { sameJson } from "../../same-json.ts";
import { recordAt } from "../json.ts";
import { parseQuantity } from "../validation/quantities.ts";
import { quotaStatus, quotas } from "./quota.ts";

const admission: Actor = { manager: "kube-apiserver", subresource: "" };

function grows(before: unknown, after: unknown): boolean {
  const [less, more] = [recordAt(before, "used"), recordAt(after, "used")];
  return Object.entries(more).some(
    ([name, amount]) => less[name] !== undefined && (parseQuantity(amount) ?? 0) > (parseQuantity(less[name]) ?? 0),
  );
}

/** Keeps what quotas show as used. Returns the function that ends it. */
export function createQuotaLifecycle(cluster: Cluster): () => void {
  const { store, world } = cluster;
  const due = new Set<string>();
  function runDue(): void {
    const namespaces = [...due];
    due.clear();
    for (const namespace of namespaces) {
      for (const { metadata } of store.list(quotas, namespace)) {
        store.update(quotas, namespace, metadata.name, (current) => {
          const status = quotaStatus(cluster, current);
          if (sameJson(status, current["status"])) return current;
          // Admission counts what comes, the controller what has gone and what was there before.
          const actor = grows(current["status"], status) ? admission : controllerManager;
          return changedBy(actor, store.time, current, { ...current, status });
        });
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
