import type { Random } from "@fairway/kernel";
import type { ArmOperation, Operations } from "../world/arm/operations.ts";
import type { DurationName } from "../world/calibration.ts";
import { addressKey, type Environment, type ResourceAddress } from "../world/container-apps/environment.ts";
import { isJson, type Json, mergePatch } from "../world/container-apps/json.ts";
import { checkAppName } from "../world/container-apps/read-app.ts";
import { type JobSpec, readJob } from "../world/container-apps/read-job.ts";
import { readTemplate } from "../world/container-apps/read-template.ts";
import { invalidField, Refusal } from "../world/container-apps/refusal.ts";
import { durationMs, type World } from "../world/world.ts";
import type { Accepted, Environments } from "./container-app-environments.ts";
import type { JobExecution } from "./container-app-execution.ts";
import { Job, type JobHost } from "./container-app-job.ts";
import type { ScalerMetrics } from "./container-app-metrics.ts";
import { isCronExpression } from "./kubernetes/cron.ts";

type Result = (job: Job) => unknown;

export type ResumedJob = Pick<Job, "address" | "content" | "suspended">;

/** Jobs and the commands on them. Commands throw `Refusal` and have then done nothing. */
export class Jobs implements JobHost {
  readonly world: World;
  readonly metrics: ScalerMetrics;
  readonly #operations: Operations;
  readonly #environments: Environments;
  readonly #random: Random;
  readonly #jobs = new Map<string, Job>();

  constructor(world: World, operations: Operations, environments: Environments, metrics: ScalerMetrics) {
    this.world = world;
    this.metrics = metrics;
    this.#operations = operations;
    this.#environments = environments;
    this.#random = world.random.stream("container-app-jobs");
  }

  get(address: ResourceAddress): Job | undefined {
    return this.#jobs.get(addressKey(address));
  }

  /** In order of creation. */
  list(): readonly Job[] {
    return [...this.#jobs.values()];
  }

  jobsOf(environment: Environment): readonly Job[] {
    return this.list().filter((job) => job.environment === environment);
  }

  put(address: ResourceAddress, content: Json, result: Result): Accepted<Job> {
    const existing = this.get(address);
    if (existing) return this.#update(existing, content, "jobs.update", result);
    checkAppName(address.name, "Job");
    const spec = readJob(content, isCronExpression);
    const environment = this.#environments.forResource(spec.environmentId);
    const job = new Job(this, { address, environment, content, spec });
    this.#jobs.set(addressKey(address), job);
    return this.#write(job, "jobs.create", result);
  }

  /** One of an earlier run; its executions are over. */
  resume(before: ResumedJob): void {
    const spec = readJob(before.content, isCronExpression);
    const job = new Job(this, { ...before, spec, environment: this.#environments.forResource(spec.environmentId) });
    job.suspended = before.suspended;
    job.provisioningState = "Succeeded";
    this.#jobs.set(addressKey(before.address), job);
    job.arm();
  }

  patch(job: Job, patch: Json, result: Result): Accepted<Job> {
    return this.#update(job, mergePatch(job.content, patch) as Json, "jobs.patch", result);
  }

  delete(job: Job): ArmOperation {
    this.#checkIdle(job);
    job.provisioningState = "Deleting";
    const operation = this.#begin(job, () => undefined);
    job.close(true);
    this.world.clock.after(durationMs(this.world, "jobs.delete", this.#random), () => {
      this.#jobs.delete(addressKey(job.address));
      this.#operations.succeed(operation);
    });
    return operation;
  }

  /** `template`: containers that replace the job's own for this execution; undefined for the job's own. */
  start(job: Job, template: unknown): JobExecution {
    this.#checkIdle(job);
    if (template === undefined || template === null) return job.start();
    const { carried } = job.spec.template;
    return job.start({ ...readTemplate(withImages(template, job)), carried });
  }

  /** Of a job that exists; throws when it has no such execution. */
  execution(job: Job, name: string): JobExecution {
    const execution = job.executions.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
    if (execution) return execution;
    throw new Refusal(404, "JobExecutionNotFound", `Job execution with name '${name}' was not found.`);
  }

  setSuspended(job: Job, suspended: boolean, result: Result): ArmOperation {
    this.#checkIdle(job);
    job.suspended = suspended;
    return this.#write(job, "jobs.patch", result).operation;
  }

  /** Kills every replica. */
  close(): void {
    for (const job of this.#jobs.values()) job.close(false);
  }

  #update(job: Job, content: Json, duration: DurationName, result: Result): Accepted<Job> {
    this.#checkIdle(job);
    const spec: JobSpec = readJob(content, isCronExpression);
    if (this.#environments.forResource(spec.environmentId) !== job.environment) {
      throw invalidField("environmentId", spec.environmentId, "the environment of a job cannot be changed");
    }
    job.update(content, spec);
    return this.#write(job, duration, result);
  }

  #write(job: Job, duration: DurationName, result: Result): Accepted<Job> {
    job.provisioningState = "InProgress";
    const operation = this.#begin(job, () => result(job));
    this.world.clock.after(durationMs(this.world, duration, this.#random), () => {
      job.provisioningState = "Succeeded";
      job.operation = undefined;
      job.arm();
      this.#operations.succeed(operation);
    });
    return { resource: job, operation };
  }

  #begin(job: Job, result: () => unknown): ArmOperation {
    const operation = this.#operations.start({
      provider: "Microsoft.App",
      location: job.environment.location,
      kind: "containerappsjob",
      subscription: job.address.subscription,
      result,
    });
    job.operation = operation;
    return operation;
  }

  #checkIdle({ operation, address }: Job): void {
    if (!operation) return;
    const text = `Cannot modify a container apps job '${address.name}' because there is an active provisioning operation in progress. OperationId: ${operation.id}`;
    throw new Refusal(409, "ContainerAppsJobOperationInProgress", text);
  }
}

/** A container without an image keeps the job's. */
function withImages(template: unknown, job: Job): unknown {
  const { containers, initContainers } = isJson(template) ? template : {};
  const imageOf = (name: unknown): string | undefined =>
    job.spec.template.containers.find((container) => container.name === name)?.image;
  if (!Array.isArray(containers)) return { containers, initContainers };
  const filled = (containers as readonly unknown[]).map((container) =>
    isJson(container) && !container["image"] ? { ...container, image: imageOf(container["name"]) } : container,
  );
  return { containers: filled, initContainers };
}
