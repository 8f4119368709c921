import type { AutoscalerSettings } from "../../world/container-service/autoscaler-profile.ts";
import type { AgentPool, Machine, Task } from "../../world/container-service/state.ts";
import { retireMachines } from "../agent-pool-retire.ts";
import { budgets, involved, listObjects, nodes } from "../kubernetes/kinds.ts";
import type { NodeLoad } from "../kubernetes/node-load.ts";
import { type AutoscalerContext, isRunning } from "./context.ts";
import { isReadyLoad, type Removable, removableNodes } from "./removable.ts";

/** Set on nodes that are upgraded. */
const keptAnnotation = "cluster-autoscaler.kubernetes.io/scale-down-disabled";

/** Takes nodes away that have not been needed for long enough: empty ones together, others one by one. */
export class ScaleDown implements Task {
  readonly #context: AutoscalerContext;
  /** Since when each node has not been needed, in milliseconds of the clock. */
  readonly #unneededSince = new Map<string, number>();
  /** Nodes on their way out. */
  readonly #leaving = new Map<string, Task>();

  constructor(context: AutoscalerContext) {
    this.#context = context;
  }

  cancel(): void {
    for (const task of this.#leaving.values()) task.cancel();
  }

  removeNodes(): void {
    const settings = this.#context.settings();
    const removable = this.#removable(settings);
    this.#note(new Set(removable.map(({ load }) => load.node.metadata.name)));
    if (this.#context.isQuiet() || this.#leaving.size > 0) return;
    const ripe = removable.filter(({ load }) => this.#isRipe(load, settings));
    const empty = ripe.filter(({ moving }) => moving.length === 0).slice(0, settings.emptyBulkDelete);
    for (const one of this.#withinMinimum(empty.length > 0 ? empty : ripe.slice(0, 1))) this.#remove(one, settings);
  }

  #removable(settings: AutoscalerSettings): readonly Removable[] {
    const all = this.#context.loads();
    const machines = this.#shrinkable().flatMap((pool) => pool.machines.filter(isRunning));
    const mine = new Set(machines.map(({ name }) => name));
    const candidates = all.filter(
      ({ node }) => mine.has(node.metadata.name) && node.metadata.annotations?.[keptAnnotation] !== "true",
    );
    return removableNodes(candidates, all, listObjects(this.#context.cluster.cluster.store, budgets), settings);
  }

  #shrinkable(): AgentPool[] {
    return this.#context.pools().filter((pool) => spareNodes(pool) > 0);
  }

  #note(unneeded: ReadonlySet<string>): void {
    for (const name of this.#unneededSince.keys()) if (!unneeded.has(name)) this.#unneededSince.delete(name);
    for (const name of unneeded) {
      if (!this.#unneededSince.has(name)) this.#unneededSince.set(name, this.#context.now());
    }
  }

  #isRipe(load: NodeLoad, { unneededSeconds, unreadySeconds }: AutoscalerSettings): boolean {
    const since = this.#unneededSince.get(load.node.metadata.name) ?? Number.POSITIVE_INFINITY;
    const waitSeconds = isReadyLoad(load) ? unneededSeconds : unreadySeconds;
    return this.#context.now() - since >= this.#context.ms(waitSeconds);
  }

  #withinMinimum(chosen: readonly Removable[]): readonly Removable[] {
    const left = new Map(this.#shrinkable().map((pool) => [pool, spareNodes(pool)]));
    return chosen.filter(({ load }) => {
      const pool = this.#poolOf(load);
      const room = (pool && left.get(pool)) ?? 0;
      if (pool) left.set(pool, room - 1);
      return room > 0;
    });
  }

  #remove({ load, moving }: Removable, settings: AutoscalerSettings): void {
    const pool = this.#poolOf(load);
    const machine = pool?.machines.find(({ name }) => name === load.node.metadata.name);
    if (!pool || !machine) return;
    const empty = moving.length === 0;
    this.#context.trace("autoscaler.scaling-down", pool, { node: machine.name, empty });
    this.#context.cluster.cluster.recordEvent({
      type: "Normal",
      reason: empty ? "ScaleDownEmpty" : "ScaleDown",
      message: empty ? `removing empty node ${machine.name}` : "marked the node as toBeDeleted/unschedulable",
      source: "cluster-autoscaler",
      involved: involved(nodes, load.node),
    });
    const drain = { timeoutMs: this.#context.ms(settings.gracefulTerminationSeconds) };
    const task = retireMachines(this.#context.scope(pool), [machine], drain, (blocked) =>
      this.#removed(pool, machine, blocked.size > 0),
    );
    this.#leaving.set(machine.name, task);
  }

  #removed(pool: AgentPool, machine: Machine, failed: boolean): void {
    const { afterFailureSeconds, afterDeleteSeconds } = this.#context.settings();
    this.#leaving.delete(machine.name);
    this.#unneededSince.delete(machine.name);
    this.#context.quiet(failed ? afterFailureSeconds : afterDeleteSeconds);
    // A pool or cluster that was stopped meanwhile keeps its count for the start.
    const isUp = this.#context.cluster.power.code === "Running" && pool.power === "Running";
    if (!failed && isUp) this.#context.changeCount(pool, -1);
  }

  #poolOf({ node }: NodeLoad): AgentPool | undefined {
    const pools = [...this.#context.cluster.pools.values()];
    return pools.find(({ machines }) => machines.some(({ name }) => name === node.metadata.name));
  }
}

function spareNodes({ properties }: AgentPool): number {
  return properties.count - Number(properties["minCount"]);
}
