import { parse } from "yaml";
import type { KubeObject } from "../objects.ts";
import type { Call } from "./call.ts";
import { isDeeperThan, isRecord, type JsonRecord, recordAt, scalarText } from "./json.ts";
import { inspectJson } from "./json-text.ts";
import { parseProtobuf } from "./protobuf/decode.ts";
import { apiVersionOf, type ResourceType } from "./resource-type.ts";
import { canonical } from "./schema/canonical.ts";
import { decode } from "./schema/decode.ts";
import { badRequest, StatusError, unsupportedMediaType } from "./status-error.ts";
import { invalid, invalidValue } from "./validation/field-errors.ts";

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
  if (media === "application/json" || media === "") return parseJson(body);
  if (media === protobuf) return parseProtobuf(body);
  throw unsupportedMediaType(objectMediaTypes);
}

/** The body of a create or update as an object of the called kind. */
export function readObjectBody(call: Call): KubeObject {
  const { contentType, body } = call.request;
  const sent = parsedAs(call.type, contentType, body);
  const duplicates = isJsonText(contentType, body) ? inspectJson(textOf(body)).duplicates : [];
  return decodeObject(call, sent, call.type, duplicates);
}

function isJsonText(contentType: string, body: Uint8Array): boolean {
  return mediaType(contentType) !== protobuf && body[0] === "{".charCodeAt(0);
}

/** A text that is no object at all is refused with its beginning. */
function parsedAs(type: ResourceType, contentType: string, body: Uint8Array): unknown {
  try {
    const sent = parseObjectBody(contentType, body);
    if (isRecord(sent)) return sent;
    if (sent === null && body.length > 0) return {};
    const name = Array.isArray(sent) ? "array" : typeof sent === "boolean" ? "bool" : typeof sent;
    const target = String.raw`struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }`;
    const problem = `json: cannot unmarshal ${name} into Go value of type ${target}`;
    throw badRequest(`couldn't get version/kind; json parse error: ${problem}`);
  } catch (error) {
    if (!(error instanceof StatusError) || error.code !== 400 || type.custom) throw error;
    const why = error.message.replace(/^error converting YAML to JSON: /, "");
    throw badRequest(`the object provided is unrecognized (must be of type ${type.kind}): ${why} (${summaryOf(body)})`);
  }
}

const summaryBytes = 30;

function summaryOf(body: Uint8Array): string {
  if (body.length === 0) return "<empty>";
  const start = Buffer.from(body.subarray(0, summaryBytes));
  const text = start.toString().startsWith("{") ? start.toString() : start.toString("hex");
  return body.length > summaryBytes ? `${text} ...` : text;
}

