import { checkExpression } from "../../cel/compile.ts";
import { requestLimitBytes, type SizedType, sizedType } from "../../cel/cost/sizes.ts";
import { checkingEnvironment } from "../../cel/environment.ts";
import { declareType } from "../../cel/schema-types.ts";
import { isRecord, type JsonRecord, listAt, numberAt, recordAt, textAt } from "../../json.ts";
import { childPath, type FieldError, invalidValue, itemPath } from "../field-errors.ts";
import { RuleCosts } from "./rule-costs.ts";

/**
 * The expressions of a schema that is otherwise in order, compiled against the types that it gives them, and what they
 * may cost (apiextensions: pkg/apis/apiextensions/validation/validation.go).
 */
export function validateExpressions(schema: JsonRecord, path: string): readonly FieldError[] {
  const costs = new RuleCosts();
  const errors = validateNode({ schema, path, uncorrelated: undefined, isRoot: true, times: 1, costs });
  return [...errors, ...costs.errors(path)];
}

interface Place {
  readonly schema: JsonRecord;
  readonly path: string;
  /** Within this list nothing can be told to be what it was. */
  readonly uncorrelated: string | undefined;
  readonly isRoot: boolean;
  /** How often it can occur in an object. Undefined: as often as fits into a request. */
  readonly times: number | undefined;
  readonly costs: RuleCosts;
}

function validateNode(place: Place): readonly FieldError[] {
  const { schema, path } = place;
  const isKeyed = schema["x-kubernetes-list-type"] === "map";
  const times = timesWithin(schema, place.times);
  const inner = (of: unknown, at: string, uncorrelated = place.uncorrelated): readonly FieldError[] =>
    isRecord(of) ? validateNode({ ...place, schema: of, path: at, uncorrelated, isRoot: false, times }) : [];
  return [
    ...inner(schema["additionalProperties"], `${path}.additionalProperties`),
    ...Object.entries(recordAt(schema, "properties")).flatMap(([name, of]) => inner(of, `${path}.properties[${name}]`)),
    ...inner(schema["items"], `${path}.items`, place.uncorrelated ?? (isKeyed ? undefined : path)),
    ...listAt(schema, "x-kubernetes-validations").flatMap((rule, index) =>
      validateRule(recordAt(rule), itemPath(`${path}.x-kubernetes-validations`, index), place),
    ),
  ];
}

function timesWithin(schema: JsonRecord, times: number | undefined): number | undefined {
  const isList = schema["type"] === "array";
  const isMap = schema["type"] === "object" && isRecord(schema["additionalProperties"]);
  if (!isList && !isMap) return times;
  const most = numberAt(schema, isList ? "maxItems" : "maxProperties");
  return most === undefined || times === undefined ? undefined : times * Math.max(0, most);
}

/** Of a type as often as it can occur. */
function totalCost(cost: number, times: number | undefined, { minBytes }: SizedType): number {
  return cost * (times ?? Math.floor(requestLimitBytes / (minBytes + 1)));
}

function validateRule(rule: JsonRecord, path: string, place: Place): readonly FieldError[] {
  const { schema, uncorrelated, isRoot } = place;
  const environment = checkingEnvironment();
  const type = declareType(environment, schema, "selfType", isRoot) ?? "dyn";
  const isOptional = rule["optionalOldSelf"] === true;
  environment.registerVariable("self", type).registerVariable("oldSelf", isOptional ? `optional<${type}>` : type);
  const expression = textAt(rule, "rule") ?? "";
  const checked = checkExpression(environment, expression);
  if (checked.kind === "refused") {
    const refused = asRule(childPath(path, "rule"), rule, `compilation failed: ${checked.message}`);
    return [refused, ...validateOld(rule, path, false, undefined)];
  }
  const self = sizedType(schema, isRoot);
  const cost = checked.type === "bool" && self ? totalCost(checked.costOf(self), place.times, self) : 0;
  return [
    ...place.costs.observe(childPath(path, "rule"), "estimated rule cost", cost),
    ...(checked.type === "bool"
      ? []
      : [asRule(childPath(path, "rule"), rule, "cel expression must evaluate to a bool")]),
    ...(checked.type === "bool" ? validateMessage(environment, rule, path, place, self) : []),
    ...validateOld(rule, path, checked.uses.has("oldSelf"), uncorrelated),
  ];
}

function validateMessage(
  environment: ReturnType<typeof checkingEnvironment>,
  rule: JsonRecord,
  place: string,
  { costs }: Place,
  self: SizedType | undefined,
): readonly FieldError[] {
  const path = childPath(place, "messageExpression");
  const expression = textAt(rule, "messageExpression") ?? "";
  if (expression === "") return [];
  const checked = checkExpression(environment, expression);
  if (checked.kind === "refused")
    return [asRule(path, rule, `messageExpression compilation failed: ${checked.message}`)];
  if (checked.type !== "string") return [asRule(path, rule, "messageExpression must evaluate to a string")];
  return costs.observe(path, "estimated messageExpression cost", self ? checked.costOf(self) : 0);
}

function validateOld(
  rule: JsonRecord,
  path: string,
  usesOld: boolean,
  uncorrelated: string | undefined,
): readonly FieldError[] {
  const { optionalOldSelf } = rule;
  if (!usesOld) {
    const why = "may not be set if oldSelf is not used in rule";
    return optionalOldSelf === undefined
      ? []
      : [invalidValue(childPath(path, "optionalOldSelf"), optionalOldSelf, why)];
  }
  if (uncorrelated === undefined) return [];
  const why = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelated}`;
  return [invalidValue(childPath(path, "rule"), rule["rule"], why)];
}

/** A rule as Go shows it. */
function asRule(field: string, rule: JsonRecord, detail: string): FieldError {
  const shown = {
    Rule: rule["rule"] ?? "",
    Message: rule["message"] ?? "",
    MessageExpression: rule["messageExpression"] ?? "",
    Reason: rule["reason"] ?? null,
    FieldPath: rule["fieldPath"] ?? "",
    OptionalOldSelf: rule["optionalOldSelf"] ?? null,
  };
  const text = JSON.stringify(shown).replaceAll(/[<>&]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);
  return { field, reason: "FieldValueInvalid", message: `Invalid value: ${text}: ${detail}` };
}
