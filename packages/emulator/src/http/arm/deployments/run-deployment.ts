import type { Operations } from "../../../world/arm/operations.ts";
import type { ArmError, ArmRequest, ArmResponse } from "../../../world/arm/provider.ts";
import { platformMs, type World } from "../../../world/world.ts";
import { type Deployment, isOver, type Step } from "./deployment.ts";
import { evaluate, type Surroundings } from "./evaluate.ts";
import { isObject, textOf } from "./functions.ts";
import { shownType } from "./parameters.ts";
import { ExpressionProblem } from "./problem.ts";
import { type Resources, surroundingsOf } from "./surroundings.ts";
import type { Plan, PlannedResource } from "./template.ts";

/** A call of Azure Resource Manager from inside: with the rights of the deployment's caller, and uncounted. */
export type Send = (method: ArmRequest["method"], path: string, apiVersion: string, body?: unknown) => ArmResponse;

export interface Engine {
  readonly world: World;
  readonly operations: Operations;
  readonly send: Send;
  /** Ids of what stands in the deployment's group, for those that are to be complete. */
  resourcesAt(scopeId: string): readonly string[];
}

/** How often a deployment looks how far its resources are, in seconds of real Azure. */
const lookAgainSeconds = 5;

/** Puts resources in the order of their dependencies, as many at a time as can go. Ends by itself. */
export function runDeployment(engine: Engine, deployment: Deployment): void {
  const again = (): void => {
    engine.world.clock.after(platformMs(engine.world, lookAgainSeconds), () => {
      if (isOver(deployment)) return;
      step(engine, deployment);
      if (!isOver(deployment)) again();
    });
  };
  again();
}

function step(engine: Engine, deployment: Deployment): void {
  deployment.state = "Running";
  for (const one of deployment.steps) if (one.state === "running") look(engine, one);
  const hasFailed = deployment.steps.some(({ state }) => state === "failed");
  const done = new Set(
    deployment.steps.filter(({ state }) => state === "succeeded").map(({ resource }) => resource.id),
  );
  for (const one of deployment.steps) {
    if (one.state !== "waiting" || hasFailed) continue;
    if (one.resource.dependsOn.every((id) => done.has(id))) start(engine, deployment, one);
  }
  const isBusy = deployment.steps.some(({ state }) => state === "running" || (state === "waiting" && !hasFailed));
  if (!isBusy) finish(engine, deployment);
}

function start(engine: Engine, deployment: Deployment, one: Step): void {
  const { resource } = one;
  const now = engine.world.clock.now();
  one.startMs = now;
  try {
    if (resource.isExisting) return end(one, now);
    const body = bodyOf(resource, surroundings(engine, deployment));
    one.answer = engine.send("PUT", resource.id, resource.apiVersion, body);
  } catch (error) {
    if (!(error instanceof ExpressionProblem)) throw error;
    return end(one, now, { code: "InvalidTemplate", message: error.message });
  }
  if (one.answer.status >= 300) return end(one, now, errorOf(one.answer));
  one.state = "running";
  look(engine, one);
}

function end(one: Step, nowMs: number, error?: Step["error"]): void {
  one.state = error ? "failed" : "succeeded";
  one.endMs = nowMs;
  one.error = error;
}

/** A write that takes its time has an operation; a deployment inside has a state of its own. */
function look({ world, operations, send }: Engine, one: Step): void {
  const { answer, resource } = one;
  const url = answer?.headers?.["azure-asyncoperation"] ?? answer?.headers?.["location"];
  if (url === undefined) return end(one, world.clock.now());
  if (resource.type.toLowerCase() === "microsoft.resources/deployments") {
    const { properties } = (send("GET", resource.id, resource.apiVersion).body ?? {}) as { properties?: Inner };
    if (properties?.provisioningState === "Succeeded") return end(one, world.clock.now());
    if (properties?.provisioningState === "Failed") return end(one, world.clock.now(), properties.error);
    return undefined;
  }
  const id = /\/([^/?]+)(\?|$)/.exec(url)?.[1] ?? "";
  const status = operations.get(decodeURIComponent(id))?.status;
  if (status === undefined || status.kind === "succeeded") return end(one, world.clock.now());
  if (status.kind !== "running") return end(one, world.clock.now(), status.error);
  return undefined;
}

interface Inner {
  readonly provisioningState?: string;
  readonly error?: Step["error"];
}

function finish(engine: Engine, deployment: Deployment): void {
  const failed = deployment.steps.filter(({ state }) => state === "failed");
  deployment.endMs = engine.world.clock.now();
  if (failed.length > 0) return fail(deployment, failed);
  try {
    deployment.outputs = outputsOf(deployment.template, surroundings(engine, deployment));
    if (deployment.mode === "Complete") removeOthers(engine, deployment);
    deployment.state = "Succeeded";
  } catch (error) {
    if (!(error instanceof ExpressionProblem)) throw error;
    const message = `The template output is not valid: ${error.message}. Please see https://aka.ms/arm-syntax-outputs for usage details.`;
    deployment.state = "Failed";
    deployment.error = { code: "DeploymentOutputEvaluationFailed", message };
  }
}

