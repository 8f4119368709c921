import { invalidResourceType, methodNotAllowed } from "../../../world/arm/errors.ts";
import { operationHeaders } from "../../../world/arm/operation-endpoints.ts";
import type { Operations } from "../../../world/arm/operations.ts";
import { ArmError, type ArmProvider, type ArmRequest, type ArmResponse } from "../../../world/arm/provider.ts";
import type { ResourceGroup } from "../../../world/arm/resource-groups.ts";
import { retryAfter } from "../../../world/arm/retry-after.ts";
import { platformMs, type World } from "../../../world/world.ts";
import { type Deployment, Deployments, deploymentId, isOver, scopeIdOf } from "./deployment.ts";
import { deploymentBody, operationBody, validatedBody } from "./deployment-bodies.ts";
import { readDeployment } from "./read-deployment.ts";
import { type Engine, runDeployment, type Send } from "./run-deployment.ts";
import type { DeploymentScope } from "./surroundings.ts";
import { whatIf } from "./what-if.ts";

export interface DeploymentsOptions {
  readonly world: World;
  readonly operations: Operations;
  readonly tenantId: string;
  readonly group: (subscription: string, name: string) => ResourceGroup | undefined;
  /** In lower case: what templates can have resources of. */
  readonly namespaces: () => readonly string[];
  /** Calls from inside, as the server is reached at that URL. */
  readonly send: (baseUrl: string) => Send;
  readonly resourcesAt: Engine["resourcesAt"];
}

/** Microsoft.Resources/deployments: templates of groups and of the subscription. */
export function createDeploymentsProvider(options: DeploymentsOptions): ArmProvider {
  const deployments = new Deployments();
  return {
    namespace: "Microsoft.Resources",
    apiVersions: [
      "2025-04-01",
      "2024-11-01",
      "2024-07-01",
      "2024-03-01",
      "2022-09-01",
      "2021-04-01",
      "2020-10-01",
      "2015-01-01",
    ],
    resourceTypes: ["deployments", "deployments/operations"],
    actionTypes: ["deployments/operationstatuses"],
    handle: (request) => answer(options, deployments, request),
    deleteGroup(subscription, name) {
      const group = options.group(subscription, name);
      if (group)
        for (const one of deployments.at(scopeIdOf({ subscription, group })))
          deployments.delete(deploymentId(one.scope));
    },
  };
}

function answer(options: DeploymentsOptions, deployments: Deployments, request: ArmRequest): ArmResponse {
  const [type, below] = request.types;
  const [name, id] = request.names;
  if (type !== "deployments")
    throw invalidResourceType(request.types.join("/"), "Microsoft.Resources", request.apiVersion);
  const group =
    request.resourceGroup === undefined ? undefined : options.group(request.subscription, request.resourceGroup);
  if (name === undefined) {
    if (request.method !== "GET") throw methodNotAllowed(request.method);
    const all = deployments.at(scopeIdOf({ subscription: request.subscription, group }));
    return { status: 200, body: { value: all.map((one) => deploymentBody(one, options.world.clock.now())) } };
  }
  const scope = scopeOf(options, request, name, group);
  if (below === undefined) return answerOne(options, deployments, request, scope);
  if (below === "operationstatuses") return statusOf(options, existing(deployments, scope), request);
  if (below === "operations") return operationsOf(options, existing(deployments, scope), id);
  if (request.method !== "POST") throw methodNotAllowed(request.method);
  return act(options, deployments, request, scope);
}

function scopeOf(
  { world, tenantId }: DeploymentsOptions,
  { subscription, baseUrl }: ArmRequest,
  name: string,
  group: ResourceGroup | undefined,
): DeploymentScope {
  checkName(name);
  const random = world.random.stream(`arm/deployments/${name}`);
  return {
    subscription,
    group,
    tenantId,
    name,
    nowMs: world.clock.now(),
    newGuid: () => random.uuid(),
    armUrl: `${baseUrl}/`,
  };
}

function checkName(name: string): void {
  if (/^[-\w.()]{1,64}$/.test(name)) return;
  const text = `The provided deployment name '${name.slice(0, 80)}' is not valid: it has up to 64 letters, digits, '-', '.', '(', ')' or '_'.`;
  throw new ArmError(400, "InvalidDeploymentName", text);
}

function answerOne(
  options: DeploymentsOptions,
  deployments: Deployments,
  request: ArmRequest,
  scope: DeploymentScope,
): ArmResponse {
  const now = options.world.clock.now();
  switch (request.method) {
    case "GET":
      return { status: 200, body: deploymentBody(existing(deployments, scope), now) };
    case "HEAD":
      return { status: deployments.get(deploymentId(scope)) ? 204 : 404 };
    case "PUT":
      return begin(options, deployments, request, scope);
    case "DELETE":
      return remove(options, deployments, request, scope);
    case "PATCH":
    case "POST":
      throw methodNotAllowed(request.method);
  }
}

