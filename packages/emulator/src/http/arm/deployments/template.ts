import { countOf, evaluate, iteration, type Surroundings } from "./evaluate.ts";
import { type Expression, expressionIn, parseExpression, SyntaxProblem } from "./expression.ts";
import { booleanOf, isObject, textOf } from "./functions.ts";
import { ExpressionProblem, NotYetKnown, templateViolation } from "./problem.ts";
import { type DeploymentScope, scopePrefix, typePath } from "./surroundings.ts";

/** A resource of a template, every loop unrolled and every name known. */
export interface PlannedResource {
  readonly id: string;
  readonly type: string;
  /** As many parts as the type has below its provider. */
  readonly name: string;
  readonly apiVersion: string;
  /** Names that other resources call it by: its symbolic name, its loop. In lower case. */
  readonly aliases: readonly string[];
  /** Is there already, and only asked. */
  readonly isExisting: boolean;
  readonly raw: Readonly<Record<string, unknown>>;
  /** The index of its loop, its template's parameters and so on. */
  around(base: Surroundings): Surroundings;
  /** Ids. */
  dependsOn: readonly string[];
}

export interface Plan {
  readonly resources: readonly PlannedResource[];
  /** By name or id, in any case; those whose condition is false too. */
  find(nameOrId: string): PlannedResource | undefined;
}

/** Takes a template's resources apart. Throws `ArmError` for what Azure refuses before it begins. */
export function planTemplate(
  template: Readonly<Record<string, unknown>>,
  scope: DeploymentScope,
  around: Surroundings,
): Plan {
  const found = resourcesIn(template["resources"]).flatMap((one) => unrolled(one, scope, around));
  const resources = found.filter(({ isDeployed }) => isDeployed).map(({ resource }) => resource);
  refuseTwins(resources);
  const all = found.map(({ resource }) => resource);
  const find = (nameOrId: string): PlannedResource | undefined => finding(all, nameOrId)[0];
  const deployed = new Set(resources.map(({ id }) => id.toLowerCase()));
  for (const resource of resources) {
    const needed = [...explicit(resource, all, around), ...referenced(resource, all, around)];
    resource.dependsOn = [...new Set(needed.map(({ id }) => id))].filter(
      (id) => id !== resource.id && deployed.has(id.toLowerCase()),
    );
  }
  refuseCircles(resources);
  return { resources, find };
}

interface RawResource {
  readonly raw: Readonly<Record<string, unknown>>;
  readonly symbol: string | undefined;
  /** Type and name of the resource that it is written in. */
  readonly parent: Readonly<Record<string, unknown>> | undefined;
}

/** A list, or an object of symbolic names. Those that are written in others follow them. */
function resourcesIn(value: unknown, parent?: Readonly<Record<string, unknown>>): RawResource[] {
  if (value === undefined && parent) return [];
  const entries: (readonly [string | undefined, unknown])[] = Array.isArray(value)
    ? value.map((one) => [undefined, one] as const)
    : isObject(value)
      ? Object.entries(value)
      : [];
  if (!Array.isArray(value) && !isObject(value)) {
    throw templateViolation(
      "The template resources are missing. Please see https://aka.ms/arm-syntax for usage details.",
      "properties.template.resources",
    );
  }
  return entries.flatMap(([symbol, raw]) => {
    if (!isObject(raw)) throw templateViolation("Template resource JToken type is not valid. Expected 'Object'");
    return [{ raw, symbol, parent }, ...(parent ? [] : resourcesIn(raw["resources"], raw))];
  });
}

function unrolled(
  one: RawResource,
  scope: DeploymentScope,
  around: Surroundings,
): { readonly resource: PlannedResource; readonly isDeployed: boolean }[] {
  const { copy } = one.raw;
  if (!isObject(copy)) return [planned(one, scope, (base) => base, around, [])];
  const name = String(copy["name"]);
  const count = inResource(one, () => countOf(copy["count"], around));
  return Array.from({ length: count }, (_, index) =>
    planned(one, scope, (base) => iteration(base, name, index), around, [name]),
  );
}