function fail(deployment: Deployment, failed: readonly Step[]): void {
  deployment.state = "Failed";
  deployment.error = {
    code: "DeploymentFailed",
    message:
      "At least one resource deployment operation failed. Please list deployment operations for details. Please see https://aka.ms/arm-deployment-operations for usage details.",
    details: failed.map(({ error, resource }) => ({ ...error, target: resource.id })),
  };
}

/** Mode Complete: what the template does not name goes. */
function removeOthers({ send, resourcesAt }: Engine, { scope, steps }: Deployment): void {
  if (!scope.group) return;
  const named = new Set(steps.map(({ resource }) => resource.id.toLowerCase()));
  const others = resourcesAt(`/subscriptions/${scope.subscription}/resourceGroups/${scope.group.name}`);
  for (const id of others) if (!named.has(id.toLowerCase())) send("DELETE", id, "");
}

function surroundings(engine: Engine, deployment: Deployment): Surroundings {
  const { scope, template, parameters, plan } = deployment;
  return surroundingsOf(scope, template, parameters, resourcesOf(engine, plan));
}

export function resourcesOf({ send }: Pick<Engine, "send">, plan: Plan): Resources {
  const at = (nameOrId: string, apiVersion: string | undefined): readonly [string, string] => {
    const planned = plan.find(nameOrId);
    return [planned?.id ?? nameOrId, apiVersion ?? planned?.apiVersion ?? ""];
  };
  return {
    get(nameOrId, apiVersion) {
      const answer = send("GET", ...at(nameOrId, apiVersion));
      if (answer.status === 200 && isObject(answer.body)) return answer.body;
      const { code, message } = errorOf(answer);
      throw new ExpressionProblem(`The resource '${nameOrId}' could not be read (${code}): ${message}`);
    },
    list(action, nameOrId, apiVersion, body) {
      const [id, version] = at(nameOrId, apiVersion);
      const answer = send("POST", `${id}/${action}`, version, body);
      if (answer.status === 200) return answer.body;
      const { code, message } = errorOf(answer);
      throw new ExpressionProblem(`'${action}' of the resource '${nameOrId}' failed (${code}): ${message}`);
    },
  };
}

/** Members that say how a resource is deployed, not what it is like. */
const deployWords = [
  "type",
  "name",
  "apiVersion",
  "dependsOn",
  "condition",
  "copy",
  "comments",
  "scope",
  "resources",
  "existing",
];

/** The PUT's body. A template within keeps its expressions, unless it wants those of the outer one. */
export function bodyOf(resource: PlannedResource, base: Surroundings): Record<string, unknown> {
  const around = resource.around(base);
  const isDeployment = resource.type.toLowerCase() === "microsoft.resources/deployments";
  const words = isDeployment ? [...deployWords, "resourceGroup", "subscriptionId"] : deployWords;
  const own = Object.fromEntries(Object.entries(resource.raw).filter(([name]) => !words.includes(name)));
  const { properties } = own;
  if (!isDeployment || !isObject(properties)) return evaluate(own, around) as Record<string, unknown>;
  const { template, expressionEvaluationOptions: options, ...rest } = properties;
  const isInner = isObject(options) && String(options["scope"]).toLowerCase() === "inner";
  const shown = isInner ? template : evaluate(template, around);
  return {
    ...(evaluate({ ...own, properties: rest }, around) as object),
    properties: { ...(evaluate(rest, around) as object), template: shown },
  };
}

function outputsOf(template: Readonly<Record<string, unknown>>, around: Surroundings): Record<string, unknown> {
  const declared = isObject(template["outputs"]) ? template["outputs"] : {};
  const outputs: Record<string, unknown> = {};
  for (const [name, output] of Object.entries(declared)) {
    if (!isObject(output)) continue;
    if (output["condition"] !== undefined && evaluate(output["condition"], around) !== true) continue;
    const type = textOf(output["type"]);
    const copy = isObject(output["copy"]) ? { copy: [{ ...output["copy"], name: "value" }] } : undefined;
    const value = copy ? (evaluate(copy, around) as { value: unknown }).value : evaluate(output["value"], around);
    outputs[name] = /^secure/i.test(type) ? { type: shownType(type) } : { type: shownType(type), value };
  }
  return outputs;
}

function errorOf({ status, body }: ArmResponse): { readonly code: string; readonly message: string } {
  const error = isObject(body) ? (isObject(body["error"]) ? body["error"] : body) : {};
  const { code, message } = error as Partial<Pick<ArmError, "code" | "message">>;
  return { code: code ?? String(status), message: message ?? "" };
}
