import { evaluate, type Surroundings } from "./evaluate.ts";
import { expressionIn } from "./expression.ts";
import { isObject } from "./functions.ts";
import { templateViolation } from "./problem.ts";

/** A parameter of a template with the value that it has in a deployment. */
export interface Parameter {
  /** As the template writes it: `string`, `secureString`, `int` … */
  readonly type: string;
  readonly value: unknown;
}

export type Parameters = ReadonlyMap<string, Parameter>;

/** Values, or the defaults of what none is given for. Throws `ArmError` in the words of the template's validation. */
export function readParameters(
  template: Readonly<Record<string, unknown>>,
  given: unknown,
  around: Surroundings,
): Parameters {
  const declared = isObject(template["parameters"]) ? template["parameters"] : {};
  const values = isObject(given) ? given : {};
  refuseUnknown(Object.keys(values), Object.keys(declared));
  const parameters = new Map<string, Parameter>();
  // Defaults may name other parameters, in whatever order.
  const pending = new Set<string>();
  const valueOf = (name: string): Parameter => {
    const known = parameters.get(name.toLowerCase());
    if (known) return known;
    const key = Object.keys(declared).find((one) => one.toLowerCase() === name.toLowerCase());
    const rules = key === undefined ? undefined : declared[key];
    if (key === undefined || !isObject(rules) || pending.has(key)) throw unknownParameter(name);
    pending.add(key);
    const inside = { functions: { ...around.functions, parameters: (other: unknown) => valueOf(String(other)).value } };
    const parameter = readParameter(key, rules, givenValue(values, key), inside);
    parameters.set(key.toLowerCase(), parameter);
    return parameter;
  };
  for (const name of Object.keys(declared)) valueOf(name);
  return parameters;
}

export function unknownParameter(name: string): Error {
  return templateViolation(
    `The template parameter '${name}' is not found. Please see https://aka.ms/arm-syntax-parameters for usage details.`,
  );
}

function refuseUnknown(given: readonly string[], declared: readonly string[]): void {
  const lower = declared.map((name) => name.toLowerCase());
  const unknown = given.filter((name) => !lower.includes(name.toLowerCase()));
  if (unknown.length === 0) return;
  throw templateViolation(
    `The template parameters '${unknown.join(", ")}' in the parameters file are not valid; they are not present in the original template and can therefore not be provided at deployment time. The only supported parameters for this template are '${declared.join(", ")}'. Please see https://aka.ms/arm-pass-parameter-values for usage details.`,
  );
}

function givenValue(values: Readonly<Record<string, unknown>>, key: string): { readonly value: unknown } | undefined {
  const name = Object.keys(values).find((one) => one.toLowerCase() === key.toLowerCase());
  const entry = name === undefined ? undefined : values[name];
  if (!isObject(entry)) return undefined;
  if (entry["reference"] !== undefined) {
    throw templateViolation(`The parameter '${key}' refers to a key vault, and there is none that could be reached`);
  }
  return entry["value"] === undefined ? undefined : { value: entry["value"] };
}

function readParameter(
  name: string,
  rules: Readonly<Record<string, unknown>>,
  given: { readonly value: unknown } | undefined,
  around: Surroundings,
): Parameter {
  const type = String(rules["type"]);
  const isMissing = given === undefined && rules["defaultValue"] === undefined && rules["nullable"] !== true;
  if (isMissing) {
    const text = `The value for the template parameter '${name}' at line '1' and column '1' is not provided. Please see https://aka.ms/arm-create-parameter-file for usage details.`;
    throw templateViolation(text, `properties.template.parameters.${name}`);
  }
  const value = given ? given.value : evaluate(rules["defaultValue"] ?? null, around);
  checkType(type, value, rules["nullable"] === true);
  checkRules(name, rules, value);
  return { type, value };
}

const expected: Readonly<Record<string, readonly [shown: string, check: (value: unknown) => boolean]>> = {
  string: ["String, Uri", (value) => typeof value === "string"],
  securestring: ["String, Uri", (value) => typeof value === "string"],
  int: ["Integer", (value) => Number.isInteger(value)],
  bool: ["Boolean", (value) => typeof value === "boolean"],
  array: ["Array", (value) => Array.isArray(value)],
  object: ["Object", isObject],
  secureobject: ["Object", isObject],
};

function checkType(type: string, value: unknown, nullable: boolean): void {
  const rule = expected[type.toLowerCase()];
  // A type of the template's own is not looked into.
  if (!rule || rule[1](value) || (nullable && value === null)) return;
  // An expression is what stands for a value of any kind.
  if (typeof value === "string" && expressionIn(value) !== undefined) return;
  throw templateViolation(
    `Template parameter JToken type is not valid. Expected '${rule[0]}'. Actual '${kindOf(value)}'. Please see https://aka.ms/arm-create-parameter-file for usage details.`,
  );
}

function kindOf(value: unknown): string {
  if (value === null) return "Null";
  if (Array.isArray(value)) return "Array";
  if (typeof value === "number") return Number.isInteger(value) ? "Integer" : "Float";
  const text = typeof value;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function checkRules(name: string, rules: Readonly<Record<string, unknown>>, value: unknown): void {
  const invalid = (why: string): Error =>
    templateViolation(`The provided value for the template parameter '${name}' is not valid. ${why}`);
  const { allowedValues, minValue, maxValue, minLength, maxLength } = rules;
  if (Array.isArray(allowedValues) && !Array.isArray(value) && !allowedValues.includes(value)) {
    const text = `The value '${String(value)}' is not part of the allowed value(s): '${allowedValues.join(",")}'`;
    throw invalid(`${text}. Please see https://aka.ms/arm-create-parameter-file for usage details.`);
  }
  if (typeof value === "number") {
    if (typeof minValue === "number" && value < minValue) throw invalid(`The value must be at least ${minValue}`);
    if (typeof maxValue === "number" && value > maxValue) throw invalid(`The value must be at most ${maxValue}`);
  }
  if (typeof value === "string" || Array.isArray(value)) {
    const { length } = value;
    if (typeof minLength === "number" && length < minLength) {
      throw invalid(`Length of the value should be greater than or equal to '${minLength}'`);
    }
    if (typeof maxLength === "number" && length > maxLength) {
      throw invalid(`Length of the value should be less than or equal to '${maxLength}'`);
    }
  }
}

/** As a deployment shows them: types in .NET's spelling, and no value of what is secret. */
export function shownParameters(parameters: Parameters, declared: unknown): Record<string, unknown> {
  const names = isObject(declared) ? Object.keys(declared) : [];
  return Object.fromEntries(
    names.flatMap((name) => {
      const parameter = parameters.get(name.toLowerCase());
      if (!parameter) return [];
      const isSecret = parameter.type.toLowerCase().startsWith("secure");
      return [
        [
          name,
          isSecret ? { type: shownType(parameter.type) } : { type: shownType(parameter.type), value: parameter.value },
        ],
      ];
    }),
  );
}

export function shownType(type: string): string {
  const spellings = ["String", "SecureString", "Int", "Bool", "Array", "Object", "SecureObject"];
  return spellings.find((spelling) => spelling.toLowerCase() === type.toLowerCase()) ?? type;
}
