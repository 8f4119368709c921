import type { Cluster } from "../world/cluster.ts";
import type { ControlPlaneOutages } from "../world/container-service/outages.ts";
import { platformMs, type World } from "../world/world.ts";
import type { FaultKind } from "./kinds.ts";
import { FaultError, type FaultSpec, parseFault } from "./parameters.ts";

export type Fault = FaultSpec & {
  readonly id: string;
  readonly injectedAtMs: number;
  /** Over by itself, or when it is cleared; what it did to running things stays done. */
  state: "active" | "ended";
};

/** What faults act on. */
export interface FaultTargets {
  /** By name, compared without case. */
  cluster(name: string): Cluster | undefined;
  readonly outages: ControlPlaneOutages;
}

/** The faults that are in force. Parts of the world ask it (`active`, `machineJoins`), or are acted on when one is injected. */
export class Faults {
  readonly #world: Pick<World, "clock" | "trace" | "timeScale">;
  readonly #targets: FaultTargets;
  readonly #faults = new Map<string, Fault>();
  readonly #endings = new Map<string, () => void>();
  readonly #failedJoins = new Map<string, number>();
  #count = 0;

  constructor(world: Pick<World, "clock" | "trace" | "timeScale">, targets: FaultTargets) {
    this.#world = world;
    this.#targets = targets;
  }

  /** `{ kind, parameters }`. Throws `FaultError`, and has then done nothing. */
  inject(input: unknown): Fault {
    const spec = parseFault(input);
    const begin = this.#effectOf(spec);
    const id = `fault-${this.#count + 1}`;
    const fault: Fault = { ...spec, id, injectedAtMs: this.#world.clock.now(), state: "active" };
    this.#count += 1;
    this.#faults.set(id, fault);
    this.#world.trace.add("fault.injected", { id, kind: spec.kind, ...spec.parameters });
    begin(fault);
    return fault;
  }

  /** False when there is none of that id. */
  clear(id: string): boolean {
    const fault = this.#faults.get(id);
    if (!fault) return false;
    this.#end(fault);
    this.#faults.delete(id);
    return true;
  }

  get(id: string): Fault | undefined {
    return this.#faults.get(id);
  }

  list(): readonly Fault[] {
    return [...this.#faults.values()];
  }

  active<Kind extends FaultKind>(kind: Kind): readonly Extract<Fault, { kind: Kind }>[] {
    return this.list().filter(
      (fault): fault is Extract<Fault, { kind: Kind }> => fault.kind === kind && fault.state === "active",
    );
  }

  /** Asked once per machine that comes up. */
  machineJoins(cluster: string, pool: string): boolean {
    const fault = this.active("node-join-failed").find(
      ({ parameters }) => isSame(parameters.cluster, cluster) && isSame(parameters.pool, pool),
    );
    if (!fault) return true;
    const failed = (this.#failedJoins.get(fault.id) ?? 0) + 1;
    this.#failedJoins.set(fault.id, failed);
    if (failed >= (fault.parameters.count ?? 1)) this.#end(fault);
    return false;
  }

  /** Checks what the fault is aimed at; what is returned begins it. */
  #effectOf(spec: FaultSpec): (fault: Fault) => void {
    switch (spec.kind) {
      case "slow-start":
      case "bad-release":
        return () => {};
      case "node-join-failed":
        this.#cluster(spec.parameters.cluster);
        return () => {};
      case "node-lost": {
        const cluster = this.#cluster(spec.parameters.cluster);
        const { node } = spec.parameters;
        if (!cluster.store.get({ group: "", resource: "nodes" }, undefined, node)) {
          const names = cluster.store.list({ group: "", resource: "nodes" }).map(({ metadata }) => metadata.name);
          const hint = `Its nodes are ${names.join(", ") || "not there yet"}.`;
          throw new FaultError("parameters.node", `Cluster ${cluster.name} has no node ${node}.`, hint);
        }
        return (fault) => {
          cluster.loseNode(node);
          this.#end(fault);
        };
      }
      case "control-plane-unavailable": {
        const cluster = this.#cluster(spec.parameters.cluster);
        const { durationSeconds } = spec.parameters;
        return (fault) => {
          this.#endings.set(fault.id, this.#targets.outages.begin(cluster, fault.id));
          this.#world.clock.after(platformMs(this.#world, durationSeconds), () => this.#end(fault));
        };
      }
    }
  }

  #end(fault: Fault): void {
    if (fault.state === "ended") return;
    fault.state = "ended";
    this.#endings.get(fault.id)?.();
    this.#endings.delete(fault.id);
    this.#world.trace.add("fault.ended", { id: fault.id, kind: fault.kind });
  }

  #cluster(name: string): Cluster {
    const cluster = this.#targets.cluster(name);
    if (cluster) return cluster;
    const hint = "Create it first; GET /_emulator lists the clusters that there are.";
    throw new FaultError("parameters.cluster", `There is no cluster ${name}.`, hint);
  }
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
