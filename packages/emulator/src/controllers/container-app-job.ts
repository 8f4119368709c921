import type { Random, Timer } from "@fairway/kernel";
import type { ArmOperation } from "../world/arm/operations.ts";
import type { Environment, ResourceAddress } from "../world/container-apps/environment.ts";
import type { Json } from "../world/container-apps/json.ts";
import type { JobSpec, JobTrigger } from "../world/container-apps/read-job.ts";
import type { Template } from "../world/container-apps/template.ts";
import { platformMs, type World } from "../world/world.ts";
import { type ExecutionHost, JobExecution } from "./container-app-execution.ts";
import { demandOf, type ScalerMetrics } from "./container-app-metrics.ts";
import type { AppReplicaSpec } from "./container-app-replica.ts";
import { nextCronMs } from "./kubernetes/cron.ts";

export interface JobHost {
  readonly world: World;
  readonly metrics: ScalerMetrics;
}

/** Ended executions that are kept, of each kind. Source: Container Apps, jobs: the history has 100 of each. */
const keptExecutions = 100;

/** One job with its executions. A schedule or events start them without being asked. */
export class Job implements ExecutionHost {
  readonly world: World;
  readonly address: ResourceAddress;
  readonly environment: Environment;
  readonly createdAtMs: number;
  modifiedAtMs: number;
  /** As sent, PATCHes merged in. */
  content: Json;
  provisioningState: "InProgress" | "Succeeded" | "Deleting" = "InProgress";
  /** Neither schedule nor events start executions. */
  suspended = false;
  /** The write that runs: until it ends, others are refused. */
  operation: ArmOperation | undefined;
  /** In order of their start. */
  executions: readonly JobExecution[] = [];
  readonly #metrics: ScalerMetrics;
  readonly #random: Random;
  #spec: JobSpec;
  #next: Timer | undefined;

  constructor(
    host: JobHost,
    made: { address: ResourceAddress; environment: Environment; content: Json; spec: JobSpec },
  ) {
    this.world = host.world;
    this.#metrics = host.metrics;
    this.address = made.address;
    this.environment = made.environment;
    this.content = made.content;
    this.#spec = made.spec;
    this.createdAtMs = this.world.clock.now();
    this.modifiedAtMs = this.createdAtMs;
    this.#random = this.world.random.stream(`job/${made.address.name}/${this.createdAtMs}`);
  }

  get spec(): JobSpec {
    return this.#spec;
  }

  get running(): readonly JobExecution[] {
    return this.executions.filter(({ isRunning }) => isRunning);
  }

  update(content: Json, spec: JobSpec): void {
    this.content = content;
    this.#spec = spec;
    this.modifiedAtMs = this.world.clock.now();
  }

  /** From now on, with the trigger that it has. */
  arm(): void {
    this.#next?.cancel();
    this.#next = this.#armed(this.#spec.configuration.trigger);
  }

  start(template: Template = this.#spec.template): JobExecution {
    const name = `${this.address.name}-${this.#random.text(7)}`;
    const execution = new JobExecution(this, { name, template, limits: this.#spec.configuration });
    this.executions = [...this.executions, execution];
    this.world.trace.add("execution.started", { job: this.address.name, execution: name });
    return execution;
  }

  executionEnded(): void {
    const ended = this.executions.filter(({ isRunning }) => !isRunning);
    const good = ended.filter(({ status }) => status.kind === "Succeeded");
    const bad = ended.filter(({ status }) => status.kind !== "Succeeded");
    const old = new Set([good, bad].flatMap((kind) => kind.slice(0, Math.max(0, kind.length - keptExecutions))));
    if (old.size > 0) this.executions = this.executions.filter((execution) => !old.has(execution));
  }

  replicaSpec(execution: JobExecution): Omit<AppReplicaSpec, "name"> {
    const { template } = execution;
    return {
      revision: execution.name,
      containers: template.containers,
      initContainers: template.initContainers,
      targetPort: undefined,
      graceMs: 30_000,
      env: { CONTAINER_APP_JOB_NAME: this.address.name, CONTAINER_APP_JOB_EXECUTION_NAME: execution.name },
      secrets: new Map(this.#spec.configuration.secrets.map(({ name, value }) => [name, value ?? ""])),
      scope: this.environment.address.name,
      node: 0,
      runsToCompletion: true,
    };
  }

  close(graceful: boolean): void {
    this.#next?.cancel();
    for (const execution of this.executions) {
      if (graceful) execution.stop();
      else execution.close();
    }
  }

  #armed(trigger: JobTrigger): Timer | undefined {
    const { clock } = this.world;
    if (this.suspended) return undefined;
    switch (trigger.kind) {
      case "Manual":
        return undefined;
      case "Schedule": {
        const nextMs = nextCronMs(trigger.cronExpression, clock.now());
        return nextMs === undefined ? undefined : clock.at(nextMs, () => this.#onSchedule());
      }
      case "Event":
        return clock.after(platformMs(this.world, trigger.scale.pollingIntervalSeconds), () => this.#onPoll(trigger));
    }
  }

  #onSchedule(): void {
    this.start();
    this.arm();
  }

  /** KEDA's default strategy for jobs: as many as are asked for, less those that run. Source: KEDA docs, ScaledJob. */
  #onPoll({ scale }: JobTrigger & { readonly kind: "Event" }): void {
    const demands = scale.rules.map((rule) =>
      demandOf(rule, this.#metrics.valueOf(rule, this.address.name), this.world.clock.now(), 0),
    );
    const asked = Math.max(0, ...demands.map((demand) => (demand?.active ? demand.replicas : 0)));
    const wanted = Math.min(scale.maxExecutions, Math.max(scale.minExecutions, asked));
    for (let count = this.running.length; count < wanted; count++) this.start();
    this.arm();
  }
}
