import type { Cluster } from "../cluster.ts";
import type { World } from "../world.ts";

/** Why API servers cannot be reached: an upgrade and faults may overlap, and the last one to end brings it back. */
export class ControlPlaneOutages {
  readonly #world: Pick<World, "trace">;
  readonly #reasons = new Map<Cluster, Set<object>>();

  constructor(world: Pick<World, "trace">) {
    this.#world = world;
  }

  /** The control plane is gone from now on. Returns the function that ends this outage; it works once. */
  begin(cluster: Cluster, why: string): () => void {
    const token = {};
    const reasons = this.#reasons.get(cluster) ?? new Set();
    this.#reasons.set(cluster, reasons.add(token));
    if (reasons.size === 1) {
      cluster.apiServer.set(false);
      this.#world.trace.add("controlplane.unreachable", { cluster: cluster.name, why });
    }
    return () => {
      if (!reasons.delete(token) || reasons.size > 0) return;
      cluster.apiServer.set(true);
      this.#world.trace.add("controlplane.reachable", { cluster: cluster.name });
    };
  }
}
