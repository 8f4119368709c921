import { parse } from "yaml";
import type { KubeObject } from "../objects.ts";
import type { Call } from "./call.ts";
import { isDeeperThan, isRecord, type JsonRecord, scalarText } from "./json.ts";
import { parseProtobuf } from "./protobuf/decode.ts";
import { apiVersionOf, type ResourceType } from "./resource-type.ts";
import { decode } from "./schema/decode.ts";
import { badRequest, unsupportedMediaType } from "./status-error.ts";
import { type FieldError, invalid } from "./validation/field-errors.ts";

export interface DecodedObject {
  readonly object: KubeObject;
  readonly warnings: readonly string[];
}

const protobuf = "application/vnd.kubernetes.protobuf";
const objectMediaTypes = ["application/json", "application/yaml", protobuf] as const;

/** Media type of a Content-Type header, without parameters. */
export function mediaType(contentType: string): string {
  return (contentType.split(";", 1)[0] ?? "").trim().toLowerCase();
}

/** The body of a create or update as JSON. 415 for another media type, 400 for what cannot be read. */
export function parseObjectBody(contentType: string, body: Uint8Array): unknown {
  const media = mediaType(contentType);
  if (media === "application/yaml") return parseYaml(body);
  if (media === "application/json" || media === "" || media === "*/*") return parseJson(body);
  if (media === protobuf) return parseProtobuf(body);
  throw unsupportedMediaType(objectMediaTypes);
}

export function parseJson(body: Uint8Array): unknown {
  let value: unknown;
  try {
    value = JSON.parse(textOf(body));
  } catch (error) {
    const reason = error instanceof Error ? error.message : "not JSON";
    throw badRequest(`couldn't get version/kind; json parse error: ${reason}`);
  }
  return refuseDepth(value);
}

export function parseYaml(body: Uint8Array): unknown {
  const text = textOf(body);
  let value: unknown;
  try {
    // Clients send JSON as YAML, which is many times faster to read as what it is.
    value = text.startsWith("{") ? JSON.parse(text) : parse(text, { maxAliasCount: 100 });
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split("\n", 1)[0] ?? "") : "not YAML";
    const isBomb = reason.startsWith("Excessive alias count");
    throw badRequest(
      isBomb ? "yaml: document contains excessive aliasing" : `error converting YAML to JSON: yaml: ${reason}`,
    );
  }
  return refuseDepth(value);
}

/** Far more than any kind has, and little enough to be walked through without end of the stack. */
const depthLimit = 500;

function refuseDepth(value: unknown): unknown {
  if (isDeeperThan(value, depthLimit)) throw badRequest("json: exceeded max depth");
  return value;
}

function textOf(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8");
}

/** What a patch made of an object: members that it left alone have been read before. */
export function decodePatched(call: Call, current: KubeObject, patched: unknown): DecodedObject {
  if (!isRecord(patched)) return decodeObject(call, patched);
  const untouched = Object.keys(patched).filter((name) => isRecord(patched[name]) && patched[name] === current[name]);
  const changed = Object.fromEntries(Object.entries(patched).filter(([name]) => !untouched.includes(name)));
  const { object, warnings } = decodeObject(call, changed);
  return { object: { ...object, ...Object.fromEntries(untouched.map((name) => [name, current[name]])) }, warnings };
}

/**
 * Reads a value as an object of the called kind. Unknown fields are dropped: with a warning, without one, or refused,
 * as `fieldValidation` asks (Warn, Ignore, Strict; default Warn).
 */
export function decodeObject(call: Call, value: unknown, type: ResourceType = call.type): DecodedObject {
  if (!isRecord(value)) throw badRequest("the object provided is unrecognized (must be of type object)");
  // A patch can make an object deeper than any body.
  refuseDepth(value);
  checkTypeMeta(type, value);
  const { value: decoded, unknownFields, errors } = decode(type.typeName, type.kind, type.version, value, type.custom);
  const object = withIdentity(type, decoded);
  // A structural schema is judged as a whole later, with all that it has against the object.
  if (errors.length > 0 && !type.schema) throw invalid(type, object.metadata.name, errors);
  const problems = unknownFields.map((field) => `unknown field ${JSON.stringify(field)}`);
  return { object, warnings: reportUnknown(call.request.query.get("fieldValidation"), type, problems) };
}

function checkTypeMeta(type: ResourceType, { apiVersion, kind }: JsonRecord): void {
  const expected = apiVersionOf(type);
  if (apiVersion !== undefined && apiVersion !== expected) {
    throw badRequest(
      `the API version in the data (${scalarText(apiVersion)}) does not match the expected API version (${expected})`,
    );
  }
  if (kind !== undefined && kind !== type.kind) {
    throw badRequest(`the kind in the data (${scalarText(kind)}) does not match the expected kind (${type.kind})`);
  }
}

function withIdentity(type: ResourceType, decoded: JsonRecord): KubeObject {
  const metadata = isRecord(decoded["metadata"]) ? decoded["metadata"] : {};
  const name = typeof metadata["name"] === "string" ? metadata["name"] : "";
  return { ...decoded, apiVersion: apiVersionOf(type), kind: type.kind, metadata: { ...metadata, name } };
}

function reportUnknown(mode: string | null, type: ResourceType, problems: readonly string[]): readonly string[] {
  switch (mode) {
    case "Ignore":
      return [];
    case "Strict":
      if (problems.length === 0) return [];
      throw badRequest(strictMessage(type, problems));
    case null:
    case "":
    case "Warn":
      return problems;
    default:
      throw invalid({ group: "meta.k8s.io", plural: "", kind: "Options" }, "", [unknownMode(mode)]);
  }
}

function strictMessage(type: ResourceType, problems: readonly string[]): string {
  const text = `strict decoding error: ${problems.join(", ")}`;
  if (type.custom) return text;
  return `${type.kind} in version "${type.version}" cannot be handled as a ${type.kind}: ${text}`;
}

function unknownMode(mode: string): FieldError {
  return {
    field: "fieldValidation",
    reason: "FieldValueNotSupported",
    message: `Unsupported value: ${JSON.stringify(mode)}: supported values: "", "Ignore", "Strict", "Warn"`,
  };
}