export function parseJson(body: Uint8Array): unknown {
  const text = textOf(body);
  try {
    return refuseDepth(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw badRequest(`couldn't get version/kind; json parse error: ${inspectJson(text).error ?? error.message}`);
  }
}

export function parseYaml(body: Uint8Array): unknown {
  const text = textOf(body);
  try {
    // Clients send JSON as YAML, which is many times faster to read as what it is. kube-apiserver reads YAML 1.1.
    const options = { maxAliasCount: 100, version: "1.1", uniqueKeys: false } as const;
    // Of several documents, the first one counts.
    const [first = ""] = text.split(/^---$/m).filter((part) => part.trim() !== "");
    return refuseDepth(text.startsWith("{") ? JSON.parse(text) : parse(first, options));
  } catch (error) {
    if (error instanceof StatusError) throw error;
    const reason = error instanceof Error ? (error.message.split("\n", 1)[0] ?? "") : "not YAML";
    const isBomb = reason.startsWith("Excessive alias count");
    throw badRequest(
      isBomb
        ? "yaml: document contains excessive aliasing"
        : `error converting YAML to JSON: yaml: ${yamlReason(reason)}`,
    );
  }
}

/** The words of the YAML library of Go for what is met most often. */
function yamlReason(reason: string): string {
  return /nested mappings|implicit keys|compact mappings/i.test(reason)
    ? "mapping values are not allowed in this context"
    : reason;
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
export function decodePatched(
  call: Call,
  current: KubeObject,
  patched: unknown,
  duplicates: readonly string[],
): KubeObject {
  if (!isRecord(patched)) return decodeObject(call, patched);
  const untouched = Object.keys(patched).filter((name) => isRecord(patched[name]) && patched[name] === current[name]);
  const changed = Object.fromEntries(Object.entries(patched).filter(([name]) => !untouched.includes(name)));
  const { managedFields } = current.metadata;
  const { metadata } = changed;
  const leavesManagers =
    managedFields !== undefined && isRecord(metadata) && metadata["managedFields"] === managedFields;
  if (leavesManagers) {
    const { managedFields: _, ...rest } = metadata;
    changed["metadata"] = rest;
  }
  const object = decodeObject(call, changed, call.type, duplicates);
  if (leavesManagers) object.metadata.managedFields = managedFields;
  return { ...object, ...Object.fromEntries(untouched.map((name) => [name, current[name]])) };
}

/**
 * Reads a value as an object of the called kind. Unknown fields are dropped: with a warning, without one, or refused,
 * as `fieldValidation` asks (Warn, Ignore, Strict; default Warn).
 */
export function decodeObject(
  call: Call,
  value: unknown,
  type: ResourceType = call.type,
  duplicates: readonly string[] = [],
): KubeObject {
  const object = decodeAsSent(call, value, type, duplicates);
  if (type.custom) return object;
  const written = withIdentity(type, canonical(type.typeName, object));
  // An empty list takes all managers away, as one that says nothing does.
  const isReset = object.metadata.managedFields?.length === 0;
  return isReset ? { ...written, metadata: { ...written.metadata, managedFields: [{}] } } : written;
}

/** The same, with every field that was sent even when it has the value that it would have anyway. */
export function decodeAsSent(
  call: Call,
  value: unknown,
  type: ResourceType = call.type,
  duplicates: readonly string[] = [],
): KubeObject {
  if (!isRecord(value)) throw badRequest("the object provided is unrecognized (must be of type object)");
  // A patch can make an object deeper than any body.
  refuseDepth(value);
  checkTypeMeta(call, type, value);
  const { value: decoded, unknownFields, errors } = decode(type.typeName, type.kind, type.version, value, type.custom);
  const object = withIdentity(type, decoded);
  // A structural schema is judged as a whole later, with all that it has against the object.
  if (errors.length > 0 && !type.schema) throw invalid(type, object.metadata.name, errors);
  const problems = [
    ...duplicates.map((field) => `duplicate field ${JSON.stringify(field)}`),
    ...unknownFields.map((field) => `unknown field ${JSON.stringify(field)}`),
  ];
  for (const warning of reportUnknown(call.request.query.get("fieldValidation"), type, problems)) call.warn(warning);
  return object;
}

function checkTypeMeta(call: Call, type: ResourceType, value: JsonRecord): void {
  const { apiVersion, kind } = value;
  if (type.custom && call.request.method !== "PATCH") checkTyped(type, value, call.request.body);
  if (typeof apiVersion === "string" && apiVersion.split("/").length > 2) {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${type.kind}): unexpected GroupVersion string: ${apiVersion}`,
    );
  }
  const expected = apiVersionOf(type);
  const sent = { version: scalarText(apiVersion) || expected, kind: scalarText(kind) || type.kind };
  if (sent.version === expected && sent.kind === type.kind) return;
  if (type.custom) throw mismatch(call, type, sent, scalarText(recordAt(value, "metadata")["name"]));
  const shown = sent.version.split("/").at(-1) ?? "";
  const isKnown = call.knowsKind(sent.version, sent.kind);
  const why = isKnown
    ? `converting (${goPackage(sent.version)}.${sent.kind}) to (${internalPackage(type)}.${type.kind}): unknown conversion`
    : `no kind "${sent.kind}" is registered for version "${sent.version}" in scheme "pkg/api/legacyscheme/scheme.go:30"`;
  throw badRequest(`${sent.kind} in version "${shown}" cannot be handled as a ${type.kind}: ${why}`);
}

/** What has no kind of its own, nothing can be made of. */
function checkTyped(type: ResourceType, { apiVersion, kind }: JsonRecord, body: Uint8Array): void {
  const missing = !kind ? "Kind" : apiVersion ? undefined : "apiVersion";
  if (missing === undefined) return;
  const shown = `Object '${missing}' is missing in '${textOf(body)}' (${summaryOf(body)})`;
  throw badRequest(`the object provided is unrecognized (must be of type ${type.kind}): ${shown}`);
}

function mismatch(
  call: Call,
  type: ResourceType,
  { version: apiVersion, kind }: { readonly version: string; readonly kind: string },
  sentName: string,
): StatusError {
  const expected = apiVersionOf(type);
  const isPatch = call.request.method === "PATCH";
  const name = isPatch ? call.name : sentName;
  if (apiVersion === expected)
    return invalid({ ...type, kind }, name, [invalidValue("kind", kind, `must be ${type.kind}`)]);
  if (isPatch) return invalid(type, name, [invalidValue("apiVersion", apiVersion, `must be ${expected}`)]);
  return badRequest(
    `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`,
  );
}

function goPackage(apiVersion: string): string {
  return apiVersion.split("/").at(-1) ?? "";
}

function internalPackage({ group }: ResourceType): string {
  return group === "" ? "core" : (group.split(".", 1)[0] ?? "");
}

function withIdentity(type: ResourceType, decoded: JsonRecord): KubeObject {
  const metadata = isRecord(decoded["metadata"]) ? decoded["metadata"] : {};
  const name = typeof metadata["name"] === "string" ? metadata["name"] : "";
  return { ...decoded, apiVersion: apiVersionOf(type), kind: type.kind, metadata: { ...metadata, name } };
}

function reportUnknown(mode: string | null, type: ResourceType, problems: readonly string[]): readonly string[] {
  if (mode === "Ignore") return [];
  if (mode === "Strict" && problems.length > 0) throw badRequest(strictMessage(type, problems));
  return problems;
}

function strictMessage(type: ResourceType, problems: readonly string[]): string {
  const text = `strict decoding error: ${problems.join(", ")}`;
  return `${type.kind} in version "${type.version}" cannot be handled as a ${type.kind}: ${text}`;
}
