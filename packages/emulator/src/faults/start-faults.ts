import type { Scheduler, Timer } from "@fairway/kernel";
import type {
  Container,
  ContainerEvents,
  ContainerExit,
  ContainerSpec,
  ProbeRequest,
  Runtime,
} from "../world/ports.ts";
import { refusedProbe } from "../world/probes.ts";
import { durationMs } from "../world/world.ts";
import { type Faults, isSame } from "./faults.ts";

/** A runtime whose containers start as the faults in force say: late (`slow-start`), or with other variables (`bad-release`). */
export function withStartFaults(runtime: Runtime, faults: Faults, clock: Scheduler): Runtime {
  const random = faults.world.random.stream("faults/start");
  return {
    start(spec, events) {
      const slow = faults.active("slow-start").filter(({ parameters }) => matches(parameters.image, spec.image));
      const bad = faults.active("bad-release").filter(({ parameters }) => matches(parameters.image, spec.image));
      const extra = [...slow, ...bad].flatMap(({ parameters }) => (parameters.env ? [parameters.env] : []));
      const changed =
        extra.length === 0 ? spec : { ...spec, env: Object.assign({}, spec.env, ...extra) as Record<string, string> };
      const cold = faults.active("cold-start-tail").some(({ parameters }) => isInEnvironment(parameters, spec));
      const tailMs = cold ? durationMs(faults.world, "faults.coldStart", random) : 0;
      const delayMs = Math.max(tailMs, ...slow.map(({ parameters }) => parameters.delayMs ?? 0));
      return delayMs === 0
        ? runtime.start(changed, events)
        : new LateContainer({ runtime, clock, spec: changed, events, delayMs });
    },
    resume: (...container) => runtime.resume?.(...container),
    close: () => runtime.close(),
  };
}

export function isInEnvironment(
  { environment, image = "*" }: { readonly environment: string; readonly image?: string },
  spec: ContainerSpec,
): boolean {
  return isSame(spec.scope ?? "", environment) && matches(image, spec.image);
}

/** `*` stands for any text. */
export function matches(pattern: string, image: string): boolean {
  const parts = pattern.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(image);
}

interface LateStart {
  readonly runtime: Runtime;
  readonly clock: Scheduler;
  readonly spec: ContainerSpec;
  readonly events: ContainerEvents;
  readonly delayMs: number;
}

/** SIGTERM and SIGKILL end a process that does nothing yet with these codes. */
const terminated: ContainerExit = { exitCode: 143, signal: "SIGTERM" };
const killed: ContainerExit = { exitCode: 137, signal: "SIGKILL" };

type LateState =
  /** Started, as far as anybody can see, but nothing listens. */
  | { readonly kind: "delayed"; readonly timer: Timer }
  | { readonly kind: "running"; readonly container: Container }
  | { readonly kind: "ended" };

class LateContainer implements Container {
  readonly #start: LateStart;
  #state: LateState;

  constructor(start: LateStart) {
    const { clock, events, delayMs } = start;
    this.#start = start;
    clock.after(0, () => events.started());
    this.#state = { kind: "delayed", timer: clock.after(delayMs, () => this.#begin()) };
  }

  address(): ReturnType<Container["address"]> {
    return this.#state.kind === "running" ? this.#state.container.address() : undefined;
  }

  terminate(): void {
    if (this.#state.kind === "running") this.#state.container.terminate();
    else this.#endEarly(terminated);
  }

  kill(): void {
    if (this.#state.kind === "running") this.#state.container.kill();
    else this.#endEarly(killed);
  }

  probe(...[request, done]: Parameters<Container["probe"]>): void {
    if (this.#state.kind === "running") {
      this.#state.container.probe(request, done);
      return;
    }
    const { spec } = this.#start;
    this.#start.clock.after(0, () => {
      if (this.#state.kind !== "ended")
        done(false, refusedProbe(request, { host: "127.0.0.1", port: request.port ?? spec.port ?? 80 }));
    });
  }

  isSteady(request: ProbeRequest): boolean {
    return this.#state.kind === "running" && (this.#state.container.isSteady?.(request) ?? false);
  }

  #begin(): void {
    const { runtime, spec, events } = this.#start;
    // Everybody has been told of the start already.
    this.#state = { kind: "running", container: runtime.start(spec, { ...events, started: () => {} }) };
  }

  #endEarly(exit: ContainerExit): void {
    if (this.#state.kind !== "delayed") return;
    this.#state.timer.cancel();
    this.#state = { kind: "ended" };
    this.#start.clock.after(0, () => this.#start.events.exited(exit));
  }
}
