import { type FaultField, type FaultKind, type FaultParameters, faultDefinitions, faultKind } from "./kinds.ts";

/** What somebody asked for is no fault, or lacks something: `field` is the path of what is wrong, `hint` the way out. */
export class FaultError extends Error {
  readonly field: string;
  readonly hint: string;

  constructor(field: string, message: string, hint: string) {
    super(message);
    this.name = "FaultError";
    this.field = field;
    this.hint = hint;
  }
}

export type FaultSpec = {
  [Kind in FaultKind]: { readonly kind: Kind; readonly parameters: FaultParameters[Kind] };
}[FaultKind];

/** `{ kind, parameters }` as it came from outside. Throws `FaultError`. */
export function parseFault(input: unknown): FaultSpec {
  const { kind: name, parameters = {} } = objectAt("", input);
  const kind = typeof name === "string" ? faultKind(name) : undefined;
  if (kind === undefined) {
    const known = Object.keys(faultDefinitions).join(", ");
    throw new FaultError("kind", `There is no such fault: ${JSON.stringify(name)}.`, `Use one of ${known}.`);
  }
  const given = objectAt("parameters", parameters);
  const { fields } = faultDefinitions[kind];
  for (const name of Object.keys(given)) {
    if (fields[name]) continue;
    const known = Object.keys(fields).join(", ");
    throw new FaultError(`parameters.${name}`, `${kind} has no parameter ${name}.`, `Its parameters are ${known}.`);
  }
  for (const [name, field] of Object.entries(fields)) checkField(`parameters.${name}`, field, given[name]);
  const spec = { kind, parameters: given } as FaultSpec;
  if (spec.kind === "slow-start" && spec.parameters.delayMs === undefined && spec.parameters.env === undefined) {
    throw new FaultError("parameters", "slow-start without delayMs and env would do nothing.", "Give one of them.");
  }
  return spec;
}

function checkField(path: string, field: FaultField, value: unknown): void {
  if (value === undefined) {
    if (field.required) throw new FaultError(path, `${path} is missing.`, field.description);
    return;
  }
  const problem = problemOf(field, value);
  if (problem) throw new FaultError(path, `${path} must be ${problem}.`, field.description);
}

function problemOf(field: FaultField, value: unknown): string | undefined {
  switch (field.type) {
    case "text":
      if (typeof value !== "string" || value === "") return "a text that is not empty";
      return field.oneOf && !field.oneOf.includes(value) ? `one of ${field.oneOf.join(", ")}` : undefined;
    case "integer": {
      const fits = Number.isInteger(value) && Number(value) >= field.min && Number(value) <= field.max;
      return fits ? undefined : `an integer from ${field.min} to ${field.max}`;
    }
    case "texts by name":
      return isTexts(value) ? undefined : "an object whose values are texts";
  }
}

function isTexts(value: unknown): boolean {
  return isObject(value) && Object.values(value).every((item) => typeof item === "string");
}

function objectAt(path: string, value: unknown): Record<string, unknown> {
  if (isObject(value)) return value;
  const subject = path || "The body";
  throw new FaultError(path || "body", `${subject} must be an object.`, "Send { kind, parameters } as JSON.");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
