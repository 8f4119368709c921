import { type Json, JsonReader } from "./json.ts";
import { readTrigger } from "./read-scale.ts";
import { type Registry, readSecrets, type Secret } from "./read-secrets.ts";
import { readWorkload, type WorkloadSpec } from "./read-workload.ts";
import { invalidField } from "./refusal.ts";
import type { Trigger } from "./template.ts";

/** The body of a job, checked in itself. Its scale is not used: `configuration.trigger` says when executions start. */
export type JobSpec = WorkloadSpec<JobConfiguration>;

export interface JobConfiguration {
  readonly trigger: JobTrigger;
  readonly replicaTimeoutSeconds: number;
  readonly replicaRetryLimit: number;
  readonly secrets: readonly Secret[];
  readonly registries: readonly Registry[];
  readonly dapr: Json | undefined;
  readonly identitySettings: readonly Json[];
}

interface TriggerBase {
  /** Replicas of an execution that run at once. */
  readonly parallelism: number;
  /** Replicas that must succeed. */
  readonly completions: number;
}

export type JobTrigger =
  | (TriggerBase & { readonly kind: "Manual"; readonly isGiven: boolean })
  | (TriggerBase & { readonly kind: "Schedule"; readonly cronExpression: string })
  | (TriggerBase & { readonly kind: "Event"; readonly scale: JobScale });

export interface JobScale {
  readonly minExecutions: number;
  readonly maxExecutions: number;
  readonly pollingIntervalSeconds: number;
  readonly rules: readonly Trigger[];
}

/** `isCron` says whether a cron expression can be read. Throws `Refusal`. */
export function readJob(content: Json, isCron: (expression: string) => boolean): JobSpec {
  return readWorkload(content, ["environmentId"], (configuration) => readConfiguration(configuration, isCron));
}

function readConfiguration(value: unknown, isCron: (expression: string) => boolean): JobConfiguration {
  const reader = new JsonReader(value ?? {}, "$.properties.configuration");
  const timeout = reader.integer("replicaTimeout");
  if (timeout === undefined) throw invalidField("configuration.replicaTimeout", "", "replicaTimeout is required");
  const { secrets, registries } = readSecrets(reader);
  return {
    trigger: readJobTrigger(reader, isCron),
    replicaTimeoutSeconds: atLeast(timeout, 1, "replicaTimeout"),
    replicaRetryLimit: atLeast(reader.integer("replicaRetryLimit") ?? 0, 0, "replicaRetryLimit"),
    secrets,
    registries,
    dapr: reader.object("dapr")?.raw,
    identitySettings: reader.objects("identitySettings")?.map(({ raw }) => raw) ?? [],
  };
}

function readJobTrigger(reader: JsonReader, isCron: (expression: string) => boolean): JobTrigger {
  const kind = reader.oneOf("triggerType", ["Manual", "Schedule", "Event"]) ?? "Manual";
  switch (kind) {
    case "Manual": {
      const config = reader.object("manualTriggerConfig");
      return { kind, ...readBase(config, "manualTriggerConfig"), isGiven: config !== undefined };
    }
    case "Schedule": {
      const config = reader.object("scheduleTriggerConfig");
      const cronExpression = config?.text("cronExpression") ?? "";
      if (!isCron(cronExpression)) {
        const field = "configuration.scheduleTriggerConfig.cronExpression";
        throw invalidField(field, cronExpression, "must be a cron expression of five fields");
      }
      return { kind, ...readBase(config, "scheduleTriggerConfig"), cronExpression };
    }
    case "Event": {
      const config = reader.object("eventTriggerConfig");
      return { kind, ...readBase(config, "eventTriggerConfig"), scale: readJobScale(config?.object("scale")) };
    }
  }
}

function readBase(config: JsonReader | undefined, name: string): TriggerBase {
  return {
    parallelism: atLeast(config?.integer("parallelism") ?? 1, 1, `${name}.parallelism`),
    completions: atLeast(config?.integer("replicaCompletionCount") ?? 1, 1, `${name}.replicaCompletionCount`),
  };
}

function readJobScale(scale: JsonReader | undefined): JobScale {
  const field = "eventTriggerConfig.scale";
  const rules = scale?.objects("rules") ?? [];
  if (rules.length === 0) throw invalidField(`configuration.${field}.rules`, "", "at least one rule is required");
  const minExecutions = atLeast(scale?.integer("minExecutions") ?? 0, 0, `${field}.minExecutions`);
  return {
    minExecutions,
    maxExecutions: atLeast(scale?.integer("maxExecutions") ?? 100, minExecutions, `${field}.maxExecutions`),
    pollingIntervalSeconds: atLeast(scale?.integer("pollingInterval") ?? 30, 1, `${field}.pollingInterval`),
    rules: rules.map((rule) => readTrigger(rule, rule, `configuration.${field}.rules`)),
  };
}

function atLeast(value: number, lowest: number, name: string): number {
  if (value >= lowest) return value;
  throw invalidField(`configuration.${name}`, value, `must be at least ${lowest}`);
}
