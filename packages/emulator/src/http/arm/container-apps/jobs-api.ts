import type { Job } from "../../../controllers/container-app-job.ts";
import { invalidResourceType, methodNotAllowed, resourceNotFound } from "../../../world/arm/errors.ts";
import { operationHeaders } from "../../../world/arm/operation-endpoints.ts";
import type { ArmRequest, ArmResponse } from "../../../world/arm/provider.ts";
import type { ResourceAddress } from "../../../world/container-apps/environment.ts";
import { isJson, type Json } from "../../../world/container-apps/json.ts";
import { jobDetectors } from "./detectors.ts";
import { executionBody, executionId, executionReplicaBody, jobBody } from "./job-body.ts";
import { logStreamAudience } from "./log-stream.ts";
import type { AppProviderOptions } from "./options.ts";
import { accessToken } from "./shared-bodies.ts";

export function handleJobs(options: AppProviderOptions, request: ArmRequest): ArmResponse {
  const [name] = request.names;
  if (name === undefined) return listJobs(options, request);
  if (request.resourceGroup === undefined) throw unknownType(request);
  const address = { subscription: request.subscription, resourceGroup: request.resourceGroup, name };
  if (request.types.length === 1) return handleJob(options, request, address);
  const job = options.apps.jobs.get(address);
  if (!job) throw notFound(address);
  switch (request.types[1] ?? "") {
    case "executions":
      return handleExecutions(options, request, job);
    case "detectors":
      return jobDetectors(options, request, job);
    case "detectorproperties":
      return readOnly(request, bodyOf(options, request)(job));
    default:
      return act(options, request, job);
  }
}

function listJobs(options: AppProviderOptions, request: ArmRequest): ArmResponse {
  if (request.method !== "GET") throw methodNotAllowed(request.method);
  const group = request.resourceGroup?.toLowerCase();
  const listed = options.apps.jobs
    .list()
    .filter(({ address }) => group === undefined || address.resourceGroup.toLowerCase() === group);
  return { status: 200, body: { value: listed.map(bodyOf(options, request)) } };
}

function handleJob(options: AppProviderOptions, request: ArmRequest, address: ResourceAddress): ArmResponse {
  const { world } = options;
  const { jobs } = options.apps;
  const job = jobs.get(address);
  const result = bodyOf(options, request);
  switch (request.method) {
    case "GET":
      if (!job) throw notFound(address);
      return { status: 200, body: result(job) };
    case "PUT": {
      const { resource, operation } = jobs.put(address, request.body as Json, result);
      const headers = operationHeaders(world, operation, request, { asyncOperation: true, timeout: "PT15M" });
      return { status: 201, headers, body: result(resource) };
    }
    case "PATCH": {
      if (!job) throw notFound(address);
      const { operation } = jobs.patch(job, request.body as Json, result);
      return { status: 202, headers: operationHeaders(world, operation, request, { location: true }) };
    }
    case "DELETE":
      if (!job) return { status: 204 };
      return { status: 202, headers: operationHeaders(world, jobs.delete(job), request, { location: true }) };
    case "POST":
    case "HEAD":
      throw methodNotAllowed(request.method);
  }
}

function act(options: AppProviderOptions, request: ArmRequest, job: Job): ArmResponse {
  if (request.method !== "POST") throw unknownType(request);
  const { jobs } = options.apps;
  switch (request.types.slice(1).join("/")) {
    case "start": {
      const execution = jobs.start(job, request.body);
      return { status: 200, body: { id: executionId(job, execution), name: execution.name } };
    }
    case "stop":
      return stop(options, request, job);
    case "suspend":
    case "resume": {
      const operation = jobs.setSuspended(job, request.types[1] === "suspend", bodyOf(options, request));
      const which = { asyncOperation: true, location: true };
      return { status: 202, headers: operationHeaders(options.world, operation, request, which) };
    }
    case "listsecrets": {
      const { secrets } = job.spec.configuration;
      return { status: 200, body: { value: secrets.map(({ name, value }) => ({ name, value: value ?? "" })) } };
    }
    case "getauthtoken": {
      const body = bodyOf(options, request)(job);
      const audience = logStreamAudience("containerAppsJobs", job.address);
      return { status: 200, body: accessToken(options.tokens, audience, body, "Microsoft.App/jobs/accesstoken") };
    }
    default:
      throw unknownType(request);
  }
}

/** `stop/{execution}` stops one; `stop` alone stops all that run, or those of `value[].name`. */
function stop({ apps }: AppProviderOptions, request: ArmRequest, job: Job): ArmResponse {
  const name = request.names[1];
  if (name !== undefined) {
    apps.jobs.execution(job, name).stop();
    return { status: 200 };
  }
  const named = isJson(request.body) && Array.isArray(request.body["value"]) ? namesIn(request.body["value"]) : [];
  const chosen = named.length > 0 ? named.map((text) => apps.jobs.execution(job, text)) : job.running;
  for (const execution of chosen) execution.stop();
  return { status: 200, body: { value: chosen.map((execution) => executionBody(job, execution)) } };
}

function namesIn(value: readonly unknown[]): readonly string[] {
  return value.flatMap((item) => (isJson(item) && typeof item["name"] === "string" ? item["name"] : []));
}

function handleExecutions(options: AppProviderOptions, request: ArmRequest, job: Job): ArmResponse {
  const [, name, replica] = request.names;
  const action = request.types[2];
  if (name === undefined) {
    return readOnly(request, { value: job.executions.toReversed().map((execution) => executionBody(job, execution)) });
  }
  const execution = options.apps.jobs.execution(job, name);
  if (action === undefined) return readOnly(request, executionBody(job, execution));
  if (action === "stop" && request.method === "POST") {
    execution.stop();
    return { status: 200 };
  }
  if (action !== "replicas" || replica !== undefined) throw unknownType(request);
  const context = { baseUrl: request.baseUrl, tenantId: options.tokens.tenantId };
  return readOnly(request, { value: execution.replicas.map((each) => executionReplicaBody(job, each, context)) });
}

function readOnly(request: ArmRequest, body: unknown): ArmResponse {
  if (request.method !== "GET") throw methodNotAllowed(request.method);
  return { status: 200, body };
}

function bodyOf({ tokens }: AppProviderOptions, { baseUrl }: ArmRequest): (job: Job) => Json {
  return (job) => jobBody(job, { baseUrl, tenantId: tokens.tenantId });
}

function notFound({ name, resourceGroup }: ResourceAddress): Error {
  return resourceNotFound(`Microsoft.App/jobs/${name}`, resourceGroup);
}

function unknownType(request: ArmRequest): Error {
  return invalidResourceType(request.types.join("/"), "Microsoft.App", request.apiVersion);
}
