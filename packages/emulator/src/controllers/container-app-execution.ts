import type { Random, Timer } from "@fairway/kernel";
import type { JobConfiguration } from "../world/container-apps/read-job.ts";
import type { Template } from "../world/container-apps/template.ts";
import type { World } from "../world/world.ts";
import { AppReplica, type AppReplicaSpec } from "./container-app-replica.ts";

/** What an execution needs from its job. */
export interface ExecutionHost {
  readonly world: World;
  /** Everything of a replica's spec but its name. */
  replicaSpec(execution: JobExecution): Omit<AppReplicaSpec, "name">;
  /** It has succeeded, failed or been stopped. */
  executionEnded(execution: JobExecution): void;
}

export type ExecutionStatus =
  | { readonly kind: "Running" }
  | { readonly kind: "Succeeded" | "Stopped"; readonly endedAtMs: number }
  | {
      readonly kind: "Failed";
      readonly endedAtMs: number;
      /** As a Kubernetes Job gives them: `BackoffLimitExceeded`, `DeadlineExceeded`. */
      readonly reason: string;
      readonly message: string;
    };

/** Wait before the first retry; doubles with every failure. Source: Kubernetes docs, Job: pod backoff failure policy. */
const firstRetryMs = 10_000;
const longestRetryMs = 360_000;

/** One run of a job: replicas side by side until enough have succeeded, too many have failed, or time is up. */
export class JobExecution {
  readonly name: string;
  readonly template: Template;
  readonly startedAtMs: number;
  status: ExecutionStatus = { kind: "Running" };
  /** Also those that have ended. */
  replicas: readonly AppReplica[] = [];
  readonly #host: ExecutionHost;
  readonly #limits: JobConfiguration;
  readonly #random: Random;
  readonly #deadline: Timer;
  #looking: Timer | undefined;
  #retry: Timer | undefined;
  #retryAtMs = 0;
  #failures = 0;

  constructor(host: ExecutionHost, spec: { name: string; template: Template; limits: JobConfiguration }) {
    const { clock, random } = host.world;
    this.#host = host;
    this.name = spec.name;
    this.template = spec.template;
    this.#limits = spec.limits;
    this.startedAtMs = clock.now();
    this.#random = random.stream(`execution/${spec.name}/${this.startedAtMs}`);
    this.#deadline = clock.after(spec.limits.replicaTimeoutSeconds * 1_000, () => this.#runOutOfTime());
    this.#changed();
  }

  get isRunning(): boolean {
    return this.status.kind === "Running";
  }

  stop(): void {
    if (this.isRunning) this.#end({ kind: "Stopped", endedAtMs: this.#host.world.clock.now() });
  }

  /** Kills what is left. */
  close(): void {
    this.#cancelTimers();
    for (const replica of this.replicas) replica.kill();
  }

  #changed(): void {
    this.#looking ??= this.#host.world.clock.after(0, () => {
      this.#looking = undefined;
      if (this.isRunning) this.#reconcile();
    });
  }

  #reconcile(): void {
    const { trigger, replicaRetryLimit } = this.#limits;
    const outcomes = this.replicas.map(({ outcome }) => outcome);
    const count = (wanted: string): number => outcomes.filter((outcome) => outcome === wanted).length;
    const nowMs = this.#host.world.clock.now();
    this.#noteFailures(count("failed"), nowMs);
    if (count("succeeded") >= trigger.completions) return this.#end({ kind: "Succeeded", endedAtMs: nowMs });
    if (this.#failures > replicaRetryLimit) {
      const message = "Job has reached the specified backoff limit";
      return this.#end({ kind: "Failed", endedAtMs: nowMs, reason: "BackoffLimitExceeded", message });
    }
    if (nowMs < this.#retryAtMs) return this.#lookAt(this.#retryAtMs);
    const wanted = Math.min(trigger.parallelism, trigger.completions - count("succeeded"));
    for (let running = count("running"); running < wanted; running++) this.#addReplica();
  }

  #noteFailures(failures: number, nowMs: number): void {
    if (failures === this.#failures) return;
    this.#failures = failures;
    this.#retryAtMs = nowMs + Math.min(longestRetryMs, firstRetryMs * 2 ** (failures - 1));
  }

  #lookAt(timeMs: number): void {
    this.#retry?.cancel();
    this.#retry = this.#host.world.clock.at(timeMs, () => this.#changed());
  }

  #addReplica(): void {
    const { world } = this.#host;
    const name = `${this.name}-${this.#random.text(5, "bcdfghjklmnpqrstvwxz2456789")}`;
    const spec = { ...this.#host.replicaSpec(this), name };
    this.replicas = [...this.replicas, new AppReplica(world, spec, this.#random, () => this.#changed())];
    world.trace.add("execution.replica", { execution: this.name, replica: name });
  }

  #runOutOfTime(): void {
    if (!this.isRunning) return;
    const message = "Job was active longer than specified deadline";
    const endedAtMs = this.#host.world.clock.now();
    this.#end({ kind: "Failed", endedAtMs, reason: "DeadlineExceeded", message });
  }

  #end(status: ExecutionStatus): void {
    this.status = status;
    this.#cancelTimers();
    for (const replica of this.replicas) if (replica.outcome === "running") replica.terminate();
    this.#host.world.trace.add("execution.ended", { execution: this.name, status: status.kind });
    this.#host.executionEnded(this);
  }

  #cancelTimers(): void {
    for (const timer of [this.#deadline, this.#looking, this.#retry]) timer?.cancel();
  }
}
