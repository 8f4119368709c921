import type { ArmRequest } from "../../../world/arm/provider.ts";
import { ArmError } from "../../../world/arm/provider.ts";
import type { World } from "../../../world/world.ts";
import type { Deployment } from "./deployment.ts";
import { isObject } from "./functions.ts";
import { readParameters } from "./parameters.ts";
import { ExpressionProblem, NotYetKnown, templateViolation } from "./problem.ts";
import { bodyOf } from "./run-deployment.ts";
import { type DeploymentScope, surroundingsOf } from "./surroundings.ts";
import { type Plan, planTemplate } from "./template.ts";

/** A request's deployment, with everything checked that can be before it begins. Throws `ArmError`. */
export function readDeployment(
  request: ArmRequest,
  scope: DeploymentScope,
  world: World,
  namespaces: readonly string[],
): Deployment {
  const content = isObject(request.body) ? request.body : {};
  const properties = isObject(content["properties"]) ? content["properties"] : {};
  const template = templateOf(properties);
  const none = new Map();
  const place = surroundingsOf(scope, template, none, undefined);
  const parameters = inTemplate(() => readParameters(template, properties["parameters"], place));
  const around = surroundingsOf(scope, template, parameters, undefined);
  const plan = planTemplate(template, scope, around);
  checkBodies(plan, around);
  checkProviders(plan, scope, namespaces);
  const random = world.random.stream("arm/deployments");
  return {
    scope,
    location: scope.group ? undefined : locationOf(content["location"], scope.name),
    tags: content["tags"],
    mode: String(properties["mode"]).toLowerCase() === "complete" ? "Complete" : "Incremental",
    template,
    parameters,
    plan,
    correlationId: random.uuid(),
    statusId: random.text(20, "0123456789"),
    startMs: scope.nowMs,
    endMs: undefined,
    state: "Accepted",
    steps: plan.resources.map((resource) => ({
      resource,
      operationId: random.text(16, "0123456789ABCDEF"),
      state: "waiting",
      startMs: undefined,
      endMs: undefined,
      answer: undefined,
      error: undefined,
    })),
    outputs: undefined,
    error: undefined,
  };
}

function templateOf(properties: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { template, templateLink } = properties;
  if (isObject(template)) return template;
  if (isObject(templateLink)) {
    const from = String(templateLink["uri"] ?? templateLink["id"]);
    const text = `Unable to download deployment content from '${from}'. The tracking Id is not known. Please see https://aka.ms/arm-deploy for usage details.`;
    throw new ArmError(400, "InvalidContentLink", text);
  }
  const text = "The request content was invalid and could not be deserialized: 'The template is missing.'.";
  throw new ArmError(400, "InvalidRequestContent", text);
}

function locationOf(location: unknown, name: string): string {
  if (typeof location === "string") return location.replaceAll(" ", "").toLowerCase();
  const text = `The 'location' property must be specified for '${name}'. Please see https://aka.ms/deploy-to-subscription for usage details.`;
  throw new ArmError(400, "LocationRequired", text);
}

function inTemplate<Value>(evaluateIt: () => Value): Value {
  try {
    return evaluateIt();
  } catch (error) {
    if (!(error instanceof ExpressionProblem)) throw error;
    throw templateViolation(`Unable to process template language expressions: '${error.message}'`);
  }
}

/** What needs other resources to be there waits until they are. */
function checkBodies(plan: Plan, around: ReturnType<typeof surroundingsOf>): void {
  for (const resource of plan.resources) {
    try {
      bodyOf(resource, around);
    } catch (error) {
      if (error instanceof NotYetKnown) continue;
      if (!(error instanceof ExpressionProblem)) throw error;
      const text = `Unable to process template language expressions for resource '${resource.id}' at line '1' and column '1'. '${error.message}'`;
      throw new ArmError(400, "InvalidTemplate", text);
    }
    if (resource.apiVersion === "" && !resource.isExisting) {
      throw templateViolation(
        `The template resource '${resource.name}' at line '1' and column '1' is not valid. The api-version '' is not valid`,
      );
    }
  }
}

/** Providers that are not here are refused before anything is made. */
function checkProviders({ resources }: Plan, { name }: DeploymentScope, namespaces: readonly string[]): void {
  const unknown = resources.filter(({ type }) => !namespaces.includes((type.split("/", 1)[0] ?? "").toLowerCase()));
  if (unknown.length === 0) return;
  const details = unknown.map(({ id, type }) => ({
    code: "InvalidResourceNamespace",
    message: `The resource namespace '${type.split("/", 1)[0]}' is invalid.`,
    target: id,
  }));
  const text = `The template deployment '${name}' is not valid according to the validation procedure. The tracking id is not known. See inner errors for details.`;
  throw new ArmError(400, "InvalidTemplateDeployment", text, { extra: { details } });
}
