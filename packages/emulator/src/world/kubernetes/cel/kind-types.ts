import type { Environment } from "@marcbachmann/cel-js";
import { type FieldType, fieldsOfType, type ScalarName } from "../schema/schema.ts";
import { celName } from "./names.ts";

/** Declares a type of the type table, with the types of its fields, and says its name in CEL. */
export function declareKind(environment: Environment, typeName: string, declared = new Set<string>()): string {
  if (declared.has(typeName)) return typeName;
  declared.add(typeName);
  const fields: Record<string, string> = {};
  for (const [name, { type }] of fieldsOfType(typeName)) {
    const said = celName(name);
    const of = typeOf(environment, type, declared);
    if (said !== undefined && of !== undefined) fields[said] = of;
  }
  environment.registerType(typeName, { fields });
  return typeName;
}

/** Undefined for what expressions cannot see: that of which nothing is known. */
function typeOf(environment: Environment, type: FieldType, declared: Set<string>): string | undefined {
  switch (type.kind) {
    case "scalar":
      return scalars[type.scalar];
    case "any":
      return undefined;
    case "struct":
      return declareKind(environment, type.name, declared);
    case "list": {
      const items = typeOf(environment, type.items, declared);
      return items && `list<${items}>`;
    }
    case "map": {
      const values = typeOf(environment, type.values, declared);
      return values && `map<string, ${values}>`;
    }
  }
}

const scalars: Readonly<Record<ScalarName, string>> = {
  string: "string",
  boolean: "bool",
  int32: "int",
  int64: "int",
  integer: "int",
  number: "double",
  bytes: "bytes",
  quantity: "dyn",
  time: "google.protobuf.Timestamp",
  microTime: "google.protobuf.Timestamp",
  intOrString: "dyn",
};
