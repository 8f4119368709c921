import type { OperationError } from "../world/arm/operations.ts";
import { noteReachedTarget, outdatedMachines } from "../world/container-service/machines.ts";
import type { Machine, Outcome, Task } from "../world/container-service/state.ts";
import { type Parallelism, parallelismOf, parseNodeCount } from "../world/container-service/surge.ts";
import { obtainableMachines } from "../world/container-service/vcpu-quota.ts";
import { minorDistance } from "../world/container-service/versions.ts";
import { durationMs } from "../world/world.ts";
import type { BlockedPod } from "./agent-pool-drain.ts";
import { drainFailure, joinFailure, quotaFailure, spentSurgeFailure } from "./agent-pool-failures.ts";
import { createMachine, deleteMachine, type PoolScope } from "./agent-pool-machine.ts";
import { quarantine, recordNodeEvent } from "./agent-pool-node.ts";
import { retireMachines } from "./agent-pool-retire.ts";
import { drainTimeoutMs, type RollResult, rollMachine, type UpgradeTarget } from "./agent-pool-roll.ts";

export interface UpgradeOptions {
  readonly target: UpgradeTarget;
  readonly force: boolean;
  /** Called once, from the scheduler; not at all after `cancel`. */
  readonly done: (outcome: Outcome) => void;
}

/** Where the upgrade of a pool is (azure-facts 1.2). */
type Step =
  | { readonly kind: "surging"; readonly waiting: Map<string, Task> }
  | { readonly kind: "rolling"; readonly waiting: Map<string, Task> }
  | { readonly kind: "retiring"; readonly retirement: Task }
  | { readonly kind: "ended" };

/**
 * Brings every machine of a pool to the target version and image, batch by batch. What is there decides what is left to
 * do: started again after a failure or an abort, it goes on with the machines that are not upgraded yet, and takes surge
 * machines that were left behind as its spares.
 */
export function startPoolUpgrade(scope: PoolScope, options: UpgradeOptions): Task {
  const upgrade = new PoolUpgrade(scope, options);
  upgrade.begin();
  return upgrade;
}

class PoolUpgrade implements Task {
  readonly #scope: PoolScope;
  readonly #options: UpgradeOptions;
  readonly #blocked = new Map<string, readonly BlockedPod[]>();
  readonly #lost: string[] = [];
  /** Why there was no place for a surge machine. */
  #refusal: OperationError | undefined;
  #upgraded = 0;
  #parallelism: Parallelism | undefined;
  #step: Step = { kind: "ended" };

  constructor(scope: PoolScope, options: UpgradeOptions) {
    this.#scope = scope;
    this.#options = options;
  }

  begin(): void {
    const { service, cluster, pool } = this.#scope;
    const remaining = outdatedMachines(pool, this.#options.target).length;
    this.#trace("pool.upgrading", { ...this.#options.target, remaining });
    const { maxSurge, maxUnavailable } = pool.properties.upgradeSettings;
    const zero = { kind: "nodes", nodes: 0 } as const;
    this.#parallelism = parallelismOf({
      maxSurge: parseNodeCount(maxSurge) ?? zero,
      maxUnavailable: parseNodeCount(maxUnavailable) ?? zero,
      poolSize: pool.properties.count,
      remaining,
      obtainable: obtainableMachines(service, cluster, pool) + this.#spares().length,
      fallsBackToOne: minorDistance("1.35.0", this.#options.target.version) >= 0,
    });
    if (remaining === 0) this.#retire({ kind: "succeeded" });
    else if (!this.#parallelism) this.#retire({ kind: "failed", error: quotaFailure(this.#scope) });
    else this.#surge(this.#parallelism.kind === "surge" ? this.#parallelism.nodes - this.#spares().length : 0);
  }

  cancel(): void {
    switch (this.#step.kind) {
      case "surging":
      case "rolling":
        for (const task of this.#step.waiting.values()) task.cancel();
        break;
      case "retiring":
        this.#step.retirement.cancel();
        break;
      case "ended":
        break;
    }
    this.#step = { kind: "ended" };
  }

  #surge(count: number): void {
    if (count <= 0) {
      this.#rollNextBatch();
      return;
    }
    const waiting = new Map<string, Task>();
    const lost: Machine[] = [];
    this.#step = { kind: "surging", waiting };
    for (let index = 0; index < count; index++) {
      const { machine, task } = createMachine(this.#scope, { role: "surge", ...this.#options.target }, (result) => {
        waiting.delete(machine.name);
        if (result.kind === "joined") this.#surged(machine);
        else lost.push(machine);
        if (result.kind === "refused") this.#refusal = result.error;
        if (waiting.size === 0) this.#surgeSettled(lost);
      });
      waiting.set(machine.name, task);
      this.#trace("node.surging", { node: machine.name });
    }
  }

