import { isRecord, type JsonRecord } from "../json.ts";
import { badRequest } from "../status-error.ts";
import { childPath, type FieldError, invalidValue, itemPath, required } from "../validation/field-errors.ts";
import { canonicalQuantity } from "./quantity-text.ts";
import { type FieldType, fieldsOfType, type ScalarName, structType } from "./schema.ts";
import { splitTypeName } from "./type-table.ts";

export interface Decoded {
  readonly value: JsonRecord;
  /** Paths of fields that the type does not have; they are dropped from the value. */
  readonly unknownFields: readonly string[];
  /** What the structural schema of a custom resource refuses. Built-in kinds refuse with a 400 at once. */
  readonly errors: readonly FieldError[];
}

/**
 * Reads a value as the type says: drops unknown fields and nulls, refuses values of the wrong type. Built-in kinds
 * refuse as Go's JSON decoder does (400), custom resources as OpenAPI validation does (422).
 */
export function decode(typeName: string, kind: string, version: string, value: unknown, custom: boolean): Decoded {
  const unknownFields: string[] = [];
  const errors: FieldError[] = [];
  const decoded = decodeValue(structType(typeName), value, "", {
    zeroes: !custom,
    unknown: (path) => unknownFields.push(path),
    mismatch(path, owner, found, expected) {
      if (!custom) throw badRequest(goMessage(kind, version, owner, path, [found, expected]));
      errors.push(openApiError(path, found, expected));
    },
  });
  return { value: isRecord(decoded) ? decoded : {}, unknownFields, errors };
}

/** `Required value` for each required field that is absent, as deep as the value goes. The status is not looked at. */
export function missingFields(typeName: string, value: JsonRecord): FieldError[] {
  const { status: _status, ...rest } = value;
  return missingIn(structType(typeName), rest, "");
}

interface Findings {
  /** Go reads a null in a map of texts as an empty one. */
  readonly zeroes: boolean;
  unknown(path: string): void;
  mismatch(path: string, owner: string, found: unknown, expected: FieldType): void;
}

function decodeValue(type: FieldType, value: unknown, path: string, findings: Findings, owner = ""): unknown {
  switch (type.kind) {
    case "any":
      return value;
    case "scalar":
      if (!fits(type.scalar, value)) findings.mismatch(path, owner, value, type);
      return value;
    case "list":
      if (!Array.isArray(value)) return refuse(type, value, path, findings, owner);
      return value.map((item: unknown, index) => decodeValue(type.items, item, itemPath(path, index), findings, owner));
    case "map":
      if (!isRecord(value)) return refuse(type, value, path, findings, owner);
      return mapMembers(
        findings.zeroes && type.values.kind === "scalar" && type.values.scalar === "string" ? zeroed(value) : value,
        () => false,
        (name, member) => decodeValue(type.values, member, `${path}[${name}]`, findings, owner),
      );
    case "struct":
      if (!isRecord(value)) return refuse(type, value, path, findings, owner);
      return decodeStruct(type.name, value, path, findings);
  }
}

/** The value stays as it was sent, for whoever judges it next. */
function refuse(type: FieldType, value: unknown, path: string, findings: Findings, owner: string): unknown {
  findings.mismatch(path, owner, value, type);
  return value;
}

function decodeStruct(name: string, value: JsonRecord, path: string, findings: Findings): JsonRecord {
  const fields = fieldsOfType(name);
  const keepsNull = (member: string): boolean => fields.get(member)?.nullable === true;
  return mapMembers(value, keepsNull, (member, inner) => {
    const field = fields.get(member) ?? fields.get("*");
    if (!field) findings.unknown(childPath(path, member));
    if (inner === null) return null;
    return field && decodeValue(field.type, inner, childPath(path, member), findings, name);
  });
}

function zeroed(map: JsonRecord): JsonRecord {
  if (!Object.values(map).includes(null)) return map;
  return Object.fromEntries(Object.entries(map).map(([name, member]) => [name, member ?? ""]));
}

/** Members that are null or that `change` makes undefined are dropped. */
function mapMembers(
  value: JsonRecord,
  keepsNull: (name: string) => boolean,
  change: (name: string, member: unknown) => unknown,
): JsonRecord {
  const entries = Object.entries(value).filter(
    ([name, member]) => member !== undefined && (member !== null || keepsNull(name)),
  );
  const changed = entries.map(([name, member]) => [name, change(name, member)] as const);
  return Object.fromEntries(changed.filter(([, member]) => member !== undefined));
}

function fits(scalar: ScalarName, value: unknown): boolean {
  switch (scalar) {
    case "string":
      return typeof value === "string";
    case "bytes":
      return typeof value === "string" && isBase64(value);
    case "time":
      return typeof value === "string" && isTime(value);
    case "microTime":
      return value === "" || (typeof value === "string" && isTime(value) && /:\d\d\.\d{6}[Z+-]/.test(value));
    case "boolean":
      return typeof value === "boolean";
    case "int32":
      return Number.isInteger(value) && Math.abs(value as number) <= 2 ** 31;
    case "int64":
    case "integer":
      return Number.isInteger(value);
    case "number":
      return typeof value === "number";
    case "quantity":
      return typeof value === "number" || (typeof value === "string" && canonicalQuantity(value) !== undefined);
    case "intOrString":
      return typeof value === "string" || Number.isInteger(value);
  }
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function isBase64(text: string): boolean {
  return base64.test(text.replaceAll(/[\r\n]/g, ""));
}

function isTime(text: string): boolean {
  return text === "" || /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text);
}

