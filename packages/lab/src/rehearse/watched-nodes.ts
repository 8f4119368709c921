import { minuteMs, poolTitle, rounded, type SurgeRecord, type TraceRecord, type WatchOptions } from "./watched.ts";

/** Machines beyond those that each pool has. */
export class WatchedNodes {
  readonly #options: WatchOptions;
  readonly #alive = new Map<string, Set<string>>();
  /** Machines of the beginning, by pool. */
  readonly #base: ReadonlyMap<string, number>;
  readonly #extra = new Map<string, { most: number; ms: number; atMs: number }>();

  constructor(options: WatchOptions) {
    this.#options = options;
    const pools = options.clusters.flatMap((cluster) =>
      cluster.pools.map(({ name, count }): [string, number] => [poolTitle(options, cluster.name, name), count]),
    );
    this.#base = new Map(pools);
  }

  see({ kind, data, timeMs }: TraceRecord, isBefore: boolean): void {
    if (typeof data["pool"] !== "string" || !machineKinds.has(kind)) return;
    const node = String(data["node"]);
    const pool = poolTitle(this.#options, data["cluster"], data["pool"]);
    if (!isBefore) this.#count(pool, timeMs);
    const alive = this.#alive.get(pool) ?? new Set();
    this.#alive.set(pool, alive);
    if (kind === "node.removed") alive.delete(node);
    else alive.add(node);
    if (!isBefore) this.#count(pool, timeMs);
  }

  end(): readonly SurgeRecord[] {
    return [...this.#alive.keys()].toSorted().map((pool) => {
      const { most, ms } = this.#count(pool, this.#options.endMs);
      return { pool, nodes: most, nodeHours: rounded(ms / (60 * minuteMs)) };
    });
  }

  #count(pool: string, timeMs: number) {
    const base = this.#base.get(pool) ?? 0;
    const extra = Math.max(0, (this.#alive.get(pool)?.size ?? 0) - base);
    const known = this.#extra.get(pool) ?? { most: 0, ms: 0, atMs: this.#options.startMs };
    const next = { most: Math.max(known.most, extra), ms: known.ms + extra * (timeMs - known.atMs), atMs: timeMs };
    this.#extra.set(pool, next);
    return next;
  }
}

/** A machine is paid from when it is made. */
const machineKinds = new Set(["node.added", "node.surging", "node.removed"]);
