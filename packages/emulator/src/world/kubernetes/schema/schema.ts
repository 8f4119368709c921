import { builtInTypes } from "../generated/types.ts";
import { customTypes } from "./custom-types.ts";
import { atomicTypes, isAtomicMap, isGranularAt, type ListMerge, listMergeAt } from "./merge-rules.ts";

const scalars = [
  "string",
  "boolean",
  "int32",
  "int64",
  "integer",
  "number",
  "bytes",
  "quantity",
  "time",
  "microTime",
  "intOrString",
] as const;

export type ScalarName = (typeof scalars)[number];

/** What a value at some place of an object may be. */
export type FieldType =
  | { readonly kind: "scalar"; readonly scalar: ScalarName }
  /** `atomic`: has one owner as a whole. */
  | { readonly kind: "any"; readonly atomic: boolean }
  | { readonly kind: "struct"; readonly name: string; readonly atomic: boolean }
  | { readonly kind: "list"; readonly items: FieldType; readonly merge: ListMerge }
  | { readonly kind: "map"; readonly values: FieldType; readonly atomic: boolean };

/** When Go writes a field: unless it is zero, when the pointer is set, or always. Undefined: as it was sent. */
export type Presence = "nonZero" | "pointer" | "always" | "alwaysPointer" | undefined;

export interface Field {
  readonly type: FieldType;
  readonly required: boolean;
  readonly presence?: Presence;
  /** A null of a custom resource stays. */
  readonly nullable?: boolean;
}

const types = { ...builtInTypes, ...customTypes };
const cache = new Map<string, ReadonlyMap<string, Field>>();

/** A field that may be anything. Under the name `*`, what a type has beside the fields that it names. */
export const anyField: Field = { type: { kind: "any", atomic: false }, required: false };

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
  if (type.kind !== "struct") return anyField.type;
  const fields = fieldsOfType(type.name);
  return (fields.get(member) ?? fields.get("*") ?? anyField).type;
}

function parseField(owner: string, field: string, code: string): Field {
  const [, bare = "", mark = "", must = ""] = /^(.*?)([=?~]?)(!?)$/.exec(code) ?? [];
  const type = parseType(`${owner}.${field}`, bare, owner in builtInTypes);
  return { type, required: must === "!", presence: owner in builtInTypes ? presenceOf(mark) : undefined };
}

function presenceOf(mark: string): Presence {
  if (mark === "=") return "always";
  if (mark === "~") return "alwaysPointer";
  return mark === "?" ? "pointer" : "nonZero";
}

function parseType(place: string, code: string, builtIn: boolean): FieldType {
  if (code.endsWith("[]")) {
    return { kind: "list", items: parseType(`${place}[]`, code.slice(0, -2), builtIn), merge: listMergeAt(place) };
  }
  if (code.startsWith("{")) {
    const values = parseType(`${place}{}`, code.slice(1, -1), builtIn);
    return { kind: "map", values, atomic: isAtomicMap(place) };
  }
  if (code === "any") return { kind: "any", atomic: builtIn };
  if (isScalar(code)) return { kind: "scalar", scalar: code };
  return isGranularAt(place) ? { kind: "struct", name: code, atomic: false } : structType(code);
}

function isScalar(code: string): code is ScalarName {
  return (scalars as readonly string[]).includes(code);
}
