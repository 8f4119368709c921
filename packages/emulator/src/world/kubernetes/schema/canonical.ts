import { isRecord, type JsonRecord } from "../json.ts";
import { canonicalQuantity } from "./quantity-text.ts";
import { type Field, type FieldType, fieldsOfType, type ScalarName } from "./schema.ts";

/**
 * A value of a built-in type as Go would write it: without what is zero and may be left out, with what is always
 * written, quantities and times in their usual form. Fields whose presence is not known (custom kinds) stay as they are.
 * What is written so already is the same value, so that versions of an object share it and compare quickly.
 */
export function canonical(typeName: string, value: JsonRecord): JsonRecord {
  const written: JsonRecord = {};
  const fields = fieldsOfType(typeName);
  const before = Object.keys(value);
  let count = 0;
  let isSame = true;
  for (const [name, field] of fields) {
    const member = canonicalMember(field, value[name]);
    if (member === undefined) continue;
    written[name] = member;
    isSame &&= before[count] === name && value[name] === member;
    count += 1;
  }
  if (isSame && count === before.length) return value;
  if (fields.has("*")) for (const name of before) written[name] ??= value[name];
  return written;
}

function canonicalMember({ type, presence }: Field, value: unknown): unknown {
  switch (presence) {
    case undefined:
      return value;
    case "pointer":
      return value === undefined || value === null ? undefined : canonicalValue(type, value);
    case "alwaysPointer":
      return value === undefined || value === null ? null : canonicalValue(type, value);
    case "always":
      return value === undefined || value === null ? zeroOf(type) : canonicalValue(type, value);
    case "nonZero":
      if (value === undefined || value === null) return type.kind === "struct" ? canonical(type.name, {}) : undefined;
      return isZero(type, value) ? undefined : canonicalValue(type, value);
  }
}

function canonicalValue(type: FieldType, value: unknown): unknown {
  switch (type.kind) {
    case "any":
      return value;
    case "scalar":
      return canonicalScalar(type.scalar, value);
    case "list":
      return Array.isArray(value) ? canonicalList(type.items, value) : value;
    case "map":
      return isRecord(value) ? canonicalMap(type.values, value) : value;
    case "struct":
      return isRecord(value) ? canonical(type.name, value) : value;
  }
}

/** A null in a list or map is what Go has there without a value. */
function canonicalItem(type: FieldType, value: unknown): unknown {
  return value === null ? zeroOf(type) : canonicalValue(type, value);
}

function canonicalList(items: FieldType, list: readonly unknown[]): readonly unknown[] {
  const written = list.map((item) => canonicalItem(items, item));
  return written.every((item, index) => item === list[index]) ? list : written;
}

function canonicalMap(values: FieldType, map: JsonRecord): JsonRecord {
  const isWritten = Object.values(map).every((member) => canonicalItem(values, member) === member);
  if (isWritten) return map;
  return Object.fromEntries(Object.entries(map).map(([name, member]) => [name, canonicalItem(values, member)]));
}

function canonicalScalar(scalar: ScalarName, value: unknown): unknown {
  if (scalar === "quantity") return canonicalQuantity(value) ?? value;
  if (scalar === "time") return timeText(value, 0);
  return scalar === "microTime" ? timeText(value, 6) : value;
}

/** RFC 3339 in UTC, with so many digits after the seconds. */
function timeText(value: unknown, digits: 0 | 6): unknown {
  const match = typeof value === "string" ? /^(.*T\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(value) : null;
  if (!match) return value;
  const seconds = Date.parse(`${match[1]}${match[3]}`);
  if (Number.isNaN(seconds)) return value;
  const text = new Date(seconds).toISOString().slice(0, "2026-01-01T00:00:00".length);
  return digits === 0 ? `${text}Z` : `${text}.${(match[2] ?? "").slice(0, digits).padEnd(digits, "0")}Z`;
}

function isZero(type: FieldType, value: unknown): boolean {
  if (type.kind === "struct" || type.kind === "any") return false;
  if (type.kind === "scalar") return value === "" || value === 0 || value === false;
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function zeroOf(type: FieldType): unknown {
  switch (type.kind) {
    case "any":
    case "list":
    case "map":
      return null;
    case "struct":
      return canonical(type.name, {});
    case "scalar":
      return zeroScalars[type.scalar];
  }
}

const zeroScalars: Readonly<Record<ScalarName, unknown>> = {
  string: "",
  boolean: false,
  int32: 0,
  int64: 0,
  integer: 0,
  number: 0,
  bytes: null,
  quantity: "0",
  time: null,
  microTime: null,
  intOrString: 0,
};
