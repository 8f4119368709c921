import { isRecord } from "../json.ts";
import { type FieldType, fieldsOfType, type ScalarName } from "./schema.ts";

/**
 * Why a value that a strategic merge has left is not of the type: the first problem, in the words of the converter
 * that kube-apiserver uses there instead of the JSON decoder (apimachinery: pkg/runtime/converter.go).
 */
export function conversionProblem(type: FieldType, value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  switch (type.kind) {
    case "any":
      return undefined;
    case "scalar":
      return scalarProblem(type.scalar, value);
    case "list":
      if (!Array.isArray(value)) return `cannot restore slice from ${goKind(value)}`;
      return firstOf(value, (item) => conversionProblem(type.items, item));
    case "map":
      if (!isRecord(value)) return `cannot restore map from ${goKind(value)}`;
      return firstOf(Object.values(value), (member) => conversionProblem(type.values, member));
    case "struct":
      if (!isRecord(value)) return `cannot restore struct from: ${goKind(value)}`;
      return firstOf(fieldsOfType(type.name), ([member, field]) => conversionProblem(field.type, value[member]));
  }
}

function firstOf<T>(items: Iterable<T>, problemOf: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const problem = problemOf(item);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Kinds that read themselves are left to the decoder. */
function scalarProblem(scalar: ScalarName, value: unknown): string | undefined {
  const wanted = goTypes[scalar];
  if (wanted === undefined) return undefined;
  const found = goKind(value);
  if (found === wanted) return undefined;
  const isNumeric = (kind: string): boolean =>
    kind !== "string" && kind !== "bool" && kind !== "map" && kind !== "slice";
  if (isNumeric(found) && isNumeric(wanted)) {
    const fits = wanted === "float64" || Number.isInteger(value);
    return fits ? undefined : `cannot convert ${found} to ${wanted}`;
  }
  return found === "int64" && wanted === "string" ? "cannot convert int64 to string" : `unrecognized type: ${wanted}`;
}

const goTypes: Partial<Readonly<Record<ScalarName, string>>> = {
  string: "string",
  boolean: "bool",
  int32: "int32",
  int64: "int64",
  integer: "int64",
  number: "float64",
};

function goKind(value: unknown): string {
  if (Array.isArray(value)) return "slice";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  return typeof value === "boolean" ? "bool" : typeof value === "string" ? "string" : "map";
}

/** As Go's `%v` shows what it has read from JSON. */
export function goText(value: unknown): string {
  if (value === null || value === undefined) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(goText).join(" ")}]`;
  if (!isRecord(value)) return String(value as string | number | boolean);
  const members = Object.keys(value).toSorted();
  return `map[${members.map((member) => `${member}:${goText(value[member])}`).join(" ")}]`;
}
