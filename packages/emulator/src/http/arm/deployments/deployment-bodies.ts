import { createHash } from "node:crypto";
import { locationDisplayName, locationName } from "../../../world/arm/locations.ts";
import { type Deployment, deploymentId, type Step } from "./deployment.ts";
import { shownParameters } from "./parameters.ts";
import type { PlannedResource } from "./template.ts";

/** As `GET …/deployments/{name}` shows one. Source: ARM REST API, deployments. */
export function deploymentBody(deployment: Deployment, nowMs: number): Record<string, unknown> {
  const { scope, location, tags, state, error, outputs, steps } = deployment;
  const endMs = deployment.endMs ?? nowMs;
  return {
    id: deploymentId(scope),
    name: scope.name,
    type: "Microsoft.Resources/deployments",
    ...(location === undefined ? {} : { location }),
    ...(tags === undefined ? {} : { tags }),
    properties: {
      ...commonProperties(deployment),
      provisioningState: state,
      timestamp: new Date(endMs).toISOString(),
      duration: duration(endMs - deployment.startMs),
      ...(outputs ? { outputs } : {}),
      ...(state === "Succeeded" ? { outputResources: steps.map(({ resource }) => ({ id: resource.id })) } : {}),
      ...(error ? { error } : {}),
    },
  };
}

/** What `validate` answers when there is nothing to say against it. */
export function validatedBody(deployment: Deployment, nowMs: number): Record<string, unknown> {
  const { scope, steps } = deployment;
  return {
    id: deploymentId(scope),
    name: scope.name,
    type: "Microsoft.Resources/deployments",
    properties: {
      ...commonProperties(deployment),
      provisioningState: "Succeeded",
      timestamp: new Date(nowMs).toISOString(),
      duration: duration(0),
      validatedResources: steps.map(({ resource }) => ({ id: resource.id })),
    },
  };
}

function commonProperties({ template, parameters, mode, correlationId, steps }: Deployment): Record<string, unknown> {
  const resources = steps.map(({ resource }) => resource);
  return {
    templateHash: String(
      BigInt(`0x${createHash("sha256").update(JSON.stringify(template)).digest("hex").slice(0, 16)}`),
    ),
    parameters: shownParameters(parameters, template["parameters"]),
    mode,
    debugSetting: null,
    correlationId,
    providers: providersOf(resources),
    dependencies: resources
      .filter(({ dependsOn }) => dependsOn.length > 0)
      .map((resource) => ({
        dependsOn: dependenciesOf(resource, resources).map(reference),
        ...reference(resource),
      })),
  };
}

function dependenciesOf({ dependsOn }: PlannedResource, all: readonly PlannedResource[]): PlannedResource[] {
  return all.filter(({ id }) => dependsOn.includes(id));
}

function reference({ id, type, name }: PlannedResource): Record<string, unknown> {
  return { id, resourceType: type, resourceName: name };
}

function providersOf(resources: readonly PlannedResource[]): unknown[] {
  const namespaces = [...new Set(resources.map(({ type }) => type.split("/", 1)[0] ?? ""))];
  return namespaces.map((namespace) => {
    const below = resources.filter(({ type }) => type.startsWith(`${namespace}/`));
    const types = [...new Set(below.map(({ type }) => type.slice(namespace.length + 1)))];
    return {
      namespace,
      resourceTypes: types.map((resourceType) => ({
        resourceType,
        locations: locationsOf(below, `${namespace}/${resourceType}`),
      })),
    };
  });
}

function locationsOf(resources: readonly PlannedResource[], type: string): (string | null)[] {
  const known = resources
    .filter((one) => one.type === type)
    .map(({ raw }) => (typeof raw["location"] === "string" ? locationName(raw["location"]) : undefined));
  return [
    ...new Set(
      known.map((name) => (name === undefined ? null : locationDisplayName(name).replaceAll(" ", "").toLowerCase())),
    ),
  ];
}

/** As `GET …/deployments/{name}/operations` shows what was done with a resource. */
export function operationBody(deployment: Deployment, step: Step, nowMs: number): Record<string, unknown> {
  const { resource, operationId, state, answer, error } = step;
  const startMs = step.startMs ?? nowMs;
  const endMs = step.endMs ?? nowMs;
  const words = { waiting: "NotSpecified", running: "Running", succeeded: "Succeeded", failed: "Failed" } as const;
  return {
    id: `${deploymentId(deployment.scope)}/operations/${operationId}`,
    operationId,
    properties: {
      provisioningOperation: resource.isExisting ? "Read" : "Create",
      provisioningState: words[state],
      timestamp: new Date(endMs).toISOString(),
      duration: duration(endMs - startMs),
      trackingId: operationId,
      statusCode: error ? (codes[answer?.status ?? 200] ?? "Conflict") : (codes[answer?.status ?? 200] ?? "OK"),
      ...(error ? { statusMessage: { status: "Failed", error } } : {}),
      targetResource: { id: resource.id, resourceType: resource.type, resourceName: resource.name },
    },
  };
}

const codes: Readonly<Record<number, string>> = {
  200: "OK",
  201: "Created",
  202: "Accepted",
  400: "BadRequest",
  403: "Forbidden",
  404: "NotFound",
  409: "Conflict",
};

/** ISO 8601. */
function duration(ms: number): string {
  const seconds = (ms % 60_000) / 1_000;
  const minutes = Math.floor(ms / 60_000) % 60;
  const hours = Math.floor(ms / 3_600_000);
  return `PT${hours > 0 ? `${hours}H` : ""}${minutes > 0 ? `${minutes}M` : ""}${seconds}S`;
}
