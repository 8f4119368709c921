import type { Timer } from "@fairway/kernel";
import { type BackOff, backOffAfterTry, goDuration, waitAfterFailureMs } from "./back-off.ts";
import type { Address, Container, ContainerEvents, ContainerExit, ContainerSpec, Usage } from "./ports.ts";
import type { ProbeSpec } from "./probes.ts";
import { ReplicaHealth } from "./replica-health.ts";
import type { Replica, ReplicaEvent, ReplicaOptions, ReplicaState, Termination } from "./replica-types.ts";
import type { World } from "./world.ts";

/** What the container does now. `after` says what follows its end. */
type Phase =
  | { readonly kind: "waiting"; readonly reason: string; readonly message: string; readonly retry: Timer | undefined }
  | { readonly kind: "starting"; readonly container: Container }
  | { readonly kind: "running"; readonly container: Container; readonly startedAtMs: number }
  | { readonly kind: "terminated"; readonly termination: Termination };

/** A try after this pause shows `ImagePullBackOff` instead of `ErrImagePull`: the kubelet's next look at the pod. */
const pullBackOffShownAfterMs = 1_000;
/** What a container gets when its preStop hook has used up the grace (Kubernetes: pod lifecycle, termination). */
const leastGraceMs = 2_000;

/** Starts at once. Probes, grace and back-off run on the world's clock, unscaled: they belong to the app. */
export function createReplica(options: ReplicaOptions): Replica {
  return new ContainerLifecycle(options);
}

class ContainerLifecycle implements Replica {
  readonly #options: ReplicaOptions;
  readonly #world: World;
  #phase: Phase = { kind: "waiting", reason: "ContainerCreating", message: "", retry: undefined };
  #after: "restart" | "end" = "restart";
  #stop: { readonly killAtMs: number; readonly timers: readonly Timer[] } | undefined;
  readonly #health: ReplicaHealth;
  #restartCount: number;
  #lastTermination: Termination | undefined;
  #crashes: BackOff | undefined;
  #pulls: BackOff | undefined;
  #orderedAtMs = 0;

