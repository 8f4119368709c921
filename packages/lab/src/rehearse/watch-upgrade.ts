import type { ModelledWorkload } from "./manifests.ts";

interface TraceRecord {
  readonly timeMs: number;
  readonly kind: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface WorkloadRecord {
  /** `Deployment shop/api`. */
  readonly workload: string;
  readonly wanted: number;
  /** Fewest that served at any moment. */
  readonly lowest: number;
  /** With fewer than are wanted, and with none. */
  readonly reducedMinutes: number;
  readonly downMinutes: number;
}

export interface StuckRecord {
  /** As the snapshot calls it, or `surge node of pool1`. */
  readonly node: string;
  readonly pool: string;
  /** `namespace/name` in the model. */
  readonly pod: string;
  readonly workload: string;
  readonly why: string;
  /** After the beginning of the upgrade: when it did not go at first, and when it went or was given up. */
  readonly fromMinute: number;
  readonly toMinute: number;
  readonly isGivenUp: boolean;
}

export interface SurgeRecord {
  readonly pool: string;
  /** Most nodes beyond what the pool has, and how long they were there all together. */
  readonly nodes: number;
  readonly nodeHours: number;
}

export interface WatchedUpgrade {
  readonly workloads: readonly WorkloadRecord[];
  readonly stuck: readonly StuckRecord[];
  readonly surge: readonly SurgeRecord[];
}

export interface WatchOptions {
  readonly workloads: readonly ModelledWorkload[];
  readonly pools: readonly { readonly name: string; readonly count: number }[];
  /** Name in the snapshot by name in the model. */
  readonly nodeNames: ReadonlyMap<string, string>;
  /** All that happened in the world, from its beginning. */
  readonly trace: readonly TraceRecord[];
  readonly startMs: number;
  readonly endMs: number;
}

/** Reads from the trace what an upgrade did to apps and nodes. */
export function watchUpgrade(options: WatchOptions): WatchedUpgrade {
  const { trace, startMs, endMs } = options;
  const serving = new Serving(options);
  const drains = new Drains(options);
  const nodes = new Nodes(options);
  for (const record of trace) {
    if (record.timeMs > endMs) break;
    const isBefore = record.timeMs < startMs;
    serving.see(record, isBefore);
    nodes.see(record, isBefore);
    if (!isBefore) drains.see(record);
  }
  return { workloads: serving.end(), stuck: drains.end(), surge: nodes.end() };
}

const minuteMs = 60_000;

class Serving {
  readonly #endMs: number;
  readonly #startMs: number;
  readonly #workloadOf: (pod: string) => string | undefined;
  /** Replicas that are wanted, by workload. */
  readonly #wanted: ReadonlyMap<string, number>;
  readonly #ready = new Map<string, Set<string>>();
  readonly #totals = new Map<string, { lowest: number; reducedMs: number; downMs: number; atMs: number }>();

  constructor({ workloads, startMs, endMs }: WatchOptions) {
    [this.#startMs, this.#endMs] = [startMs, endMs];
    this.#workloadOf = workloadFinder(workloads);
    const counted = workloads.filter(({ kind, replicas }) => kind !== "DaemonSet" && replicas > 0);
    this.#wanted = new Map(counted.map((one) => [titleOf(one), one.replicas]));
    for (const workload of this.#wanted.keys()) this.#ready.set(workload, new Set());
  }

  see({ kind, data, timeMs }: TraceRecord, isBefore: boolean): void {
    const change = changes[kind];
    const id = data["id"];
    if (change === undefined || typeof id !== "string") return;
    const [, namespace = "", pod = ""] = id.split("/");
    const workload = this.#workloadOf(`${namespace}/${pod}`);
    const ready = workload === undefined ? undefined : this.#ready.get(workload);
    if (workload === undefined || !ready) return;
    if (!isBefore) this.#count(workload, timeMs);
    // With several containers the pod serves while its last word was ready.
    if (change === "serves") ready.add(pod);
    else ready.delete(pod);
    if (!isBefore) this.#count(workload, timeMs);
  }

  end(): readonly WorkloadRecord[] {
    return [...this.#wanted].map(([workload, wanted]) => {
      const { lowest, reducedMs, downMs } = this.#count(workload, this.#endMs);
      return {
        workload,
        wanted,
        lowest,
        reducedMinutes: round(reducedMs / minuteMs),
        downMinutes: round(downMs / minuteMs),
      };
    });
  }

  #count(workload: string, timeMs: number) {
    const ready = this.#ready.get(workload)?.size ?? 0;
    const wanted = this.#wanted.get(workload) ?? 0;
    const known = this.#totals.get(workload) ?? { lowest: ready, reducedMs: 0, downMs: 0, atMs: this.#startMs };
    const lastedMs = timeMs - known.atMs;
    const next = {
      lowest: Math.min(known.lowest, ready),
      reducedMs: known.reducedMs + (ready < wanted ? lastedMs : 0),
      downMs: known.downMs + (ready === 0 ? lastedMs : 0),
      atMs: timeMs,
    };
    this.#totals.set(workload, next);
    return next;
  }
}

const changes: Readonly<Record<string, "serves" | "serves not">> = {
  "replica.ready": "serves",
  "replica.unready": "serves not",
  "replica.terminating": "serves not",
  "replica.exited": "serves not",
};

class Drains {
  readonly #options: WatchOptions;
  readonly #workloadOf: (pod: string) => string | undefined;
  readonly #blocked = new Map<string, { pod: string; why: string; fromMs: number }[]>();
  readonly #pools = new Map<string, string>();
  readonly #stuck: StuckRecord[] = [];

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#workloadOf = workloadFinder(options.workloads);
  }

