import { protobufFields } from "../generated/protobuf-fields.ts";
import { isRecord, type JsonRecord } from "../json.ts";
import { type FieldType, memberType, type ScalarName, structType } from "../schema/schema.ts";
import { badRequest } from "../status-error.ts";
import type { MessageFields } from "./fields.ts";
import { typeNameOf } from "./type-names.ts";
import { readFields, type WireField } from "./wire.ts";

/** `k8s` and a zero byte stand before the envelope (apimachinery: runtime/serializer/protobuf). */
const prefix = Buffer.from("k8s\0");

/** What typed clients of Go send, as the JSON that it stands for. 400 for what cannot be read. */
export function parseProtobuf(body: Uint8Array): unknown {
  if (!prefix.equals(body.subarray(0, prefix.length)))
    throw badRequest("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
  try {
    return decodeEnvelope(body.subarray(prefix.length));
  } catch (error) {
    if (error instanceof RangeError) throw badRequest(`proto: ${error.message}`);
    throw error;
  }
}

/** runtime.Unknown: typeMeta 1, raw 2. */
function decodeEnvelope(envelope: Uint8Array): unknown {
  const fields = readFields(envelope);
  const typeMeta = readFields(bytesOf(fields, 1));
  const apiVersion = textOf(bytesOf(typeMeta, 1));
  const kind = textOf(bytesOf(typeMeta, 2));
  const typeName = typeNameOf(apiVersion, kind);
  if (typeName === undefined)
    throw badRequest(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`);
  return { ...decodeMessage(typeName, bytesOf(fields, 2)), apiVersion, kind };
}

function decodeMessage(typeName: string, message: Uint8Array): JsonRecord {
  const object: JsonRecord = {};
  addFields(object, structType(typeName), protobufFields[typeName] ?? {}, message);
  return object;
}

function addFields(object: JsonRecord, type: FieldType, fields: MessageFields, message: Uint8Array): void {
  for (const wire of readFields(message)) {
    const field = fields[String(wire.number)];
    if (field === undefined) continue;
    if (typeof field === "string") addField(object, type, field, wire);
    else if (wire.kind === "bytes") addFields(object, type, field, wire.value);
  }
}

function addField(object: JsonRecord, owner: FieldType, field: string, wire: WireField): void {
  const name = field.replace(/[*=]+$/, "");
  const type = memberType(owner, name);
  const asBytes = field.endsWith("=");
  if (type.kind === "list") {
    const list = Array.isArray(object[name]) ? (object[name] as unknown[]) : [];
    object[name] = [...list, decodeValue(type.items, wire, asBytes)];
  } else if (type.kind === "map") {
    object[name] = { ...(isRecord(object[name]) ? object[name] : {}), ...decodeEntry(type.values, wire, asBytes) };
  } else {
    const value = decodeValue(type, wire, asBytes);
    if (field.includes("*") || !isEmpty(value)) object[name] = value;
  }
}

/** Go writes fields that are no pointers always; JSON leaves their zero values out. */
function isEmpty(value: unknown): boolean {
  return !value || (isRecord(value) && Object.keys(value).length === 0);
}

function decodeEntry(values: FieldType, wire: WireField, asBytes: boolean): JsonRecord {
  if (wire.kind !== "bytes") throw new RangeError("a map entry is no message");
  const entry = readFields(wire.value);
  const value = entry.find(({ number }) => number === 2) ?? { number: 2, kind: "bytes", value: new Uint8Array() };
  return Object.fromEntries([[textOf(bytesOf(entry, 1)), decodeValue(values, value, asBytes)]]);
}

function decodeValue(type: FieldType, wire: WireField, asBytes: boolean): unknown {
  if (asBytes && wire.kind === "bytes") return Buffer.from(wire.value).toString("base64");
  switch (type.kind) {
    case "scalar":
      return decodeScalar(type.scalar, wire);
    case "struct":
      return wire.kind === "bytes" ? decodeMessage(type.name, wire.value) : undefined;
    case "any":
      // FieldsV1 and RawExtension: field 1 is JSON.
      return wire.kind === "bytes" ? parseRaw(bytesOf(readFields(wire.value), 1)) : undefined;
    case "list":
    case "map":
      throw new RangeError("a list inside a list");
  }
}

function decodeScalar(scalar: ScalarName, wire: WireField): unknown {
  if (wire.kind === "varint") return scalar === "boolean" ? wire.value !== 0n : signed(wire.value);
  if (wire.kind === "fixed") return Buffer.from(wire.value).readDoubleLE();
  switch (scalar) {
    case "time":
    case "microTime":
      return decodeTime(readFields(wire.value));
    case "quantity":
      return textOf(bytesOf(readFields(wire.value), 1));
    case "intOrString":
      return decodeIntOrString(readFields(wire.value));
    case "string":
    case "boolean":
    case "int32":
    case "int64":
    case "integer":
    case "number":
    case "bytes":
      return textOf(wire.value);
  }
}

/** seconds 1, nanos 2; a zero time has neither. */
function decodeTime(fields: readonly WireField[]): string | undefined {
  const seconds = numberOf(fields, 1);
  if (seconds === 0) return undefined;
  const nanos = numberOf(fields, 2);
  const date = new Date(seconds * 1_000);
  if (Number.isNaN(date.getTime())) throw new RangeError("a time is out of range");
  const text = date.toISOString().slice(0, 19);
  return nanos === 0 ? `${text}Z` : `${text}.${String(Math.floor(nanos / 1_000)).padStart(6, "0")}Z`;
}

/** type 1 (0: number), intVal 2, strVal 3. */
function decodeIntOrString(fields: readonly WireField[]): number | string {
  return numberOf(fields, 1) === 0 ? numberOf(fields, 2) : textOf(bytesOf(fields, 3));
}

function parseRaw(raw: Uint8Array): unknown {
  if (raw.length === 0) return undefined;
  try {
    return JSON.parse(textOf(raw));
  } catch {
    throw new RangeError("a raw field is not JSON");
  }
}

function numberOf(fields: readonly WireField[], number: number): number {
  const field = fields.find((one) => one.number === number);
  return field?.kind === "varint" ? signed(field.value) : 0;
}

function signed(value: bigint): number {
  return Number(BigInt.asIntN(64, value));
}

function bytesOf(fields: readonly WireField[], number: number): Uint8Array {
  const field = fields.find((one) => one.number === number);
  return field?.kind === "bytes" ? field.value : new Uint8Array();
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("utf8");
}
