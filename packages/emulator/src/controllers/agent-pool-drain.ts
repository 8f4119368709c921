import type { Random, Timer } from "@fairway/kernel";
import type { Cluster, EvictionResult } from "../world/cluster.ts";
import type { Task } from "../world/container-service/state.ts";
import { textAt } from "../world/kubernetes/json.ts";
import { durationMs } from "../world/world.ts";
import { recordNodeEvent } from "./agent-pool-node.ts";
import { keyOf, pods } from "./kubernetes/kinds.ts";
import { podsOnNode } from "./kubernetes/pod-lookup.ts";
import type { Pod } from "./kubernetes/pod-types.ts";

export interface DrainOptions {
  readonly cluster: Cluster;
  readonly pool: string;
  readonly node: string;
  readonly timeoutMs: number;
  /** Called once, from the scheduler. */
  readonly done: (result: DrainResult) => void;
}

export type DrainResult =
  | { readonly kind: "drained" }
  /** The timeout passed with these pods still on the node. */
  | { readonly kind: "blocked"; readonly pods: readonly BlockedPod[] };

export interface BlockedPod {
  /** `namespace/name` */
  readonly pod: string;
  readonly why: string;
}

/**
 * Cordons the node and evicts what runs on it, DaemonSet and mirror pods left alone, until those pods are gone for good:
 * an accepted eviction still has its termination grace before it. Refused evictions are tried again after
 * a while.
 */
export function drainNode(options: DrainOptions): Task {
  return new Drain(options);
}

class Drain implements Task {
  readonly #options: DrainOptions;
  /** Why each pod is still there, by `namespace/name`. */
  readonly #refusals = new Map<string, string>();
  readonly #unsubscribe: () => void;
  readonly #timeout: Timer;
  readonly #random: Random;
  #retry: Timer | undefined;
  #check: Timer | undefined;

  constructor(options: DrainOptions) {
    const { cluster, node, pool, timeoutMs } = options;
    this.#options = options;
    this.#random = cluster.world.random.stream(`drain/${cluster.name}/${node}`);
    cluster.setUnschedulable(node, true);
    cluster.world.trace.add("node.cordoned", { cluster: cluster.name, pool, node });
    recordNodeEvent(cluster, node, { type: "Normal", reason: "Drain", message: `Draining node: ${node}` });
    this.#unsubscribe = cluster.store.subscribe(({ type, object }) => {
      if (type === "DELETED" && textAt(object, "spec", "nodeName") === node) this.#checkSoon();
    }, pods.resource);
    this.#timeout = cluster.world.clock.after(timeoutMs, () => this.#giveUp());
    this.#checkSoon();
  }

  cancel(): void {
    this.#unsubscribe();
    this.#timeout.cancel();
    this.#retry?.cancel();
    this.#check?.cancel();
  }

  #checkSoon(): void {
    this.#check ??= this.#options.cluster.world.clock.after(0, () => {
      this.#check = undefined;
      this.#evictRemaining();
    });
  }

  #evictRemaining(): void {
    const { cluster, node } = this.#options;
    const remaining = podsToEvict(cluster, node);
    if (remaining.length === 0) {
      this.#succeed();
      return;
    }
    for (const pod of remaining) if (!pod.metadata.deletionTimestamp) this.#evict(pod);
    this.#retry?.cancel();
    this.#retry = cluster.world.clock.after(durationMs(cluster.world, "drain.evictionRetry", this.#random), () =>
      this.#evictRemaining(),
    );
  }

  #evict(pod: Pod): void {
    const { cluster, node } = this.#options;
    const key = keyOf(pod);
    if (!cluster.apiServer.available) {
      this.#refusals.set(key, "the API server cannot be reached");
      return;
    }
    const result = cluster.evict(pod.metadata.namespace ?? "", pod.metadata.name);
    if (result.kind !== "refused") {
      this.#refusals.delete(key);
      return;
    }
    if (!this.#refusals.has(key)) {
      const message = `Eviction blocked by Too Many Requests (usually a pdb): ${key}`;
      recordNodeEvent(cluster, node, { type: "Warning", reason: "Drain", message });
      cluster.world.trace.add("node.eviction-blocked", { cluster: cluster.name, node, pod: key, why: result.message });
    }
    this.#refusals.set(key, refusalText(result));
  }

  #succeed(): void {
    const { cluster, node, pool, done } = this.#options;
    this.cancel();
    cluster.world.trace.add("node.drained", { cluster: cluster.name, pool, node });
    done({ kind: "drained" });
  }

  #giveUp(): void {
    const { cluster, node, pool, done } = this.#options;
    const remaining = podsToEvict(cluster, node);
    if (remaining.length === 0) {
      this.#succeed();
      return;
    }
    this.cancel();
    const blocked = remaining.map((pod) => ({
      pod: keyOf(pod),
      why: this.#refusals.get(keyOf(pod)) ?? "evicted, but still terminating",
    }));
    cluster.world.trace.add("node.drain-failed", { cluster: cluster.name, pool, node, pods: blocked });
    done({ kind: "blocked", pods: blocked });
  }
}

function podsToEvict(cluster: Cluster, node: string): Pod[] {
  return podsOnNode(cluster.store, node).filter((pod) => !staysOnNode(pod));
}

function staysOnNode({ metadata }: Pod): boolean {
  const ofDaemonSet = metadata.ownerReferences?.some(({ kind, controller }) => kind === "DaemonSet" && controller);
  return ofDaemonSet === true || metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined;
}

function refusalText(refused: Extract<EvictionResult, { kind: "refused" }>): string {
  const causes = (refused.details?.causes ?? []).map(({ message }) => message).join(" ");
  const label = refused.status === 429 ? "Too Many Requests: " : "";
  return `${label}${refused.message}${causes ? ` ${causes}` : ""}`;
}
