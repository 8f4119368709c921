import { builtInTypes } from "../generated/types.ts";
import { customTypes } from "./custom-types.ts";
import { atomicMaps, atomicTypes, type ListMerge, listMerges } from "./merge-rules.ts";

export type ScalarName = "string" | "boolean" | "integer" | "number" | "quantity" | "time" | "intOrString";

/** What a value at some place of an object may be. */
export type FieldType =
  | { readonly kind: "scalar"; readonly scalar: ScalarName }
  | { readonly kind: "any" }
  | { readonly kind: "struct"; readonly name: string; readonly atomic: boolean }
  | { readonly kind: "list"; readonly items: FieldType; readonly merge: ListMerge }
  | { readonly kind: "map"; readonly values: FieldType; readonly atomic: boolean };

export interface Field {
  readonly type: FieldType;
  readonly required: boolean;
}

const types = { ...builtInTypes, ...customTypes };
const cache = new Map<string, ReadonlyMap<string, Field>>();

/** A field that may be anything. Under the name `*`, what a type has beside the fields that it names. */
export const anyField: Field = { type: { kind: "any" }, required: false };

/** Adds a type to those of the type table. */
export function defineStruct(name: string, fields: ReadonlyMap<string, Field>): void {
  cache.set(name, fields);
}

/** The fields of a type of the type table. */
export function fieldsOfType(name: string): ReadonlyMap<string, Field> {
  const known = cache.get(name);
  if (known) return known;
  const row = types[name];
  if (!row) throw new Error(`type ${name} is not in the type table`);
  const fields = new Map(Object.entries(row).map(([field, code]) => [field, parseField(name, field, code)]));
  cache.set(name, fields);
  return fields;
}

export function structType(name: string): FieldType {
  return { kind: "struct", name, atomic: atomicTypes.has(name) };
}

/** The type of a member of a value of type `type`; `any` where nothing is known. */
export function memberType(type: FieldType, member: string): FieldType {
  if (type.kind === "map") return type.values;
  if (type.kind !== "struct") return { kind: "any" };
  const fields = fieldsOfType(type.name);
  return (fields.get(member) ?? fields.get("*") ?? anyField).type;
}

function parseField(owner: string, field: string, code: string): Field {
  const required = code.endsWith("!");
  return { type: parseType(`${owner}.${field}`, required ? code.slice(0, -1) : code), required };
}

function parseType(place: string, code: string): FieldType {
  if (code.endsWith("[]")) {
    const merge = listMerges[place] ?? { kind: "atomic" };
    return { kind: "list", items: parseType(`${place}[]`, code.slice(0, -2)), merge };
  }
  if (code.startsWith("{")) {
    return { kind: "map", values: parseType(`${place}{}`, code.slice(1, -1)), atomic: atomicMaps.has(place) };
  }
  if (code === "any") return { kind: "any" };
  return isScalar(code) ? { kind: "scalar", scalar: code } : structType(code);
}

const scalars: ReadonlySet<string> = new Set([
  "string",
  "boolean",
  "integer",
  "number",
  "quantity",
  "time",
  "intOrString",
]);

function isScalar(code: string): code is ScalarName {
  return scalars.has(code);
}
