// TEMPORARY stand-in until createCluster exists

import type { Cluster } from "../src/world/cluster.ts";
import { ObjectStore } from "../src/world/store.ts";
import type { World } from "../src/world/world.ts";

const N = { group: "", resource: "nodes" };
const P = { group: "", resource: "pods" };
export const blocked = new Set<string>();
export function openCluster(world: World, spec: { name: string; kubernetesVersion: string }): Cluster {
  const store = new ObjectStore(world);
  let available = true;
  const ready = (name: string, v: string) =>
    store.update(N, undefined, name, (o) => ({
      ...o,
      status: { conditions: [{ type: "Ready", status: "True" }], nodeInfo: { kubeletVersion: `v${v}` } },
    }));
  return {
    world,
    name: spec.name,
    domain: "x",
    store,
    kubernetesVersion: spec.kubernetesVersion,
    apiServer: {
      get available() {
        return available;
      },
      set(a) {
        available = a;
      },
      onChange: () => () => {},
    },
    addNode(n) {
      store.create(N, { apiVersion: "v1", kind: "Node", metadata: { name: n.name, labels: n.labels }, spec: {} });
      if (n.joins !== false) world.clock.after(30_000 / world.timeScale, () => ready(n.name, n.kubeletVersion));
    },
    removeNode(n) {
      store.delete(N, undefined, n);
      for (const p of store.list(P))
        if ((p["spec"] as any).nodeName === n) store.delete(P, p.metadata.namespace, p.metadata.name);
    },
    loseNode() {},
    reimageNode(n, c, joined) {
      store.update(N, undefined, n, (o) => ({ ...o, status: {} }));
      if (c.joins !== false)
        world.clock.after(180_000 / world.timeScale, () => {
          ready(n, c.kubeletVersion);
          joined();
        });
    },
    setUnschedulable(n, u) {
      store.update(N, undefined, n, (o) => ({ ...o, spec: { unschedulable: u } }));
    },
    evict(ns, pod) {
      if (blocked.has(pod))
        return {
          kind: "refused",
          status: 429,
          reason: "TooManyRequests",
          message: "Cannot evict pod as it would violate the pod's disruption budget.",
          causes: [
            {
              reason: "DisruptionBudget",
              message: "The disruption budget web needs 1 healthy pods and has 1 currently",
            },
          ],
        };
      store.update(P, ns, pod, (o) => ({ ...o, metadata: { ...o.metadata, deletionTimestamp: "x" } }));
      world.clock.after(5_000, () => store.delete(P, ns, pod));
      return { kind: "evicted" };
    },
    recordEvent() {},
    close() {},
  };
}