function begin(
  options: DeploymentsOptions,
  deployments: Deployments,
  request: ArmRequest,
  scope: DeploymentScope,
): ArmResponse {
  const before = deployments.get(deploymentId(scope));
  if (before && !isOver(before)) {
    const since = new Date(before.startMs).toISOString();
    const text = `Unable to edit or replace deployment '${scope.name}': previous deployment from '${since}' is still active. Please see https://aka.ms/arm-deploy for usage details.`;
    throw new ArmError(409, "DeploymentActive", text);
  }
  const { world } = options;
  const deployment = readDeployment(request, scope, world, options.namespaces());
  deployments.set(deployment);
  runDeployment(engineOf(options, request), deployment);
  const url = `${request.baseUrl}${deploymentId(scope)}/operationStatuses/${deployment.statusId}?api-version=${request.apiVersion}`;
  const headers = { "azure-asyncoperation": url, "retry-after": retryAfter(world, 15, request.headers["user-agent"]) };
  return { status: before ? 200 : 201, headers, body: deploymentBody(deployment, world.clock.now()) };
}

function remove(
  options: DeploymentsOptions,
  deployments: Deployments,
  request: ArmRequest,
  scope: DeploymentScope,
): ArmResponse {
  const deployment = deployments.get(deploymentId(scope));
  if (!deployment) return { status: 204 };
  if (!isOver(deployment)) {
    const text = `The deployment '${scope.name}' is still active and cannot be deleted.`;
    throw new ArmError(409, "DeploymentActive", text);
  }
  deployments.delete(deploymentId(scope));
  return accepted(options, request, undefined);
}

function act(
  options: DeploymentsOptions,
  deployments: Deployments,
  request: ArmRequest,
  scope: DeploymentScope,
): ArmResponse {
  const now = options.world.clock.now();
  switch (request.types[1]) {
    case "validate":
      return {
        status: 200,
        body: validatedBody(readDeployment(request, scope, options.world, options.namespaces()), now),
      };
    case "whatif": {
      const deployment = readDeployment(request, scope, options.world, options.namespaces());
      return accepted(options, request, whatIf(engineOf(options, request), deployment));
    }
    case "exporttemplate":
      return { status: 200, body: { template: existing(deployments, scope).template } };
    case "cancel":
      return cancel(existing(deployments, scope), now);
    case undefined:
    default:
      throw invalidResourceType(request.types.join("/"), "Microsoft.Resources", request.apiVersion);
  }
}

/** What has begun goes on by itself. */
function cancel(deployment: Deployment, nowMs: number): ArmResponse {
  if (isOver(deployment)) {
    const text = `The deployment '${deployment.scope.name}' cannot be cancelled because it is in the state '${deployment.state}'.`;
    throw new ArmError(409, "DeploymentCannotBeCancelled", text);
  }
  deployment.state = "Canceled";
  deployment.endMs = nowMs;
  deployment.error = { code: "DeploymentCanceled", message: "The deployment was cancelled." };
  return { status: 204 };
}

/** The answer is at the Location a moment later. */
function accepted({ world, operations }: DeploymentsOptions, request: ArmRequest, body: unknown): ArmResponse {
  const where = { provider: "Microsoft.Resources", location: "", kind: "", subscription: request.subscription };
  const operation = operations.start({ ...where, result: () => body });
  world.clock.after(platformMs(world, 1), () => operations.succeed(operation));
  return { status: 202, headers: operationHeaders(world, operation, request, { location: true }) };
}

function statusOf({ world }: DeploymentsOptions, deployment: Deployment, request: ArmRequest): ArmResponse {
  const { state, error } = deployment;
  const wait = isOver(deployment) ? {} : { "retry-after": retryAfter(world, 15, request.headers["user-agent"]) };
  return { status: 200, headers: wait, body: { status: state, ...(error ? { error } : {}) } };
}

function operationsOf({ world }: DeploymentsOptions, deployment: Deployment, id: string | undefined): ArmResponse {
  const shown = deployment.steps.filter(({ state }) => state !== "waiting");
  const now = world.clock.now();
  if (id === undefined)
    return { status: 200, body: { value: shown.map((step) => operationBody(deployment, step, now)) } };
  const step = shown.find(({ operationId }) => operationId.toLowerCase() === id.toLowerCase());
  if (!step)
    throw new ArmError(404, "DeploymentOperationNotFound", `The deployment operation '${id}' could not be found.`);
  return { status: 200, body: operationBody(deployment, step, now) };
}

function engineOf({ world, operations, send, resourcesAt }: DeploymentsOptions, { baseUrl }: ArmRequest): Engine {
  return { world, operations, send: send(baseUrl), resourcesAt };
}

function existing(deployments: Deployments, scope: DeploymentScope): Deployment {
  const deployment = deployments.get(deploymentId(scope));
  if (deployment) return deployment;
  throw new ArmError(404, "DeploymentNotFound", `Deployment '${scope.name}' could not be found.`);
}
