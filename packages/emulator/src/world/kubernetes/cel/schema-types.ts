import type { Environment } from "@marcbachmann/cel-js";
import { isRecord, type JsonRecord, recordAt, textAt } from "../json.ts";
import { celName } from "./names.ts";
import { identity } from "./values.ts";

/**
 * Declares the type that a structural schema has in CEL (apiserver: pkg/cel/common/schemas.go), and says its name.
 * Undefined for what expressions cannot see.
 */
export function declareType(
  environment: Environment,
  schema: JsonRecord,
  name: string,
  isRoot = false,
): string | undefined {
  if (schema["x-kubernetes-int-or-string"] === true) return "dyn";
  switch (textAt(schema, "type") ?? (isRoot ? "object" : "")) {
    case "array": {
      const items = schema["items"];
      const type = isRecord(items) ? declareType(environment, items, `${name}.item`) : undefined;
      return type && `list<${type}>`;
    }
    case "object":
      return declareObject(environment, schema, name, isRoot);
    case "string":
      return textTypes[textAt(schema, "format") ?? ""] ?? "string";
    case "boolean":
      return "bool";
    case "number":
      return "double";
    case "integer":
      return "int";
    default:
      return undefined;
  }
}

const textTypes: Readonly<Record<string, string>> = {
  byte: "bytes",
  duration: "google.protobuf.Duration",
  date: "google.protobuf.Timestamp",
  "date-time": "google.protobuf.Timestamp",
};

function declareObject(
  environment: Environment,
  schema: JsonRecord,
  name: string,
  isRoot: boolean,
): string | undefined {
  const values = schema["additionalProperties"];
  if (isRecord(values)) {
    const type = declareType(environment, values, `${name}.value`);
    return type && `map<string, ${type}>`;
  }
  const own = recordAt(schema, "properties");
  const properties = isRoot || schema["x-kubernetes-embedded-resource"] === true ? { ...own, ...identity } : own;
  const fields: Record<string, string> = {};
  for (const [property, of] of Object.entries(properties)) {
    const said = celName(property);
    const type = isRecord(of) ? declareType(environment, of, `${name}.${said ?? ""}`) : undefined;
    if (said !== undefined && type !== undefined) fields[said] = type;
  }
  environment.registerType(name, { fields });
  return name;
}
