import { platformMs, type World } from "../world/world.ts";
import type { FaultTargets } from "./effect.ts";
import { effectOf } from "./effects.ts";
import type { FaultKind } from "./kinds.ts";
import { type FaultSpec, parseFault } from "./parameters.ts";

export type { FaultTargets } from "./effect.ts";

export type Fault = FaultSpec & {
  readonly id: string;
  readonly injectedAtMs: number;
  /** Over by itself, or when it is cleared; what it did to running things stays done. */
  state: "active" | "ended";
};

/** The faults that are in force. Parts of the world ask it (`active`, `machineJoins`), or are acted on when one is injected. */
export class Faults {
  readonly world: Pick<World, "clock" | "trace" | "timeScale" | "random" | "calibration">;
  readonly #targets: FaultTargets;
  readonly #faults = new Map<string, Fault>();
  readonly #endings = new Map<string, () => void>();
  readonly #listeners = new Set<(fault: Fault) => void>();
  readonly #failedJoins = new Map<string, number>();
  #count = 0;

  constructor(world: Pick<World, "clock" | "trace" | "timeScale" | "random" | "calibration">, targets: FaultTargets) {
    this.world = world;
    this.#targets = targets;
  }

  /** `{ kind, parameters }`. Throws `FaultError`, and has then done nothing. */
  inject(input: unknown): Fault {
    const spec = parseFault(input);
    const id = `fault-${this.#count + 1}`;
    const effect = effectOf(spec, { world: this.world, targets: this.#targets, id });
    const fault: Fault = { ...spec, id, injectedAtMs: this.world.clock.now(), state: "active" };
    this.#count += 1;
    this.#faults.set(id, fault);
    this.world.trace.add("fault.injected", { id, kind: spec.kind, ...spec.parameters });
    this.#begin(fault, effect);
    return fault;
  }

  /** False when there is none of that id. */
  clear(id: string): boolean {
    const fault = this.#faults.get(id);
    if (!fault) return false;
    this.end(fault);
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
    // Asked all the time, and mostly there is none.
    if (this.#faults.size === 0) return [];
    return this.list().filter(
      (fault): fault is Extract<Fault, { kind: Kind }> => fault.kind === kind && fault.state === "active",
    );
  }

  /** Called for each fault that begins or ends. Returns the function that ends this. */
  onChange(listener: (fault: Fault) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Asked once per machine that comes up. */
  machineJoins(cluster: string, pool: string): boolean {
    const fault = this.active("node-join-failed").find(
      ({ parameters }) => isSame(parameters.cluster, cluster) && isSame(parameters.pool, pool),
    );
    if (!fault) return true;
    const failed = (this.#failedJoins.get(fault.id) ?? 0) + 1;
    this.#failedJoins.set(fault.id, failed);
    if (failed >= (fault.parameters.count ?? 1)) this.end(fault);
    return false;
  }

  end(fault: Fault): void {
    if (fault.state === "ended") return;
    fault.state = "ended";
    this.#endings.get(fault.id)?.();
    this.#endings.delete(fault.id);
    this.world.trace.add("fault.ended", { id: fault.id, kind: fault.kind });
    this.#tell(fault);
  }

  #tell(fault: Fault): void {
    for (const listener of this.#listeners) listener(fault);
  }

  #begin(fault: Fault, effect: ReturnType<typeof effectOf>): void {
    const ending = effect.begin();
    this.#tell(fault);
    if (ending === "over") {
      this.end(fault);
      return;
    }
    if (ending) this.#endings.set(fault.id, ending);
    const given = "durationSeconds" in fault.parameters ? fault.parameters.durationSeconds : undefined;
    const seconds = given ?? effect.defaultSeconds;
    if (seconds !== undefined) this.world.clock.after(platformMs(this.world, seconds), () => this.end(fault));
  }
}

export function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