  #surged(machine: Machine): void {
    const { cluster, pool } = this.#scope;
    const message = `Created a surge node ${machine.name} for agentpool ${pool.name}`;
    recordNodeEvent(cluster.cluster, machine.name, { type: "Normal", reason: "Surge", message });
    this.#trace("node.surged", { node: machine.name, version: machine.version });
  }

  #surgeSettled(lost: readonly Machine[]): void {
    for (const machine of lost) {
      this.#trace("node.join-failed", { node: machine.name });
      deleteMachine(this.#scope, machine);
    }
    if (lost.length === 0) this.#rollNextBatch();
    else {
      const names = lost.map(({ name }) => name);
      this.#retire({ kind: "failed", error: this.#refusal ?? joinFailure(this.#scope, names) });
    }
  }

  #rollNextBatch(): void {
    const remaining = outdatedMachines(this.#scope.pool, this.#options.target);
    const width = this.#parallelism?.kind === "in-place" ? this.#parallelism.nodes : this.#spares().length;
    if (this.#isInterrupted(remaining)) return;
    const verdict = this.#verdict(remaining.length, width);
    if (verdict) {
      this.#retire(verdict);
      return;
    }
    const waiting = new Map<string, Task>();
    this.#step = { kind: "rolling", waiting };
    for (const machine of remaining.slice(0, width)) {
      const { target, force } = this.#options;
      const done = (result: RollResult): void => {
        waiting.delete(machine.name);
        this.#rolled(machine, result);
        if (waiting.size === 0) this.#rollNextBatch();
      };
      waiting.set(machine.name, rollMachine(this.#scope, machine, { target, force, done }));
    }
  }

  /** A fault may end the upgrade here, with or without clearing up. */
  #isInterrupted([next]: readonly Machine[]): boolean {
    const { service, cluster, pool } = this.#scope;
    const cut = next && service.disturbances.interruption(cluster.name, pool.name, this.#upgraded);
    if (!cut) return false;
    const outcome = { kind: "failed", error: cut.error } as const;
    if (cut.leavesBehind) {
      cluster.cluster.setUnschedulable(next.name, true);
      this.#end(outcome);
    } else this.#retire(outcome);
    return true;
  }

  /** How the upgrade ends, when it ends now. */
  #verdict(remaining: number, width: number): Outcome | undefined {
    if (this.#lost.length > 0) return { kind: "failed", error: joinFailure(this.#scope, this.#lost) };
    const cordons = this.#cordonsBlocked();
    if (this.#blocked.size > 0 && !cordons) return { kind: "failed", error: drainFailure(this.#scope, this.#blocked) };
    const replaced = this.#parallelism?.kind === "surge";
    if (this.#blocked.size > 0 && (!replaced || (remaining > 0 && width === 0))) {
      return { kind: "canceled", error: spentSurgeFailure(this.#scope, this.#blocked, remaining) };
    }
    if (remaining > 0) return undefined;
    if (this.#blocked.size > 0) return { kind: "failed", error: drainFailure(this.#scope, this.#blocked) };
    return { kind: "succeeded" };
  }

  #rolled(machine: Machine, result: RollResult): void {
    const { cluster } = this.#scope;
    switch (result.kind) {
      case "upgraded":
        this.#upgraded += 1;
        return;
      case "join-failed":
        this.#lost.push(machine.name);
        return;
      case "blocked":
        this.#blocked.set(machine.name, result.pods);
        if (this.#cordonsBlocked()) this.#setAside(machine);
        else cluster.cluster.setUnschedulable(machine.name, false);
        return;
    }
  }

  /** The blocked machine stays, cordoned and labelled; a surge machine takes its place for good. */
  #setAside(machine: Machine): void {
    machine.state = { kind: "quarantined" };
    quarantine(this.#scope.cluster.cluster, machine.name);
    const replacement = this.#spares()[0];
    if (replacement) replacement.role = "member";
    this.#trace("node.quarantined", { node: machine.name, replacement: replacement?.name });
  }

  #retire(outcome: Outcome): void {
    const { service } = this.#scope;
    const fullMs = drainTimeoutMs(this.#scope);
    // Surge nodes of a failed upgrade are removed when that goes quickly; nobody waits long for it.
    const quickMs = (): number => durationMs(service.world, "agentPools.bestEffortDrain", this.#scope.pool.random);
    const timeoutMs = outcome.kind === "succeeded" ? fullMs : Math.min(fullMs, quickMs());
    const drain = { timeoutMs, force: this.#options.force };
    const retirement = retireMachines(this.#scope, this.#surgeMachines(), drain, (blocked) => {
      if (outcome.kind === "succeeded" && blocked.size > 0) {
        this.#end({ kind: "failed", error: drainFailure(this.#scope, blocked) });
      } else this.#end(outcome);
    });
    this.#step = { kind: "retiring", retirement };
  }

  #end(outcome: Outcome): void {
    this.#step = { kind: "ended" };
    noteReachedTarget(this.#scope.pool, this.#scope.service.world.clock.now());
    if (outcome.kind === "succeeded") this.#trace("pool.upgraded", { ...this.#options.target });
    else this.#trace(`pool.upgrade-${outcome.kind}`, { ...outcome.error });
    this.#options.done(outcome);
  }

  /** Surge machines that the next batch can lean on. */
  #spares(): Machine[] {
    const { version, image } = this.#options.target;
    return this.#surgeMachines().filter(
      (machine) => machine.state.kind === "running" && machine.version === version && machine.image === image,
    );
  }

  #surgeMachines(): Machine[] {
    return this.#scope.pool.machines.filter(({ role }) => role === "surge");
  }

  #cordonsBlocked(): boolean {
    return this.#scope.pool.properties.upgradeSettings.undrainableNodeBehavior === "Cordon";
  }

  #trace(kind: string, data: Readonly<Record<string, unknown>>): void {
    const { service, cluster, pool } = this.#scope;
    service.world.trace.add(kind, { cluster: cluster.name, pool: pool.name, ...data });
  }
}
