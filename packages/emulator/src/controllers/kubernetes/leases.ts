import { microTimestamp } from "../../world/store.ts";
import { durationMs } from "../../world/world.ts";
import type { ControlPlane } from "./control-plane.ts";
import { createObject, getObject, leases, nodes, updateObject } from "./kinds.ts";
import type { Machine } from "./machines.ts";
import type { Lease } from "./types.ts";

/** Compressed time would only fill the history of the store with heartbeats. */
const shortestPeriodMs = 1_000;

interface Beats {
  readonly firstMs: number;
  lastMs: number;
}

/** Renews the lease of each node that is alive. Who judges silence counts the beats itself: these are for readers. */
export function startLeases(plane: ControlPlane, machines: ReadonlyMap<string, Machine>): void {
  const { clock } = plane.world;
  const random = plane.world.random.stream(`${plane.clusterName}/leases`);
  const periodMs = Math.max(shortestPeriodMs, durationMs(plane.world, "nodes.leasePeriod", random));
  /** By node, since the leases were written last. */
  const beats = new Map<string, Beats>();
  const changed = plane.store.writeLate(leases.resource, () => {
    for (const [name, heard] of beats) renew(plane, name, heard);
    beats.clear();
  });
  let timer = clock.after(periodMs, beat);
  plane.onClose(() => timer.cancel());

  function beat(): void {
    if (plane.apiServer.available) {
      for (const machine of machines.values()) if (machine.state.kind === "joined") hear(machine.spec.name);
      changed();
    }
    timer = clock.after(periodMs, beat);
  }

  function hear(name: string): void {
    const known = beats.get(name);
    if (known) known.lastMs = clock.now();
    else beats.set(name, { firstMs: clock.now(), lastMs: clock.now() });
  }
}

function renew(plane: ControlPlane, name: string, { firstMs, lastMs }: Beats): void {
  const node = getObject(plane.store, nodes, undefined, name);
  if (!node) return;
  const renewTime = microTimestamp(lastMs);
  const existing = getObject(plane.store, leases, "kube-node-lease", name);
  if (existing) {
    updateObject(plane.store, leases, existing, (lease) => ({ ...lease, spec: { ...lease.spec, renewTime } }));
    return;
  }
  const lease: Omit<Lease, "apiVersion" | "kind"> = {
    metadata: {
      name,
      namespace: "kube-node-lease",
      ownerReferences: [{ apiVersion: "v1", kind: "Node", name, uid: node.metadata.uid ?? "" }],
    },
    spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime },
  };
  createObject<Lease>(plane.store, leases, lease, firstMs);
}
