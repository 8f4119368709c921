import {
  minuteMs,
  poolTitle,
  rounded,
  type StuckRecord,
  type TraceRecord,
  type WatchOptions,
  workloadFinder,
} from "./watched.ts";

/** Pods that do not go when they are asked to, by node. */
export class WatchedDrains {
  readonly #options: WatchOptions;
  readonly #workloadOf: (pod: string) => string | undefined;
  readonly #blocked = new Map<string, { pod: string; why: string; fromMs: number }[]>();
  readonly #pools = new Map<string, string>();
  readonly #stuck: StuckRecord[] = [];

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#workloadOf = workloadFinder(options.clusters[0]?.workloads ?? []);
  }

  see({ kind, data, timeMs }: TraceRecord): void {
    const node = `${String(data["cluster"])}/${String(data["node"])}`;
    if (kind === "node.cordoned" && typeof data["pool"] === "string") {
      this.#pools.set(node, poolTitle(this.#options, data["cluster"], data["pool"]));
    }
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
    const { clusters, startMs } = this.#options;
    const pool = this.#pools.get(node) ?? "";
    const [cluster, machine = ""] = node.split("/");
    const name = clusters.find((one) => one.name === cluster)?.nodeNames.get(machine);
    for (const { pod, why, fromMs } of this.#blocked.get(node) ?? []) {
      const isGivenUp = left?.has(pod) === true;
      if (!isGivenUp && timeMs - fromMs < minuteMs) continue;
      this.#stuck.push({
        node: name ?? `surge node of ${pool}`,
        pool,
        pod,
        workload: this.#workloadOf(pod) ?? pod,
        why: left?.get(pod) ?? why,
        fromMinute: rounded((fromMs - startMs) / minuteMs),
        toMinute: rounded((timeMs - startMs) / minuteMs),
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
