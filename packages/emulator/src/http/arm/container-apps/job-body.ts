import type { JobExecution } from "../../../controllers/container-app-execution.ts";
import type { Job } from "../../../controllers/container-app-job.ts";
import type { AppContainer, AppReplica } from "../../../controllers/container-app-replica.ts";
import { locationDisplayName } from "../../../world/arm/locations.ts";
import { environmentId, type ResourceAddress } from "../../../world/container-apps/environment.ts";
import type { Json } from "../../../world/container-apps/json.ts";
import type { JobTrigger } from "../../../world/container-apps/read-job.ts";
import type { BodyContext } from "./app-body.ts";
import { containerState, replicaProperties } from "./replica-body.ts";
import { identityBody, offsetTime, systemData } from "./shared-bodies.ts";
import { jobTemplateBody } from "./template-body.ts";

export function jobId({ subscription, resourceGroup, name }: ResourceAddress): string {
  return `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.App/jobs/${name}`;
}

export function executionId(job: Job, execution: JobExecution): string {
  return `${jobId(job.address)}/executions/${execution.name}`;
}

/** Unset fields are null. Source: wire facts, jobs. */
export function jobBody(job: Job, { baseUrl, tenantId }: BodyContext): Json {
  const { spec, environment, address } = job;
  const { subscription, resourceGroup, name } = address;
  return {
    id: jobId(address),
    name,
    type: "Microsoft.App/jobs",
    location: locationDisplayName(environment.location),
    ...(job.content["extendedLocation"] == null ? {} : { extendedLocation: job.content["extendedLocation"] }),
    ...(spec.tags ? { tags: spec.tags } : {}),
    systemData: systemData(job.createdAtMs, job.modifiedAtMs),
    properties: {
      provisioningState: job.provisioningState,
      // Two names for one thing: as recorded, and as the API of 2026-07-01 calls it.
      runningStatus: runningState(job),
      runningState: runningState(job),
      environmentId: environmentId(environment),
      workloadProfileName: environment.kind === "managed" ? spec.workloadProfileName : null,
      configuration: configurationBody(job),
      template: jobTemplateBody(spec.template),
      eventStreamEndpoint: `${baseUrl}/subscriptions/${subscription}/resourceGroups/${resourceGroup}/containerAppsJobs/${name}/eventstream`,
    },
    identity: identityBody(job.world, jobId(address), spec.identity, tenantId) ?? { type: "None" },
  };
}

function runningState({ suspended }: Job): string {
  return suspended ? "Suspended" : "Ready";
}

function configurationBody({ spec }: Job): Json {
  const { secrets, registries, trigger, replicaRetryLimit, replicaTimeoutSeconds, dapr, identitySettings } =
    spec.configuration;
  return {
    secrets: secrets.length > 0 ? secrets.map(({ name }) => ({ name })) : null,
    triggerType: trigger.kind,
    replicaTimeout: replicaTimeoutSeconds,
    replicaRetryLimit,
    manualTriggerConfig: trigger.kind === "Manual" && trigger.isGiven ? base(trigger) : null,
    scheduleTriggerConfig:
      trigger.kind === "Schedule" ? { cronExpression: trigger.cronExpression, ...base(trigger) } : null,
    eventTriggerConfig: trigger.kind === "Event" ? { ...base(trigger), scale: scaleBody(trigger) } : null,
    registries: registries.length > 0 ? registries : null,
    dapr: dapr ?? null,
    identitySettings,
  };
}

function base({ parallelism, completions }: JobTrigger): Json {
  return { replicaCompletionCount: completions, parallelism };
}

function scaleBody({ scale }: JobTrigger & { readonly kind: "Event" }): Json {
  return {
    minExecutions: scale.minExecutions,
    maxExecutions: scale.maxExecutions,
    pollingInterval: scale.pollingIntervalSeconds,
    rules: scale.rules.map(({ details }) => details),
  };
}

export function executionBody(job: Job, execution: JobExecution): Json {
  const { status } = execution;
  const template = jobTemplateBody(execution.template);
  return {
    id: executionId(job, execution),
    name: execution.name,
    type: "Microsoft.App/jobs/executions",
    properties: {
      status: status.kind,
      startTime: offsetTime(execution.startedAtMs),
      ...(status.kind === "Running" ? {} : { endTime: offsetTime(status.endedAtMs) }),
      ...(status.kind === "Failed" ? { reason: status.reason, message: status.message } : {}),
      template: { containers: template["containers"], initContainers: template["initContainers"] ?? [] },
      detailedStatus: { replicas: execution.replicas.map(replicaStatus) },
    },
  };
}

/** Exit code -1: it has not ended. */
function replicaStatus(replica: AppReplica): Json {
  return {
    name: replica.spec.name,
    containers: replica.containers("containers").map(({ template, replica: container }) => {
      const state = container?.state;
      return {
        name: template.name,
        status: containerState(state?.kind),
        code: state?.kind === "terminated" ? state.exitCode : -1,
        additionalInformation: state?.kind === "waiting" ? state.message : "",
      };
    }),
  };
}

export function executionReplicaBody(job: Job, replica: AppReplica, context: BodyContext): Json {
  const { subscription, resourceGroup, name } = job.address;
  const execution = replica.spec.revision;
  const path = `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/containerAppsJobs/${name}/executions/${execution}/replicas/${replica.spec.name}`;
  const endpoint = (container: AppContainer): string => `${path}/containers/${container.template.name}`;
  return {
    id: `${jobId(job.address)}/executions/${execution}/replicas/${replica.spec.name}`,
    name: replica.spec.name,
    type: "Microsoft.App/containerapps/revisions/replicas",
    properties: replicaProperties(replica, context.baseUrl, endpoint),
  };
}
