import {
  minuteMs,
  rounded,
  type TraceRecord,
  titleOf,
  type WatchOptions,
  type WorkloadRecord,
  workloadFinder,
} from "./watched.ts";

interface Totals {
  readonly lowest: number;
  readonly reducedMs: number;
  readonly downMs: number;
  readonly atMs: number;
}

/** How many replicas of each workload serve, in whatever cluster has traffic. */
export class WatchedServing {
  readonly #endMs: number;
  readonly #startMs: number;
  readonly #workloadOf: (pod: string) => string | undefined;
  /** Replicas that are wanted in each cluster, by workload. */
  readonly #wanted: ReadonlyMap<string, number>;
  /** Pods that serve, by cluster and workload: of those that have it. */
  readonly #ready: ReadonlyMap<string, ReadonlyMap<string, Set<string>>>;
  readonly #totals = new Map<string, Totals>();
  #withTraffic: readonly string[];

  constructor({ clusters, startMs, endMs }: WatchOptions) {
    [this.#startMs, this.#endMs] = [startMs, endMs];
    const counted = (clusters[0]?.workloads ?? []).filter(({ kind, replicas }) => kind !== "DaemonSet" && replicas > 0);
    this.#workloadOf = workloadFinder(counted);
    this.#wanted = new Map(counted.map((one) => [titleOf(one), one.replicas]));
    this.#ready = new Map(
      clusters.map(({ name, workloads }) => [
        name,
        new Map(workloads.map((one): [string, Set<string>] => [titleOf(one), new Set()])),
      ]),
    );
    this.#withTraffic = clusters.slice(0, 1).map(({ name }) => name);
  }

  see(record: TraceRecord, isBefore: boolean): void {
    if (record.kind === "trafficManager.written") return this.#seeTraffic(record, isBefore);
    const { kind, data, timeMs } = record;
    const change = changes[kind];
    const id = data["id"];
    if (change === undefined || typeof id !== "string") return;
    const [cluster = "", namespace = "", pod = ""] = id.split("/");
    const workload = this.#workloadOf(`${namespace}/${pod}`);
    const ready = workload === undefined ? undefined : this.#ready.get(cluster)?.get(workload);
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
        reducedMinutes: rounded(reducedMs / minuteMs),
        downMinutes: rounded(downMs / minuteMs),
      };
    });
  }

  #seeTraffic({ data, timeMs }: TraceRecord, isBefore: boolean): void {
    if (!isBefore) for (const workload of this.#wanted.keys()) this.#count(workload, timeMs);
    const weights = Object.entries((data["weights"] ?? {}) as Readonly<Record<string, number>>);
    const some = weights.flatMap(([name, weight]) => (weight > 0 ? [name] : []));
    if (some.length > 0) this.#withTraffic = some;
    if (!isBefore) for (const workload of this.#wanted.keys()) this.#count(workload, timeMs);
  }

  #count(workload: string, timeMs: number): Totals {
    const served = this.#withTraffic.flatMap((name) => this.#ready.get(name)?.get(workload)?.size ?? []);
    const ready = served.length === 0 ? 0 : Math.min(...served);
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
