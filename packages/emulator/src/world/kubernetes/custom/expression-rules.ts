import { Optional } from "@marcbachmann/cel-js";
import { evaluate, type Variables } from "../cel/compile.ts";
import { errorText } from "../cel/errors.ts";
import { schemaValue } from "../cel/values.ts";
import { isRecord, type JsonRecord, listAt, recordAt, sameJson, scalarText, textAt } from "../json.ts";
import {
  childPath,
  type FieldError,
  forbiddenField,
  invalidValue,
  itemPath,
  omittedValue,
  required,
} from "../validation/field-errors.ts";

/** What the rules of a schema (`x-kubernetes-validations`) have against a value. */
export interface RuleJudgement {
  readonly errors: readonly FieldError[];
  /** About what was wrong before and is as it was: said, and taken. */
  readonly warnings: readonly FieldError[];
}

/** `old`: undefined for a new object. Rules and wording of apiextensions: pkg/apiserver/schema/cel/validation.go. */
export function judgeRules(schema: JsonRecord, value: unknown, old: unknown): RuleJudgement {
  const found: Found = { errors: [], warnings: [] };
  judge(found, { schema, value, old, isUnchanged: old !== undefined && sameJson(value, old), path: "", isRoot: true });
  return found;
}

/** Whether there are rules anywhere in a schema. */
export function hasRules(schema: JsonRecord): boolean {
  const inner = [
    ...Object.values(recordAt(schema, "properties")),
    schema["items"],
    schema["additionalProperties"],
    ...listAt(schema, "allOf"),
  ];
  return listAt(schema, "x-kubernetes-validations").length > 0 || inner.some((one) => isRecord(one) && hasRules(one));
}

interface Found {
  readonly errors: FieldError[];
  readonly warnings: FieldError[];
}

interface Place {
  readonly schema: JsonRecord;
  readonly value: unknown;
  /** Undefined where there was nothing, or nothing that could be told to be the same. */
  readonly old: unknown;
  readonly isUnchanged: boolean;
  readonly path: string;
  readonly isRoot: boolean;
}

function judge(found: Found, place: Place): void {
  const { schema, value } = place;
  if (value === null || value === undefined) return;
  for (const rule of listAt(schema, "x-kubernetes-validations")) applyRule(found, place, recordAt(rule));
  for (const part of listAt(schema, "allOf")) {
    if (isRecord(part)) judge(found, { ...place, schema: { ...schema, properties: {}, allOf: [], ...part } });
  }
  if (Array.isArray(value)) judgeItems(found, place, value);
  else if (isRecord(value)) judgeMembers(found, place, value);
}

function judgeItems(found: Found, place: Place, items: readonly unknown[]): void {
  const schema = recordAt(place.schema, "items");
  const isKeyed = place.schema["x-kubernetes-list-type"] === "map";
  const keys = listAt(place.schema, "x-kubernetes-list-map-keys").map(String);
  const before = isKeyed && Array.isArray(place.old) ? place.old : [];
  for (const [index, value] of items.entries()) {
    const old: unknown = before.find((one) => keys.every((key) => sameJson(recordAt(one)[key], recordAt(value)[key])));
    const isUnchanged = isKeyed ? old !== undefined && sameJson(value, old) : place.isUnchanged;
    judge(found, { schema, value, old, isUnchanged, path: itemPath(place.path, index), isRoot: false });
  }
}

function judgeMembers(found: Found, place: Place, members: JsonRecord): void {
  const { schema, path } = place;
  const properties = recordAt(schema, "properties");
  const values = schema["additionalProperties"];
  for (const [name, value] of Object.entries(members)) {
    const isProperty = Object.hasOwn(properties, name);
    const of = isProperty ? properties[name] : values;
    if (!isRecord(of)) continue;
    const old = recordAt(place.old)[name];
    const isUnchanged = old !== undefined && sameJson(value, old);
    const inner = isProperty ? childPath(path, name) : `${path}[${name}]`;
    judge(found, { schema: of, value, old, isUnchanged, path: inner, isRoot: false });
  }
}

function applyRule(found: Found, place: Place, rule: JsonRecord): void {
  const { schema, value, old, isUnchanged, path } = place;
  const expression = textAt(rule, "rule") ?? "";
  const usesOld = /\boldSelf\b/.test(expression);
  const isOptional = rule["optionalOldSelf"] === true;
  if (usesOld && old === undefined && !isOptional) return;
  try {
    const variables = variablesOf(place, isOptional);
    if (evaluate(expression, variables, isOptional ? "oldSelf" : undefined) === true) return;
    const error = errorFor(rule, fieldOf(`${path}${textAt(rule, "fieldPath") ?? ""}`), value, variables);
    (isUnchanged && !usesOld ? found.warnings : found.errors).push(error);
  } catch (error) {
    found.errors.push(invalidValue(fieldOf(path), typeOf(schema), failureText(errorText(error), rule)));
  }
}

function variablesOf({ schema, value, old, isRoot }: Place, isOptional: boolean): Variables {
  const self = schemaValue(schema, value, isRoot);
  const before = old === undefined ? undefined : schemaValue(schema, old, isRoot);
  if (!isOptional) return { self, oldSelf: before };
  return { self, oldSelf: before === undefined ? Optional.none() : Optional.of(before) };
}

/** Of the whole object there is no path. */
function fieldOf(path: string): string {
  return path === "" ? "<nil>" : path.replace(/^\./, "");
}

function typeOf(schema: JsonRecord): string {
  return textAt(schema, "type") ?? "";
}

function failureText(failure: string, rule: JsonRecord): string {
  const name = (textAt(rule, "message") || (textAt(rule, "rule") ?? "")).trim();
  return failure.startsWith("no such overload")
    ? `'${failure}': call arguments did not match a supported operator, function or macro signature for rule: ${name}`
    : `${failure} evaluating rule: ${name}`;
}

function errorFor(rule: JsonRecord, field: string, value: unknown, variables: Variables): FieldError {
  const detail = messageOf(rule, variables);
  const shown = typeof value === "object" && value !== null ? omittedValue : value;
  switch (textAt(rule, "reason") ?? "") {
    case "FieldValueForbidden":
      return forbiddenField(field, detail);
    case "FieldValueRequired":
      return required(field, detail);
    case "FieldValueDuplicate":
      return { ...invalidValue(field, shown, ""), reason: "FieldValueDuplicate", message: duplicateText(shown) };
    default:
      return invalidValue(field, shown, detail);
  }
}

function duplicateText(value: unknown): string {
  return value === omittedValue ? "Duplicate value" : `Duplicate value: ${JSON.stringify(value)}`;
}

/** An expression that comes to nothing that can be shown gives way to the message. */
function messageOf(rule: JsonRecord, variables: Variables): string {
  const expression = textAt(rule, "messageExpression") ?? "";
  const text = expression === "" ? "" : (evaluatedText(expression, variables) ?? "").trim();
  if (text !== "" && !text.includes("\n")) return text;
  const message = textAt(rule, "message") ?? "";
  return message === "" ? `failed rule: ${(textAt(rule, "rule") ?? "").trim()}` : message.trim();
}

function evaluatedText(expression: string, variables: Variables): string | undefined {
  try {
    return scalarText(
      evaluate(expression, variables, variables["oldSelf"] instanceof Optional ? "oldSelf" : undefined),
    );
  } catch (error) {
    errorText(error);
    return undefined;
  }
}