  see({ kind, data, timeMs }: TraceRecord): void {
    const node = String(data["node"]);
    if (kind === "node.cordoned" && typeof data["pool"] === "string") this.#pools.set(node, data["pool"]);
    if (kind === "node.eviction-blocked") {
      const blocked = this.#blocked.get(node) ?? [];
      blocked.push({ pod: String(data["pod"]), why: String(data["why"]), fromMs: timeMs });
      this.#blocked.set(node, blocked);
    }
    if (kind === "node.drained") this.#close(node, timeMs, undefined);
    if (kind === "node.drain-failed") this.#close(node, timeMs, podsLeft(data["pods"]));
  }

  end(): readonly StuckRecord[] {
    for (const node of this.#blocked.keys()) this.#close(node, this.#options.endMs, undefined);
    return this.#stuck.toSorted((a, b) => a.fromMinute - b.fromMinute);
  }

  /** A wait of seconds is how evictions go; from a minute on somebody may want to know. */
  #close(node: string, timeMs: number, left: ReadonlyMap<string, string> | undefined): void {
    const { nodeNames, startMs } = this.#options;
    const pool = this.#pools.get(node) ?? "";
    for (const { pod, why, fromMs } of this.#blocked.get(node) ?? []) {
      const isGivenUp = left?.has(pod) === true;
      if (!isGivenUp && timeMs - fromMs < minuteMs) continue;
      this.#stuck.push({
        node: nodeNames.get(node) ?? `surge node of ${pool}`,
        pool,
        pod,
        workload: this.#workloadOf(pod) ?? pod,
        why: left?.get(pod) ?? why,
        fromMinute: round((fromMs - startMs) / minuteMs),
        toMinute: round((timeMs - startMs) / minuteMs),
        isGivenUp,
      });
    }
    this.#blocked.delete(node);
  }
}

function podsLeft(pods: unknown): ReadonlyMap<string, string> {
  const list = Array.isArray(pods) ? (pods as readonly { readonly pod: string; readonly why: string }[]) : [];
  return new Map(list.map(({ pod, why }) => [pod, why]));
}

class Nodes {
  readonly #options: WatchOptions;
  readonly #alive = new Map<string, Set<string>>();
  readonly #extra = new Map<string, { most: number; ms: number; atMs: number }>();

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  see({ kind, data, timeMs }: TraceRecord, isBefore: boolean): void {
    const { pool } = data;
    const node = String(data["node"]);
    if (typeof pool !== "string" || !machineKinds.has(kind)) return;
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
      return { pool, nodes: most, nodeHours: round(ms / (60 * minuteMs)) };
    });
  }

  #count(pool: string, timeMs: number) {
    const base = this.#options.pools.find(({ name }) => name === pool)?.count ?? 0;
    const extra = Math.max(0, (this.#alive.get(pool)?.size ?? 0) - base);
    const known = this.#extra.get(pool) ?? { most: 0, ms: 0, atMs: this.#options.startMs };
    const next = { most: Math.max(known.most, extra), ms: known.ms + extra * (timeMs - known.atMs), atMs: timeMs };
    this.#extra.set(pool, next);
    return next;
  }
}

/** A machine is paid from when it is made. */
const machineKinds = new Set(["node.added", "node.surging", "node.removed"]);

export function titleOf({ kind, namespace, name }: Pick<ModelledWorkload, "kind" | "namespace" | "name">): string {
  return `${kind} ${namespace}/${name}`;
}

/** Controllers name pods after their owner: `api-5d9c7b-x2x4z`, `db-0`, `agent-x2x4z`. */
function workloadFinder(workloads: readonly ModelledWorkload[]): (pod: string) => string | undefined {
  const forms: Readonly<Record<string, string>> = {
    Deployment: "-[a-z0-9]+-[a-z0-9]{5}",
    ReplicaSet: "-[a-z0-9]{5}",
    DaemonSet: "-[a-z0-9]{5}",
    StatefulSet: "-\\d+",
    Pod: "",
  };
  const patterns = workloads.map((one): readonly [RegExp, string] => [
    new RegExp(`^${`${one.namespace}/${one.name}`.replaceAll(".", "\\.")}${forms[one.kind] ?? ""}$`),
    titleOf(one),
  ]);
  return (pod) => patterns.find(([pattern]) => pattern.test(pod))?.[1];
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
