import type { Timer } from "@fairway/kernel";
import type { DurationName } from "../../world/calibration.ts";
import { type PullProblem, pullProblem } from "../../world/image.ts";
import type { Container, ContainerEvents, ContainerSpec, ProbeRequest, Runtime, Usage } from "../../world/ports.ts";
import { refusedProbe } from "../../world/probes.ts";
import { durationMs, type World } from "../../world/world.ts";
import { type ScriptStep, scriptOf } from "./script.ts";
import { modelledUsage } from "./usage.ts";

/** How one modelled container behaves. What a `ModelRuntimeOptions.behaviour` leaves out is drawn. */
export interface ModelBehaviour {
  /** From the order to the running process. Drawn: `replica.modelCreate`. */
  readonly createMs: number;
  /** From the running process to the first successful probe. Drawn: `replica.modelStart`. */
  readonly listenAfterMs: number;
  /**
   * From SIGTERM to the end with exit code 0; a function is asked when the signal comes, `never` waits for SIGKILL. Drawn:
   * `replica.modelStop`.
   */
  readonly stopMs: number | "never" | (() => number);
  /** Ends on its own so long after its start. Default: it does not. */
  readonly crash?: { readonly afterMs: number; readonly exitCode: number; readonly reason?: string };
  /** Whether a listening container says yes to a probe; `for good`: now and ever after. Default: for good. */
  readonly answers?: (request: ProbeRequest, uptimeMs: number) => boolean | "for good";
  /** What it uses. Default: that of a process that waits for work, or what a load generator's arguments say. */
  readonly usage?: (uptimeMs: number) => Usage;
}

export interface ModelRuntimeOptions {
  /** Asked for every container that starts. */
  readonly behaviour?: (spec: ContainerSpec) => Partial<ModelBehaviour>;
}

type ModelWorld = Pick<World, "clock" | "random" | "calibration" | "timeScale">;

/** What somebody finds who calls an address. */
export type AddressState =
  /** It takes requests. `ageMs`: since it began to listen. */
  | { readonly kind: "listening"; readonly ageMs: number }
  /** It takes requests and has been told to end. */
  | { readonly kind: "ending"; readonly ageMs: number }
  /** There is a process that does not listen yet. */
  | { readonly kind: "starting" }
  | { readonly kind: "gone" };

export interface ModelRuntime extends Runtime {
  stateAt(host: string): AddressState;
  /** What was started there; undefined when it is gone. */
  specAt(host: string): ContainerSpec | undefined;
  /** Calls `listener` when the state at an address has changed. Returns the function that ends it. */
  onState(listener: StateListener): () => void;
}

export type StateListener = (host: string, state: AddressState) => void;

/** Replicas that are numbers: they start, listen, answer probes and end after drawn times, and serve nobody. */
export function createModelRuntime(world: ModelWorld, options: ModelRuntimeOptions = {}): ModelRuntime {
  const containers = new Set<ModelContainer>();
  const byHost = new Map<string, ModelContainer>();
  const listeners = new Set<StateListener>();
  let addresses = 0;
  const tell = (host: string, state: AddressState): void => {
    for (const listener of listeners) listener(host, state);
  };
  function make(spec: ContainerSpec, events: ContainerEvents): ModelContainer {
    const host = `10.${244 + ((addresses >> 16) % 12)}.${(addresses >> 8) % 256}.${addresses % 256}`;
    addresses += 1;
    const behaviour = { ...drawBehaviour(world, spec), ...options.behaviour?.(spec) };
    const container = new ModelContainer(world, spec, behaviour, host, {
      ...events,
      exited(exit) {
        containers.delete(container);
        if (byHost.get(host) === container) byHost.delete(host);
        tell(host, { kind: "gone" });
        events.exited(exit);
      },
      changed: (state) => tell(host, state),
    });
    containers.add(container);
    byHost.set(host, container);
    return container;
  }
  return {
    start(spec, events) {
      const container = make(spec, events);
      container.begin();
      return container;
    },
    resume(spec, events, startedAtMs) {
      if (spec.runsToCompletion || scriptOf(spec)) return undefined;
      const container = make(spec, events);
      container.resume(startedAtMs);
      return container;
    },
    stateAt: (host) => byHost.get(host)?.state() ?? { kind: "gone" },
    specAt: (host) => byHost.get(host)?.spec,
    onState(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      for (const container of containers) container.abandon();
      containers.clear();
    },
  };
}

function drawBehaviour(world: ModelWorld, spec: ContainerSpec): ModelBehaviour {
  const random = world.random.stream(`model-runtime/${spec.id}`);
  const scale = isPlatformImage(spec.image) ? world.timeScale : 1;
  const draw = (name: DurationName): number => durationMs(world, name, random) / scale;
  const listenAfterMs = draw("replica.modelStart");
  return { createMs: draw("replica.modelCreate"), listenAfterMs, stopMs: draw("replica.modelStop") };
}

/** What AKS itself runs in a cluster goes as much faster as the platform does: an upgrade waits for it. */
function isPlatformImage(image: string): boolean {
  return image.startsWith("mcr.microsoft.com/oss/");
}

type State =
  | { readonly kind: "creating" }
  | { readonly kind: "running"; readonly startedAtMs: number }
  | { readonly kind: "ended" };

interface ModelEvents extends ContainerEvents {
  changed(state: AddressState): void;
}

class ModelContainer implements Container {
  readonly spec: ContainerSpec;
  readonly #world: ModelWorld;
  readonly #behaviour: ModelBehaviour;
  readonly #host: string;
  readonly #events: ModelEvents;
  readonly #timers = new Set<Timer>();
  #state: State = { kind: "creating" };
  #terminating = false;
  #message: string | undefined;

