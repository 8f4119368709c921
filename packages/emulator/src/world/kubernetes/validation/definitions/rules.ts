import { checkExpression } from "../../cel/compile.ts";
import { checkingEnvironment } from "../../cel/environment.ts";
import { declareType } from "../../cel/schema-types.ts";
import { isRecord, type JsonRecord, listAt, recordAt, textAt } from "../../json.ts";
import { childPath, type FieldError, invalidValue, itemPath } from "../field-errors.ts";

/**
 * The expressions of a schema that is otherwise in order, compiled against the types that it gives them. What they may
 * cost is not estimated (apiextensions: pkg/apis/apiextensions/validation/validation.go).
 */
export function validateExpressions(schema: JsonRecord, path: string): readonly FieldError[] {
  return validateNode({ schema, path, uncorrelated: undefined, isRoot: true });
}

interface Place {
  readonly schema: JsonRecord;
  readonly path: string;
  /** Within this list nothing can be told to be what it was. */
  readonly uncorrelated: string | undefined;
  readonly isRoot: boolean;
}

function validateNode(place: Place): readonly FieldError[] {
  const { schema, path } = place;
  const isKeyed = schema["x-kubernetes-list-type"] === "map";
  const inner = (of: unknown, at: string, uncorrelated = place.uncorrelated): readonly FieldError[] =>
    isRecord(of) ? validateNode({ schema: of, path: at, uncorrelated, isRoot: false }) : [];
  return [
    ...inner(schema["additionalProperties"], `${path}.additionalProperties`),
    ...Object.entries(recordAt(schema, "properties")).flatMap(([name, of]) => inner(of, `${path}.properties[${name}]`)),
    ...inner(schema["items"], `${path}.items`, place.uncorrelated ?? (isKeyed ? undefined : path)),
    ...listAt(schema, "x-kubernetes-validations").flatMap((rule, index) =>
      validateRule(recordAt(rule), itemPath(`${path}.x-kubernetes-validations`, index), place),
    ),
  ];
}

function validateRule(rule: JsonRecord, path: string, { schema, uncorrelated, isRoot }: Place): readonly FieldError[] {
  const environment = checkingEnvironment();
  const type = declareType(environment, schema, "selfType", isRoot) ?? "dyn";
  const isOptional = rule["optionalOldSelf"] === true;
  environment.registerVariable("self", type).registerVariable("oldSelf", isOptional ? `optional<${type}>` : type);
  const expression = textAt(rule, "rule") ?? "";
  const checked = checkExpression(environment, expression);
  if (checked.kind === "refused") {
    return [asRule(childPath(path, "rule"), rule, `compilation failed: ${checked.message}`)];
  }
  return [
    ...(checked.type === "bool"
      ? []
      : [asRule(childPath(path, "rule"), rule, "cel expression must evaluate to a bool")]),
    ...(checked.type === "bool" ? validateMessage(environment, rule, childPath(path, "messageExpression")) : []),
    ...validateOld(rule, path, checked.uses.has("oldSelf"), uncorrelated),
  ];
}

function validateMessage(
  environment: ReturnType<typeof checkingEnvironment>,
  rule: JsonRecord,
  path: string,
): readonly FieldError[] {
  const expression = textAt(rule, "messageExpression") ?? "";
  if (expression === "") return [];
  const checked = checkExpression(environment, expression);
  if (checked.kind === "refused")
    return [asRule(path, rule, `messageExpression compilation failed: ${checked.message}`)];
  return checked.type === "string" ? [] : [asRule(path, rule, "messageExpression must evaluate to a string")];
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
