import { evaluate, type Surroundings } from "./evaluate.ts";
import { isObject, stringOf, textOf } from "./functions.ts";
import { type Parameters, unknownParameter } from "./parameters.ts";
import { ExpressionProblem, NotYetKnown, templateViolation } from "./problem.ts";

/** Where a deployment is made, and what its expressions can ask about that. */
export interface DeploymentScope {
  readonly subscription: string;
  /** Undefined: the subscription itself. */
  readonly group: GroupFacts | undefined;
  readonly tenantId: string;
  readonly name: string;
  /** As ARM shows a deployment's beginning. */
  readonly nowMs: number;
  readonly newGuid: () => string;
  readonly armUrl: string;
}

interface GroupFacts {
  readonly name: string;
  readonly location: string;
  readonly tags: Readonly<Record<string, string>> | undefined;
}

/** What is there while the deployment runs. */
export interface Resources {
  /** The body of a resource of the template by its name, or of any by its id. */
  get(nameOrId: string, apiVersion: string | undefined): Record<string, unknown>;
  /** What an action such as `listKeys` answers. */
  list(action: string, nameOrId: string, apiVersion: string, body: unknown): unknown;
}

/** Functions of the place, of the parameters and of the variables. `resources` is undefined while nothing is made yet. */
export function surroundingsOf(
  scope: DeploymentScope,
  template: Readonly<Record<string, unknown>>,
  parameters: Parameters,
  resources: Resources | undefined,
): Surroundings {
  const known = (): Resources => {
    if (resources) return resources;
    throw new NotYetKnown();
  };
  const around: Surroundings = {
    functions: {
      ...placeFunctions(scope, template),
      parameters(name) {
        const parameter = parameters.get(textOf(name).toLowerCase());
        if (!parameter) throw unknownParameter(textOf(name));
        return parameter.value;
      },
      variables: variablesOf(template, () => around),
      reference(nameOrId, apiVersion, full) {
        const body = known().get(
          stringOf("reference", nameOrId),
          apiVersion === undefined ? undefined : textOf(apiVersion),
        );
        return textOf(full).toLowerCase() === "full" ? body : body["properties"];
      },
      "list*": (action, nameOrId, apiVersion, body) =>
        known().list(textOf(action), stringOf("list", nameOrId), textOf(apiVersion), body),
    },
  };
  return around;
}

/** Evaluated when they are asked for; one that asks for itself is refused. */
function variablesOf(
  template: Readonly<Record<string, unknown>>,
  around: () => Surroundings,
): (name: unknown) => unknown {
  const declared = isObject(template["variables"]) ? template["variables"] : {};
  const loops = Array.isArray(declared["copy"]) ? declared["copy"].filter(isObject) : [];
  const values = new Map<string, unknown>();
  const pending = new Set<string>();
  return (name) => {
    const key = textOf(name).toLowerCase();
    if (values.has(key)) return values.get(key);
    const declaredName = Object.keys(declared).find((one) => one.toLowerCase() === key && one !== "copy");
    const loop = loops.find((one) => String(one["name"]).toLowerCase() === key);
    if ((declaredName === undefined && !loop) || pending.has(key)) {
      const text = `The template variable '${textOf(name)}' is not found. Please see https://aka.ms/arm-syntax-variables for usage details.`;
      throw templateViolation(text);
    }
    pending.add(key);
    const value = loop
      ? (evaluate({ copy: [loop] }, around()) as Record<string, unknown>)[String(loop["name"])]
      : evaluate(declared[declaredName ?? ""], around());
    pending.delete(key);
    values.set(key, value);
    return value;
  };
}