  constructor(world: ModelWorld, spec: ContainerSpec, behaviour: ModelBehaviour, host: string, events: ModelEvents) {
    this.#world = world;
    this.spec = spec;
    this.#behaviour = behaviour;
    this.#host = host;
    this.#events = events;
  }

  begin(): void {
    const problem = pullProblem(this.spec.image);
    if (problem) this.#failPull(problem);
    else this.#after(this.#behaviour.createMs, () => this.#run());
  }

  resume(startedAtMs: number): void {
    this.#state = { kind: "running", startedAtMs };
    const { crash } = this.#behaviour;
    if (crash) this.#after(crash.afterMs, () => this.#end(crash));
  }

  address(): { host: string; port: number } | undefined {
    return this.#state.kind === "running" ? { host: this.#host, port: this.spec.port ?? 80 } : undefined;
  }

  state(): AddressState {
    if (this.#state.kind !== "running") return { kind: "gone" };
    const ageMs = this.#world.clock.now() - this.#state.startedAtMs - this.#behaviour.listenAfterMs;
    if (ageMs < 0) return { kind: "starting" };
    return { kind: this.#terminating ? "ending" : "listening", ageMs };
  }

  terminate(): void {
    if (this.#terminating || this.#state.kind === "ended") return;
    this.#terminating = true;
    this.#events.changed(this.state());
    const { stopMs } = this.#behaviour;
    // What only has a task to do dies of the signal.
    const exitCode = this.spec.runsToCompletion ? 143 : 0;
    if (stopMs === "never") return;
    this.#after(typeof stopMs === "function" ? stopMs() : stopMs, () => this.#end({ exitCode }));
  }

  kill(): void {
    this.#after(0, () => this.#end({ exitCode: 137, signal: "SIGKILL" }));
  }

  probe(request: ProbeRequest, done: (ok: boolean, message: string) => void): void {
    this.#after(0, () => {
      const { ok, message } = this.#answer(request);
      done(ok, message);
    });
  }

  isSteady(request: ProbeRequest): boolean {
    const { answers, listenAfterMs } = this.#behaviour;
    const uptimeMs = this.#uptimeMs();
    return uptimeMs >= listenAfterMs && (answers === undefined || answers(request, uptimeMs) === "for good");
  }

  usage(fromMs: number, toMs: number): Usage | undefined {
    if (this.#state.kind !== "running" || this.#state.startedAtMs > fromMs) return undefined;
    const uptimeMs = toMs - this.#state.startedAtMs;
    return this.#behaviour.usage?.(uptimeMs) ?? modelledUsage(this.#world, this.spec);
  }

  /** The world ends: nothing more is told. */
  abandon(): void {
    this.#state = { kind: "ended" };
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  #failPull({ reason, message }: PullProblem): void {
    const random = this.#world.random.stream(`model-runtime/${this.spec.id}/pull`);
    this.#after(durationMs(this.#world, "images.pullFailure", random), () => {
      this.abandon();
      this.#events.failedToStart(reason, message);
    });
  }

  #run(): void {
    this.#state = { kind: "running", startedAtMs: this.#world.clock.now() };
    const { crash } = this.#behaviour;
    const script = crash ? undefined : scriptOf(this.spec);
    if (crash) this.#after(crash.afterMs, () => this.#end(crash));
    this.#after(this.#behaviour.listenAfterMs, () => this.#events.changed(this.state()));
    this.#events.started();
    if (script) this.#follow(script[Symbol.iterator]());
    else if (!crash && this.spec.runsToCompletion) {
      this.#after(this.#behaviour.listenAfterMs, () => this.#end({ exitCode: 0 }));
    }
  }

  /** One step of its command after the other. */
  #follow(steps: Iterator<ScriptStep>): void {
    for (let next = steps.next(); !next.done && this.#state.kind === "running"; next = steps.next()) {
      const step = next.value;
      switch (step.kind) {
        case "print":
          this.#events.log(step.line);
          break;
        case "message":
          this.#message = step.text;
          break;
        case "sleep":
          if (Number.isFinite(step.ms)) this.#after(step.ms, () => this.#follow(steps));
          return;
        case "exit":
          this.#after(0, () => this.#end({ exitCode: step.code }));
          return;
      }
    }
  }

  #answer(request: ProbeRequest): { ok: boolean; message: string } {
    const port = request.port ?? this.spec.port ?? 80;
    const uptimeMs = this.#uptimeMs();
    if (uptimeMs < this.#behaviour.listenAfterMs) {
      return { ok: false, message: refusedProbe(request, { host: this.#host, port }) };
    }
    if (this.#behaviour.answers?.(request, uptimeMs) === false) {
      return { ok: false, message: "HTTP probe failed with statuscode: 503" };
    }
    return { ok: true, message: "" };
  }

  /** Negative: it does not run. */
  #uptimeMs(): number {
    return this.#state.kind === "running" ? this.#world.clock.now() - this.#state.startedAtMs : -1;
  }

  #end(exit: { exitCode: number; signal?: string; reason?: string }): void {
    if (this.#state.kind === "ended") return;
    this.abandon();
    this.#events.exited({
      exitCode: exit.exitCode,
      ...(exit.signal ? { signal: exit.signal } : {}),
      ...(exit.reason ? { reason: exit.reason } : {}),
      ...(this.#message === undefined ? {} : { message: this.#message }),
    });
  }

  #after(delayMs: number, run: () => void): void {
    const timer = this.#world.clock.after(delayMs, () => {
      this.#timers.delete(timer);
      run();
    });
    this.#timers.add(timer);
  }
}