function planned(
  one: RawResource,
  scope: DeploymentScope,
  inside: (base: Surroundings) => Surroundings,
  base: Surroundings,
  loops: readonly string[],
): { readonly resource: PlannedResource; readonly isDeployed: boolean } {
  const { raw, symbol, parent } = one;
  const around = inside(base);
  return inResource(one, () => {
    const above = parent
      ? { type: `${String(parent["type"])}/`, name: `${textOf(evaluate(parent["name"], base))}/` }
      : { type: "", name: "" };
    const type = `${above.type}${String(raw["type"])}`;
    const name = `${above.name}${textOf(evaluate(raw["name"], around))}`;
    const isDeployed = raw["condition"] === undefined || booleanOf("condition", evaluate(raw["condition"], around));
    const resource: PlannedResource = {
      id: idOf(raw, type, name, scope, around),
      type,
      name,
      apiVersion: String(evaluate(raw["apiVersion"] ?? "", around)),
      aliases: [...(symbol === undefined ? [] : [symbol]), ...loops].map((alias) => alias.toLowerCase()),
      isExisting: raw["existing"] === true,
      raw,
      around: inside,
      dependsOn: [],
    };
    return { resource, isDeployed };
  });
}

function idOf(
  raw: Readonly<Record<string, unknown>>,
  type: string,
  name: string,
  scope: DeploymentScope,
  around: Surroundings,
): string {
  if (type.toLowerCase() === "microsoft.resources/resourcegroups") {
    return `/subscriptions/${scope.subscription}/resourceGroups/${name}`;
  }
  const path = typePath(type, name);
  if (path === undefined) {
    throw templateViolation(
      `The template resource '${name}' for type '${type}' at line '1' and column '1' has incorrect segment lengths. A nested resource type must have identical number of segments as its resource name. A root resource type must have segment length one greater than its resource name. Please see https://aka.ms/arm-syntax-resources for usage details.`,
    );
  }
  return `${placeOf(raw, scope, around)}/providers/${path}`;
}

function placeOf(raw: Readonly<Record<string, unknown>>, scope: DeploymentScope, around: Surroundings): string {
  const own = raw["scope"] === undefined ? undefined : textOf(evaluate(raw["scope"], around));
  if (own !== undefined) return own.startsWith("/") ? own.replace(/\/$/, "") : scopeById(own, scope);
  if (raw["resourceGroup"] !== undefined) {
    const subscription =
      raw["subscriptionId"] === undefined ? scope.subscription : textOf(evaluate(raw["subscriptionId"], around));
    return `/subscriptions/${subscription}/resourceGroups/${textOf(evaluate(raw["resourceGroup"], around))}`;
  }
  return scopePrefix(scope);
}

/** `Microsoft.A/b/name`: type and name of a resource beside it. */
function scopeById(own: string, scope: DeploymentScope): string {
  return `${scopePrefix(scope)}/providers/${own}`;
}

/** Problems of expressions say in which resource they are. */
export function inResource<Value>({ raw }: Pick<RawResource, "raw">, evaluateIt: () => Value): Value {
  try {
    return evaluateIt();
  } catch (error) {
    if (error instanceof NotYetKnown) {
      throw templateViolation(
        "The template function 'reference' is not expected at this location. Please see https://aka.ms/arm-functions for usage details.",
      );
    }
    if (!(error instanceof ExpressionProblem)) throw error;
    const name = String(raw["name"]);
    throw templateViolation(
      `Unable to process template language expressions for resource '${name}' at line '1' and column '1'. '${error.message}'`,
    );
  }
}

