import { isRecord, type JsonRecord, listAt, recordAt, textAt } from "../json.ts";
import { atomicList, type ListMerge } from "../schema/merge-rules.ts";
import { anyField, defineStruct, type Field, type FieldType, structType } from "../schema/schema.ts";

/** The type table's view of a structural schema: what is pruned, how lists merge, who owns what. */
export function fieldTypeOf(schema: JsonRecord, name: string): FieldType {
  if (schema["x-kubernetes-int-or-string"] === true) return { kind: "scalar", scalar: "intOrString" };
  if (schema["x-kubernetes-embedded-resource"] === true) return anyField.type;
  switch (textAt(schema, "type") ?? "") {
    case "string":
      return { kind: "scalar", scalar: "string" };
    case "boolean":
      return { kind: "scalar", scalar: "boolean" };
    case "integer":
      return { kind: "scalar", scalar: "integer" };
    case "number":
      return { kind: "scalar", scalar: "number" };
    case "array":
      return { kind: "list", items: fieldTypeOf(recordAt(schema, "items"), `${name}[]`), merge: mergeOf(schema) };
    case "object":
      return objectType(schema, name);
    default:
      return anyField.type;
  }
}

/** The type of a whole custom resource, under a name of its own. */
export function rootTypeOf(schema: JsonRecord, name: string): void {
  const own = membersOf(schema, name);
  const text: Field = { type: { kind: "scalar", scalar: "string" }, required: false };
  defineStruct(
    name,
    new Map([
      ...own,
      ["apiVersion", text],
      ["kind", text],
      ["metadata", { type: structType("V1ObjectMeta"), required: false }],
    ]),
  );
}

function objectType(schema: JsonRecord, name: string): FieldType {
  const values = schema["additionalProperties"];
  const atomic = schema["x-kubernetes-map-type"] === "atomic";
  if (isRecord(values)) return { kind: "map", values: fieldTypeOf(values, `${name}{}`), atomic };
  if (values === true) return { kind: "map", values: anyField.type, atomic };
  defineStruct(name, membersOf(schema, name));
  return { kind: "struct", name, atomic };
}

function membersOf(schema: JsonRecord, name: string): Map<string, Field> {
  const members = Object.entries(recordAt(schema, "properties")).filter((entry): entry is [string, JsonRecord] =>
    isRecord(entry[1]),
  );
  const fields = members.map(([member, of]): [string, Field] => [
    member,
    {
      type: fieldTypeOf(of, `${name}.${member}`),
      required: false,
      ...(of["nullable"] === true ? { nullable: true } : {}),
    },
  ]);
  return new Map(schema["x-kubernetes-preserve-unknown-fields"] === true ? [...fields, ["*", anyField]] : fields);
}

function mergeOf(schema: JsonRecord): ListMerge {
  const keys = listAt(schema, "x-kubernetes-list-map-keys").map(String);
  switch (textAt(schema, "x-kubernetes-list-type") ?? "") {
    case "set":
      return { kind: "set", keys };
    case "map":
      return { kind: "keyed", keys, defaults: keyDefaults(schema, keys) };
    default:
      return atomicList;
  }
}

function keyDefaults(schema: JsonRecord, keys: readonly string[]): Record<string, unknown> {
  const entries = keys.map((key) => [key, recordAt(schema, "items", "properties", key)["default"]] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** Fills in the defaults of the schema wherever their parent is there. Changes the draft. */
export function applyDefaults(schema: JsonRecord, value: unknown): void {
  if (Array.isArray(value)) {
    for (const item of value) applyDefaults(recordAt(schema, "items"), item);
  } else if (isRecord(value)) {
    applyMemberDefaults(schema, value);
  }
}

function applyMemberDefaults(schema: JsonRecord, value: JsonRecord): void {
  for (const [name, member] of Object.entries(recordAt(schema, "properties"))) {
    if (!isRecord(member)) continue;
    if (value[name] === undefined && member["default"] !== undefined) value[name] = structuredClone(member["default"]);
    if (Object.hasOwn(value, name)) applyDefaults(member, value[name]);
  }
  const values = schema["additionalProperties"];
  if (isRecord(values)) for (const member of Object.values(value)) applyDefaults(values, member);
}
