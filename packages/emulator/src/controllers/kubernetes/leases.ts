import { microTimestamp } from "../../world/store.ts";
import { durationMs } from "../../world/world.ts";
import type { ControlPlane } from "./control-plane.ts";
import { createObject, getObject, leases, nodes, updateObject } from "./kinds.ts";
import type { Machine } from "./machines.ts";
import type { Lease } from "./types.ts";

/** Compressed time would only fill the history of the store with heartbeats. */
const shortestPeriodMs = 1_000;

/** Renews the lease of each node that is alive. Who judges silence counts the beats itself: these are for readers. */
export function startLeases(plane: ControlPlane, machines: ReadonlyMap<string, Machine>): void {
  const { clock } = plane.world;
  const random = plane.world.random.stream(`${plane.clusterName}/leases`);
  const periodMs = Math.max(shortestPeriodMs, durationMs(plane.world, "nodes.leasePeriod", random));
  let timer = clock.after(periodMs, beat);
  plane.onClose(() => timer.cancel());

  function beat(): void {
    if (plane.apiServer.available) {
      for (const machine of machines.values()) if (machine.state.kind === "joined") renew(plane, machine.spec.name);
    }
    timer = clock.after(periodMs, beat);
  }
}

function renew(plane: ControlPlane, name: string): void {
  const node = getObject(plane.store, nodes, undefined, name);
  if (!node) return;
  const renewTime = microTimestamp(plane.world.clock.now());
  const existing = getObject(plane.store, leases, "kube-node-lease", name);
  if (existing) {
    updateObject(plane.store, leases, existing, (lease) => ({ ...lease, spec: { ...lease.spec, renewTime } }));
    return;
  }
  createObject<Lease>(plane.store, leases, {
    metadata: {
      name,
      namespace: "kube-node-lease",
      ownerReferences: [{ apiVersion: "v1", kind: "Node", name, uid: node.metadata.uid ?? "" }],
    },
    spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime },
  });
}