function explicit(resource: PlannedResource, all: readonly PlannedResource[], base: Surroundings): PlannedResource[] {
  const listed = resource.raw["dependsOn"];
  if (!Array.isArray(listed)) return [];
  return listed.flatMap((one) => {
    const wanted = inResource(resource, () => textOf(evaluate(one, resource.around(base))));
    const found = finding(all, wanted);
    if (found.length > 0) return found;
    throw templateViolation(
      `The resource '${wanted.replace(/^.*\/providers\//, "")}' is not defined in the template. Please see https://aka.ms/arm-syntax for usage details.`,
    );
  });
}

/** Who refers to a resource of the same template waits for it. */
function referenced(resource: PlannedResource, all: readonly PlannedResource[], base: Surroundings): PlannedResource[] {
  const around = resource.around(base);
  const isInner = isObject(resource.raw["properties"]) && resource.raw["properties"]["template"] !== undefined;
  const { dependsOn: _, resources: __, ...own } = resource.raw;
  const texts = textsIn(isInner ? { ...own, properties: { ...(own["properties"] as object), template: null } } : own);
  return texts
    .flatMap((text) => referencesIn(text))
    .flatMap((argument) => {
      try {
        return finding(all, textOf(evaluate(argument, around)));
      } catch {
        return [];
      }
    });
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return expressionIn(value) === undefined ? [] : [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** First arguments of `reference` and `list…`, as expressions again. */
function referencesIn(text: string): string[] {
  try {
    return firstArguments(parseExpression(expressionIn(text) ?? "")).map((argument) => `[${written(argument)}]`);
  } catch (error) {
    if (error instanceof SyntaxProblem) return [];
    throw error;
  }
}

function firstArguments(expression: Expression): Expression[] {
  switch (expression.kind) {
    case "value":
      return [];
    case "member":
      return [...firstArguments(expression.of), ...firstArguments(expression.key)];
    case "call": {
      const own = /^(reference|list\w+)$/i.test(expression.name) ? expression.args.slice(0, 1) : [];
      return [...own, ...expression.args.flatMap(firstArguments)];
    }
  }
}

function written(expression: Expression): string {
  switch (expression.kind) {
    case "value":
      return typeof expression.value === "number"
        ? String(expression.value)
        : `'${expression.value.replaceAll("'", "''")}'`;
    case "member":
      return `${written(expression.of)}[${written(expression.key)}]`;
    case "call":
      return `${expression.name}(${expression.args.map(written).join(", ")})`;
  }
}

function finding(all: readonly PlannedResource[], nameOrId: string): PlannedResource[] {
  const wanted = nameOrId.toLowerCase();
  const byAlias = all.filter(({ aliases }) => aliases.includes(wanted));
  if (byAlias.length > 0) return byAlias;
  return all.filter(
    ({ id, name, type }) =>
      id.toLowerCase() === wanted ||
      name.toLowerCase() === wanted ||
      id.toLowerCase().endsWith(`/providers/${wanted}`) ||
      // A group has an id that says nothing of its provider.
      wanted.endsWith(`/providers/microsoft.resources/resourcegroups/${name.toLowerCase()}`) ||
      `${type}/${name}`.toLowerCase() === wanted,
  );
}

function refuseTwins(resources: readonly PlannedResource[]): void {
  const ids = resources.map(({ id }) => id.toLowerCase());
  const twice = resources.find(({ id }, index) => ids.indexOf(id.toLowerCase()) !== index);
  if (!twice) return;
  const text = `The resource '${twice.type}/${twice.name}' at line '1' and column '1' is defined multiple times in a template. Please see https://aka.ms/arm-syntax-resources for usage details.`;
  throw templateViolation(text);
}

function refuseCircles(resources: readonly PlannedResource[]): void {
  const left = new Map(resources.map((resource) => [resource.id, resource]));
  for (;;) {
    const free = [...left.values()].filter(({ dependsOn }) => dependsOn.every((id) => !left.has(id)));
    if (free.length === 0) break;
    for (const { id } of free) left.delete(id);
  }
  const [first] = left.values();
  if (!first) return;
  const text = `Circular dependency detected on resource: '${first.id}'. Please see https://aka.ms/arm-syntax-resources for usage details.`;
  throw templateViolation(text);
}