  constructor(options: ReplicaOptions) {
    this.#options = options;
    this.#world = options.world;
    this.#restartCount = options.firstRun ?? 0;
    this.#health = new ReplicaHealth({
      world: options.world,
      probes: options.probes,
      isEnding: () => this.terminating,
      failed: (probe, message) => this.#tell({ kind: "unhealthy", probe, message }),
      unhealthy: (probe, spec) => this.#restartUnhealthy(probe, spec),
      readyChanged: (ready) => this.#record(ready ? "ready" : "unready"),
      changed: () => options.onChange(),
    });
    if (!this.#resume()) this.#start();
  }

  get state(): ReplicaState {
    const phase = this.#phase;
    switch (phase.kind) {
      case "waiting":
        return { kind: "waiting", reason: phase.reason, message: phase.message };
      case "starting":
        return { kind: "waiting", reason: "ContainerCreating", message: "" };
      case "running":
        return { kind: "running", startedAtMs: phase.startedAtMs };
      case "terminated":
        return phase.termination;
    }
  }

  get ready(): boolean {
    return this.#health.ready;
  }

  get started(): boolean {
    return this.#health.started;
  }

  get terminating(): boolean {
    return this.#phase.kind === "terminated" || (this.#after === "end" && this.#stop !== undefined);
  }

  get restartCount(): number {
    return this.#restartCount;
  }

  get lastTermination(): Termination | undefined {
    return this.#lastTermination;
  }

  get containerId(): string {
    return `${this.#options.idPrefix}/${this.#restartCount}`;
  }

  address(): Address | undefined {
    return this.#phase.kind === "running" ? this.#phase.container.address() : undefined;
  }

  usage(fromMs: number, toMs: number): Usage | undefined {
    return this.#phase.kind === "running" ? this.#phase.container.usage?.(fromMs, toMs) : undefined;
  }

  terminate(graceMs: number): void {
    if (this.#phase.kind === "running" && !this.#stop) this.#tell({ kind: "stopping" });
    this.#after = "end";
    this.#stopContainer(graceMs);
  }

  kill(): void {
    this.#after = "end";
    this.#killContainer();
  }

  #start(): void {
    this.#orderedAtMs = this.#world.clock.now();
    this.#tell({ kind: "ordered" });
    const container: Container = this.#world.runtime.start(
      this.#spec(),
      this.#events(() => container),
    );
    this.#phase = { kind: "starting", container };
  }

  /** False: it has to be started. */
  #resume(): boolean {
    const { runningSinceMs } = this.#options;
    if (runningSinceMs === undefined) return false;
    const container: Container | undefined = this.#world.runtime.resume?.(
      this.#spec(),
      this.#events(() => container),
      runningSinceMs,
    );
    if (!container) {
      // It is another one that begins now.
      this.#restartCount += 1;
      return false;
    }
    this.#phase = { kind: "running", container, startedAtMs: runningSinceMs };
    this.#health.resume(container);
    return true;
  }

  #spec(): ContainerSpec {
    const { spec, env } = this.#options;
    return {
      ...spec,
      id: this.containerId,
      get env() {
        return env();
      },
    };
  }

  /** Never told from inside the call that makes the container. */
  #events(container: () => Container | undefined): ContainerEvents {
    const about = (tell: (container: Container) => void): void => {
      const known = container();
      if (known) tell(known);
    };
    return {
      started: () => about((one) => this.#onStarted(one)),
      exited: (exit) => about((one) => this.#onExited(one, exit)),
      failedToStart: (reason, message) => about((one) => this.#onFailedToStart(one, reason, message)),
      log: (line) => this.#world.logs.append(this.containerId, line),
    };
  }

  #onStarted(container: Container): void {
    if (this.#phase.kind !== "starting" || this.#phase.container !== container || this.terminating) return;
    const startedAtMs = this.#world.clock.now();
    this.#phase = { kind: "running", container, startedAtMs };
    this.#pulls = undefined;
    this.#record("started");
    this.#tell({ kind: "started", tookMs: startedAtMs - this.#orderedAtMs });
    this.#health.begin(container, this.containerId, startedAtMs);
    this.#options.onChange();
  }

  #restartUnhealthy(probe: "startup" | "liveness", spec: ProbeSpec): void {
    if (this.#stop) return;
    this.#record("unhealthy", { probe });
    this.#tell({ kind: "restarting", probe });
    this.#stopContainer(spec.graceMs ?? this.#options.graceMs);
  }

  /** Without a process there is nothing to wait for. */
  #stopContainer(graceMs: number): void {
    const phase = this.#phase;
    switch (phase.kind) {
      case "waiting":
      case "starting":
        return this.#killContainer();
      case "running":
        return this.#stopGracefully(phase.container, graceMs);
      case "terminated":
        return;
    }
  }

  #stopGracefully(container: Container, graceMs: number): void {
    const now = this.#world.clock.now();
    const preStopMs = Math.min(this.#options.preStopMs ?? 0, graceMs);
    const killAtMs = now + (preStopMs < graceMs || graceMs === 0 ? graceMs : graceMs + leastGraceMs);
    if (this.#stop && this.#stop.killAtMs <= killAtMs) return;
    const alreadyTold = this.#stop !== undefined;
    this.#clearStop();
    const { clock } = this.#world;
    const timers = [clock.at(killAtMs, () => this.#killContainer())];
    if (preStopMs > 0 && !alreadyTold) timers.push(clock.after(preStopMs, () => container.terminate()));
    else if (!alreadyTold) container.terminate();
    this.#stop = { killAtMs, timers };
    this.#record("terminating", { graceMs });
  }

  #killContainer(): void {
    const phase = this.#phase;
    this.#clearStop();
    switch (phase.kind) {
      case "waiting":
        phase.retry?.cancel();
        return this.#end(neverRan(this.#world.clock.now()));
      case "starting":
      case "running":
        this.#stop = { killAtMs: this.#world.clock.now(), timers: [] };
        return phase.container.kill();
      case "terminated":
        return;
    }
  }

  #onExited(container: Container, exit: ContainerExit): void {
    const phase = this.#phase;
    if ((phase.kind !== "starting" && phase.kind !== "running") || phase.container !== container) return;
    const finishedAtMs = this.#world.clock.now();
    this.#finish({
      kind: "terminated",
      exitCode: exit.exitCode,
      reason: exit.reason ?? (exit.exitCode === 0 ? "Completed" : "Error"),
      startedAtMs: phase.kind === "running" ? phase.startedAtMs : finishedAtMs,
      finishedAtMs,
      ...(exit.message === undefined ? {} : { message: exit.message }),
    });
  }

  #onFailedToStart(container: Container, reason: string, message: string): void {
    if (this.#phase.kind !== "starting" || this.#phase.container !== container) return;
    const tookMs = this.#world.clock.now() - this.#orderedAtMs;
    this.#tell({ kind: "notStarted", reason, message, tookMs });
    if (this.#after === "end") return this.#end(neverRan(this.#world.clock.now()));
    if (reason === "ErrImagePull" || reason === "InvalidImageName") return this.#retryPull(reason, message);
    const nowMs = this.#world.clock.now();
    // What containerd reports when there is no process to run.
    this.#finish({ kind: "terminated", exitCode: 128, reason, startedAtMs: nowMs, finishedAtMs: nowMs });
  }

  /** The first retry waits as well: only restarts of a container that ran begin without a wait. */
  #retryPull(reason: string, message: string): void {
    const { clock } = this.#world;
    this.#pulls = backOffAfterTry(this.#pulls, clock.now(), clock.now());
    const { delayMs } = this.#pulls;
    const shown = clock.after(pullBackOffShownAfterMs, () => {
      const retry = clock.after(delayMs - pullBackOffShownAfterMs, () => this.#start());
      if (reason === "InvalidImageName") {
        this.#phase = { kind: "waiting", reason, message, retry };
        return;
      }
      const text = `Back-off pulling image "${this.#options.spec.image}": ${reason}: ${message}`;
      this.#phase = { kind: "waiting", reason: "ImagePullBackOff", message: text, retry };
      this.#tell({ kind: "pullBackOff" });
      this.#options.onChange();
    });
    this.#phase = { kind: "waiting", reason, message, retry: shown };
    this.#options.onChange();
  }

  #finish(termination: Termination): void {
    this.#record("exited", { exitCode: termination.exitCode, reason: termination.reason });
    if (this.#after === "end" || !this.#restarts(termination)) return this.#end(termination);
    this.#reset();
    this.#lastTermination = termination;
    this.#restartAfterBackOff(termination);
    this.#options.onChange();
  }

  #restarts(termination: Termination): boolean {
    const { restartPolicy } = this.#options;
    return restartPolicy === "Always" || (restartPolicy === "OnFailure" && termination.exitCode !== 0);
  }

  #restartAfterBackOff({ finishedAtMs }: Termination): void {
    const { clock } = this.#world;
    const waitMs = waitAfterFailureMs(this.#crashes, finishedAtMs);
    const restart = (): void => {
      this.#crashes = backOffAfterTry(this.#crashes, finishedAtMs, clock.now());
      this.#restartCount += 1;
      this.#start();
    };
    if (waitMs === 0) return restart();
    const { name, owner } = this.#options;
    const message = `back-off ${goDuration(waitMs)} restarting failed container=${name} pod=${owner}`;
    this.#phase = { kind: "waiting", reason: "CrashLoopBackOff", message, retry: clock.after(waitMs, restart) };
    this.#tell({ kind: "crashBackOff" });
  }

  #end(termination: Termination): void {
    this.#reset();
    this.#phase = { kind: "terminated", termination };
    this.#options.onChange();
  }

  #reset(): void {
    this.#health.end();
    this.#clearStop();
  }

  #clearStop(): void {
    for (const timer of this.#stop?.timers ?? []) timer.cancel();
    this.#stop = undefined;
  }

  #tell(event: ReplicaEvent): void {
    this.#options.onEvent?.(event);
  }

  #record(what: string, data: Readonly<Record<string, unknown>> = {}): void {
    this.#world.trace.add(`replica.${what}`, { id: this.containerId, ...data });
  }
}

/** A container that never had a process, as the kubelet reports one that it lost sight of. */
function neverRan(nowMs: number): Termination {
  return {
    kind: "terminated",
    exitCode: 137,
    reason: "ContainerStatusUnknown",
    startedAtMs: nowMs,
    finishedAtMs: nowMs,
  };
}
