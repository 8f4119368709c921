import { isRecord, type JsonRecord, scalarText } from "../json.ts";
import { type FieldType, fieldsOfType, type ScalarName } from "../schema/schema.ts";
import { formatPath, itemIdentity } from "./field-set.ts";

/**
 * What is wrong with a configuration that is to be applied, in the words of structured-merge-diff: fields that the type
 * does not have, values of another type, items of a keyed list that are there twice.
 */
export function typedProblems(type: FieldType, value: JsonRecord): readonly string[] {
  return check(type, value, []);
}

function check(type: FieldType, value: unknown, path: readonly string[]): readonly string[] {
  if (value === null || value === undefined) return [];
  switch (type.kind) {
    case "any":
      return [];
    case "scalar":
      return checkScalar(type.scalar, value, path);
    case "list":
      return Array.isArray(value)
        ? checkList(type, value, path)
        : [problem(path, `expected list, got &{${shown(value)}}`)];
    case "map":
      if (!isRecord(value)) return [problem(path, `expected map, got &{${shown(value)}}`)];
      return Object.entries(value).flatMap(([name, member]) => check(type.values, member, [...path, `f:${name}`]));
    case "struct":
      if (!isRecord(value)) return [problem(path, `expected map, got &{${shown(value)}}`)];
      return Object.entries(value).flatMap(([name, member]) => checkMember(type.name, name, member, path));
  }
}

function checkMember(owner: string, name: string, member: unknown, path: readonly string[]): readonly string[] {
  const fields = fieldsOfType(owner);
  const field = fields.get(name) ?? fields.get("*");
  const place = [...path, `f:${name}`];
  return field ? check(field.type, member, place) : [problem(place, "field not declared in schema")];
}

function checkList(
  type: Extract<FieldType, { kind: "list" }>,
  list: readonly unknown[],
  path: readonly string[],
): readonly string[] {
  if (type.merge.kind === "atomic") {
    return list.flatMap((item, index) => check(type.items, item, [...path, `i:${index}`]));
  }
  const identity = itemIdentity(type);
  const seen = new Set<string>();
  return list.flatMap((item) => {
    const element = identity(item);
    const isTwice = seen.has(element);
    seen.add(element);
    if (isTwice) return [problem(path, `duplicate entries for key ${formatPath([element])}`)];
    return check(type.items, item, [...path, element]);
  });
}

function checkScalar(scalar: ScalarName, value: unknown, path: readonly string[]): readonly string[] {
  const expected = expectedOf(scalar);
  if (expected === undefined || fits(expected, value)) return [];
  const got = expected === "numeric" ? nameOf(value) : `&value.valueUnstructured{Value:${shown(value)}}`;
  return [problem(path, `expected ${expected === "numeric" ? "numeric (int or float)" : expected}, got ${got}`)];
}

type Expected = "string" | "boolean" | "numeric";

/** Undefined: text and numbers are both right. */
function expectedOf(scalar: ScalarName): Expected | undefined {
  if (scalar === "quantity" || scalar === "intOrString") return undefined;
  if (scalar === "boolean") return "boolean";
  return scalar === "int32" || scalar === "int64" || scalar === "integer" || scalar === "number" ? "numeric" : "string";
}

function fits(expected: Expected, value: unknown): boolean {
  return expected === "numeric" ? typeof value === "number" : typeof value === expected;
}

function nameOf(value: unknown): string {
  if (Array.isArray(value)) return "list";
  return isRecord(value) ? "map" : typeof value;
}

/** As Go prints a value. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shown).join(" ")}]`;
  if (isRecord(value))
    return `map[${Object.entries(value)
      .map(([name, member]) => `${name}:${shown(member)}`)
      .join(" ")}]`;
  return typeof value === "string" ? JSON.stringify(value) : scalarText(value);
}

function problem(path: readonly string[], why: string): string {
  return `${formatPath(path)}: ${why}`;
}