/** Source: ARM templates, functions of scopes and of deployments. */
function placeFunctions(
  scope: DeploymentScope,
  template: Readonly<Record<string, unknown>>,
): Surroundings["functions"] {
  const { subscription, group, tenantId } = scope;
  const subscriptionId = `/subscriptions/${subscription}`;
  return {
    resourcegroup(name) {
      if (name !== undefined) return { name, id: `${subscriptionId}/resourceGroups/${textOf(name)}` };
      if (!group)
        throw new ExpressionProblem("The template function 'resourceGroup' is not expected at this location.");
      const { tags, location } = group;
      const id = `${subscriptionId}/resourceGroups/${group.name}`;
      const type = "Microsoft.Resources/resourceGroups";
      return {
        id,
        name: group.name,
        type,
        location,
        ...(tags ? { tags } : {}),
        properties: { provisioningState: "Succeeded" },
      };
    },
    subscription: () => ({
      id: subscriptionId,
      subscriptionId: subscription,
      tenantId,
      displayName: "Fairway embedded Azure",
    }),
    tenant: () => ({ tenantId, countryCode: "DE", displayName: "Fairway" }),
    deployment: () => ({
      name: scope.name,
      properties: {
        mode: "Incremental",
        provisioningState: "Accepted",
        template: { contentVersion: template["contentVersion"] },
      },
    }),
    environment: () => ({
      name: "AzureCloud",
      resourceManager: scope.armUrl,
      suffixes: { storage: "core.windows.net" },
    }),
    newguid: () => scope.newGuid(),
    utcnow: (form) => utcNow(scope.nowMs, form),
    copyindex: () => {
      throw new ExpressionProblem(
        "The template function 'copyIndex' is not expected at this location. The function can only be used in a resource with copy specified.",
      );
    },
    resourceid: (...args) => resourceId(scopePrefix(scope), args.map(String)),
    subscriptionresourceid: (...args) => resourceId(subscriptionId, args.map(String)),
    tenantresourceid: (...args) => resourceId("", args.map(String)),
    extensionresourceid: (base, ...args) => resourceId(String(base), args.map(String)),
  };
}

export function scopePrefix({ subscription, group }: Pick<DeploymentScope, "subscription" | "group">): string {
  return `/subscriptions/${subscription}${group ? `/resourceGroups/${group.name}` : ""}`;
}

/** `[subscription,] [group,] type, names…`: the type is the first that has a slash. */
function resourceId(prefix: string, args: readonly string[]): string {
  const at = args.findIndex((arg) => arg.includes("/"));
  const [type = "", ...names] = args.slice(at);
  const types = typePath(type, names.join("/"));
  if (at < 0 || !types) {
    throw new ExpressionProblem(
      "Unable to evaluate template language function 'resourceId': the type requires as many resource name arguments as it has segments below its provider.",
    );
  }
  const [first, second] = args.slice(0, at);
  return `${placeOf(prefix, first, second)}/providers/${types}`;
}

function placeOf(prefix: string, first: string | undefined, second: string | undefined): string {
  if (first === undefined) return prefix;
  const [subscription, group] =
    second === undefined ? [/\/subscriptions\/([^/]+)/.exec(prefix)?.[1], first] : [first, second];
  return `/subscriptions/${subscription ?? ""}/resourceGroups/${group}`;
}

/** `Microsoft.A/b/c` and `x/y` to `Microsoft.A/b/x/c/y`; undefined when their lengths do not fit. */
export function typePath(type: string, name: string): string | undefined {
  const [namespace = "", ...types] = type.split("/").filter((part) => part !== "");
  const names = name.split("/");
  if (types.length === 0 || types.length !== names.length) return undefined;
  return [namespace, ...types.flatMap((part, index) => [part, names[index] ?? ""])].join("/");
}

/** `yyyyMMddTHHmmssZ`, or as the form says in the letters of .NET. */
function utcNow(nowMs: number, form: unknown): string {
  const iso = new Date(nowMs).toISOString();
  if (form === undefined) return `${iso.slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
  const parts: Readonly<Record<string, string>> = {
    yyyy: iso.slice(0, 4),
    MM: iso.slice(5, 7),
    dd: iso.slice(8, 10),
    HH: iso.slice(11, 13),
    mm: iso.slice(14, 16),
    ss: iso.slice(17, 19),
  };
  if (form === "u") return `${iso.slice(0, 19).replace("T", " ")}Z`;
  return textOf(form).replaceAll(/yyyy|MM|dd|HH|mm|ss/g, (part) => parts[part] ?? part);
}
