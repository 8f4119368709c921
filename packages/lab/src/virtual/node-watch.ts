import type { VirtualWorld } from "./world.ts";

export interface NodeChange {
  readonly node: string;
  readonly version: string;
  readonly state: "ready" | "not-ready" | "cordoned" | "draining" | "gone";
}

interface Node {
  readonly metadata: { readonly name: string };
  readonly spec?: { readonly unschedulable?: boolean };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly nodeInfo?: { readonly kubeletVersion?: string };
  };
}

/** Follows the nodes of all clusters: how they change, and how many there are beyond those of the beginning. */
export class NodeWatch {
  peakExtra = 0;
  readonly #world: Pick<VirtualWorld, "azure" | "kernel">;
  readonly #tell: (change: NodeChange) => void;
  readonly #draining = new Set<string>();
  readonly #told = new Map<string, string>();
  #extra = 0;
  #sinceMs: number;
  #extraMs = 0;

  constructor(world: Pick<VirtualWorld, "azure" | "kernel">, tell: (change: NodeChange) => void) {
    this.#world = world;
    this.#tell = tell;
    this.#sinceMs = world.kernel.clock.now();
    world.azure.onObject({ group: "", resource: "nodes" }, (_, { type, object }) => {
      if (type === "ADDED") this.#count(1);
      if (type === "DELETED") this.#count(-1);
      // Validated on its way into the store.
      this.#show(object as unknown as Node, type === "DELETED");
    });
    world.kernel.trace.follow(({ kind, data }) => {
      const node = String(data["node"]);
      if (kind === "node.cordoned") this.#draining.add(node);
      if (kind === "node.drained" || kind === "node.drain-failed") this.#draining.delete(node);
    });
  }

  /** Tells how each of them is now. */
  begin(nodes: readonly NodeChange[]): void {
    for (const change of nodes) this.#tellOnce(change);
  }

  get extraHours(): number {
    this.#count(0);
    return Math.round(this.#extraMs / 36_000) / 100;
  }

  #count(by: number): void {
    const now = this.#world.kernel.clock.now();
    this.#extraMs += Math.max(0, this.#extra) * (now - this.#sinceMs);
    this.#sinceMs = now;
    this.#extra += by;
    this.peakExtra = Math.max(this.peakExtra, this.#extra);
  }

  #show(node: Node, isGone: boolean): void {
    const { name } = node.metadata;
    const version = (node.status?.nodeInfo?.kubeletVersion ?? "").replace(/^v/, "");
    const state = isGone ? "gone" : this.#stateOf(node);
    this.#tellOnce({ node: name, version, state });
  }

  #tellOnce(change: NodeChange): void {
    const text = `${change.version} ${change.state}`;
    if (this.#told.get(change.node) === text) return;
    this.#told.set(change.node, text);
    this.#tell(change);
  }

  #stateOf({ metadata, spec, status }: Node): NodeChange["state"] {
    const isReady = status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True");
    if (!isReady) return "not-ready";
    if (spec?.unschedulable !== true) return "ready";
    return this.#draining.has(metadata.name) ? "draining" : "cordoned";
  }
}