function missingIn(type: FieldType, value: unknown, path: string): FieldError[] {
  switch (type.kind) {
    case "any":
    case "scalar":
      return [];
    case "list":
      return Array.isArray(value)
        ? value.flatMap((item: unknown, index) => missingIn(type.items, item, itemPath(path, index)))
        : [];
    case "map":
      return isRecord(value)
        ? Object.entries(value).flatMap(([name, member]) => missingIn(type.values, member, childPath(path, name)))
        : [];
    case "struct":
      return isRecord(value) ? missingInStruct(type.name, value, path) : [];
  }
}

function missingInStruct(name: string, value: JsonRecord, path: string): FieldError[] {
  return [...fieldsOfType(name)].flatMap(([member, field]) => {
    const inner = value[member];
    const place = childPath(path, member);
    if (inner !== undefined && inner !== "") return missingIn(field.type, inner, place);
    return field.required ? [required(place)] : [];
  });
}

/** The sentence of encoding/json, which names the Go struct and the path inside the object. */
function goMessage(
  kind: string,
  version: string,
  owner: string,
  place: string,
  [found, expected]: readonly [unknown, FieldType],
): string {
  const struct = splitTypeName(owner).name;
  const path = place.replaceAll(/\[[^\]]*\]/g, "");
  const problem =
    textProblem(found, expected) ??
    `json: cannot unmarshal ${jsonName(found, expected)} into Go struct field ${struct}.${path} of type ${goName(expected)}`;
  return `${kind} in version "${version}" cannot be handled as a ${kind}: ${problem}`;
}

/** What the type's own decoder says about a text that it cannot read. */
function textProblem(found: unknown, expected: FieldType): string | undefined {
  if (typeof found !== "string" || expected.kind !== "scalar") return undefined;
  const { scalar } = expected;
  if (scalar === "quantity") return quantityRule;
  if (scalar === "bytes") return `illegal base64 data at input byte ${badBase64(found)}`;
  if (scalar === "time") return timeProblem(found, "2006-01-02T15:04:05Z07:00");
  return scalar === "microTime" ? timeProblem(found, "2006-01-02T15:04:05.000000Z07:00") : undefined;
}

const quantityRule = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

function badBase64(text: string): number {
  const bad = /[^A-Za-z0-9+/\r\n]/.exec(text.replace(/=+$/, ""));
  return bad?.index ?? text.length - (text.length % 4);
}

function timeProblem(text: string, layout: string): string {
  const rest = isTime(text) ? text.slice("2006-01-02T15:04:05".length) : undefined;
  if (rest !== undefined)
    return `parsing time ${JSON.stringify(text)} as "${layout}": cannot parse ${JSON.stringify(rest)} as ".000000"`;
  return `parsing time ${JSON.stringify(text)} as "${layout}": cannot parse ${JSON.stringify(text)} as "2006"`;
}

function openApiError(path: string, found: unknown, expected: FieldType): FieldError {
  const name = openApiName(found);
  return invalidValue(path, name, `${path} in body must be of type ${openApiType(expected)}: "${name}"`);
}

function jsonName(value: unknown, expected: FieldType): string {
  if (Array.isArray(value)) return "array";
  const wantsNumber = expected.kind === "scalar" && (expected.scalar === "int32" || expected.scalar === "int64");
  if (typeof value === "number" && wantsNumber) return `number ${value}`;
  return typeof value === "boolean" ? "bool" : typeof value;
}

function openApiName(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (Number.isInteger(value)) return "integer";
  return typeof value;
}

function goName(type: FieldType): string {
  switch (type.kind) {
    case "any":
      return "interface {}";
    case "struct":
      return `v1.${splitTypeName(type.name).name}`;
    case "list":
      return `[]${goName(type.items)}`;
    case "map":
      return `map[string]${goName(type.values)}`;
    case "scalar":
      return goScalars[type.scalar];
  }
}

const goScalars: Readonly<Record<ScalarName, string>> = {
  string: "string",
  boolean: "bool",
  int32: "int32",
  int64: "int64",
  integer: "int64",
  bytes: "[]uint8",
  microTime: "v1.MicroTime",
  number: "float64",
  quantity: "resource.Quantity",
  time: "v1.Time",
  intOrString: "int32",
};

function openApiType(type: FieldType): string {
  if (type.kind === "list") return "array";
  if (type.kind !== "scalar") return "object";
  return openApiScalars[type.scalar];
}

const openApiScalars: Readonly<Record<ScalarName, string>> = {
  string: "string",
  boolean: "boolean",
  int32: "integer",
  int64: "integer",
  integer: "integer",
  number: "number",
  bytes: "string",
  quantity: "string",
  time: "string",
  microTime: "string",
  intOrString: "intOrString",
};
