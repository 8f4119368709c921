import type { Timer } from "@fairway/kernel";
import type { Machine, Task } from "../world/container-service/state.ts";
import { platformMs } from "../world/world.ts";
import { type BlockedPod, type DrainResult, drainNode } from "./agent-pool-drain.ts";
import { type JoinResult, type PoolScope, reimageMachine } from "./agent-pool-machine.ts";
import { markUpgrading, recordNodeEvent, unmarkUpgrading } from "./agent-pool-node.ts";

export interface UpgradeTarget {
  readonly version: string;
  readonly image: string;
}

export interface RollOptions {
  readonly target: UpgradeTarget;
  /** Pods that cannot be evicted in time do not stop the upgrade: they go down with their node. */
  readonly force: boolean;
  /** Called once, from the scheduler. */
  readonly done: (result: RollResult) => void;
}

export type RollResult =
  | { readonly kind: "upgraded" }
  | { readonly kind: "blocked"; readonly pods: readonly BlockedPod[] }
  | { readonly kind: "join-failed" };

/** Where one node is on its way: drained, then left alone for the soak time, then reimaged (azure-facts 1.2). */
type NodeStep =
  | { readonly kind: "draining"; readonly drain: Task }
  | { readonly kind: "soaking"; readonly timer: Timer }
  | { readonly kind: "reimaging"; readonly reimage: Task }
  | { readonly kind: "ended" };

/** Brings one node to the target. It is cordoned on the way, and schedulable again only when it has been upgraded. */
export function rollMachine(scope: PoolScope, machine: Machine, options: RollOptions): Task {
  return new MachineRoll(scope, machine, options);
}

export function drainTimeoutMs({ service, pool }: PoolScope): number {
  return platformMs(service.world, (pool.properties.upgradeSettings.drainTimeoutInMinutes ?? 30) * 60);
}

class MachineRoll implements Task {
  readonly #scope: PoolScope;
  readonly #machine: Machine;
  readonly #options: RollOptions;
  #step: NodeStep;

  constructor(scope: PoolScope, machine: Machine, options: RollOptions) {
    this.#scope = scope;
    this.#machine = machine;
    this.#options = options;
    const cluster = scope.cluster.cluster;
    markUpgrading(cluster, machine.name);
    const drain = drainNode({
      cluster,
      pool: scope.pool.name,
      node: machine.name,
      timeoutMs: drainTimeoutMs(scope),
      done: (result) => this.#drained(result),
    });
    this.#step = { kind: "draining", drain };
  }

  cancel(): void {
    switch (this.#step.kind) {
      case "draining":
        this.#step.drain.cancel();
        break;
      case "soaking":
        this.#step.timer.cancel();
        break;
      case "reimaging":
        this.#step.reimage.cancel();
        break;
      case "ended":
        break;
    }
    this.#step = { kind: "ended" };
  }

  #drained(result: DrainResult): void {
    if (result.kind === "blocked" && !this.#options.force) this.#end({ kind: "blocked", pods: result.pods });
    else this.#soak();
  }

  #soak(): void {
    const { service, cluster, pool } = this.#scope;
    const minutes = pool.properties.upgradeSettings.nodeSoakDurationInMinutes ?? 0;
    const node = this.#machine.name;
    if (minutes === 0) {
      this.#reimage();
      return;
    }
    const message = `Soak duration ${minutes}m0s after draining node: ${node}`;
    recordNodeEvent(cluster.cluster, node, { type: "Normal", reason: "Upgrade", message });
    service.world.trace.add("node.soaking", { cluster: cluster.name, pool: pool.name, node, minutes });
    const timer = service.world.clock.after(platformMs(service.world, minutes * 60), () => this.#reimage());
    this.#step = { kind: "soaking", timer };
  }

  #reimage(): void {
    const reimage = reimageMachine(this.#scope, this.#machine, this.#options.target, (result) => this.#joined(result));
    this.#step = { kind: "reimaging", reimage };
  }

  #joined(result: JoinResult): void {
    const { service, cluster, pool } = this.#scope;
    const node = this.#machine.name;
    if (result.kind === "timed-out") {
      service.world.trace.add("node.join-failed", { cluster: cluster.name, pool: pool.name, node });
      this.#end({ kind: "join-failed" });
      return;
    }
    cluster.cluster.setUnschedulable(node, false);
    const message = `Successfully reimaged node: ${node}`;
    recordNodeEvent(cluster.cluster, node, { type: "Normal", reason: "Upgrade", message });
    const { version, image } = this.#machine;
    service.world.trace.add("node.reimaged", { cluster: cluster.name, pool: pool.name, node, version, image });
    this.#end({ kind: "upgraded" });
  }

  #end(result: RollResult): void {
    this.#step = { kind: "ended" };
    unmarkUpgrading(this.#scope.cluster.cluster, this.#machine.name);
    this.#options.done(result);
  }
}
