import type { KubeObject } from "../objects.ts";
import { serverSideApply } from "./apply/server-side-apply.ts";
import { typedProblems } from "./apply/typed.ts";
import { decodeAsSent, decodePatched, mediaType, parseJson, parseYaml } from "./body.ts";
import { type Call, findObject, isTrue, writerOf } from "./call.ts";
import { at, isRecord, type JsonRecord, recordAt, textAt } from "./json.ts";
import { inspectJson } from "./json-text.ts";
import { checkWriteOptions } from "./options.ts";
import { jsonPatch, notDecoded } from "./patch/json-patch.ts";
import { mergePatch } from "./patch/merge-patch.ts";
import { patchedText } from "./patch/patched-text.ts";
import { strategicMergePatch } from "./patch/strategic-merge-patch.ts";
import { apiVersionOf, hasStatus, type ResourceType } from "./resource-type.ts";
import { canonical } from "./schema/canonical.ts";
import { conversionProblem, goText } from "./schema/conversion.ts";
import { decode } from "./schema/decode.ts";
import { structType } from "./schema/schema.ts";
import { badRequest, conflict, notFound, StatusError, unsupportedMediaType } from "./status-error.ts";
import { invalid, invalidValue } from "./validation/field-errors.ts";
import { checkIdentity, createObject, replaceObject } from "./write.ts";

export interface Patched {
  readonly object: KubeObject;
  readonly created: boolean;
}

export const applyMediaType = "application/apply-patch+yaml";
const patchMediaTypes = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
  applyMediaType,
];

/** Patches the object that the call names in the way that its content type says. */
export function patchObject(call: Call): Patched {
  const media = mediaType(call.request.contentType);
  if (media === applyMediaType) return applyObject(call);
  checkWriteOptions(call, "PatchOptions");
  const change = patchFunction(call.type, media);
  const { patch, duplicates } = patchBody(call.request.body, media);
  const current = findObject(call);
  if (!current) throw notFound(call.type, call.name);
  const patched = change(current, patch);
  checkPatchedIdentity(call, patched);
  const merged = media === strategicMediaType ? patch : undefined;
  const object = readPatched(call, current, patched, merged, duplicates);
  return { object: replaceObject(call, current, object, writerOf(call)), created: false };
}

export const strategicMediaType = "application/strategic-merge-patch+json";

interface PatchBody {
  readonly patch: unknown;
  readonly duplicates: readonly string[];
}

function patchBody(body: Uint8Array, media: string): PatchBody {
  const text = Buffer.from(body).toString("utf8");
  const { error, duplicates } = inspectJson(text);
  if (error !== undefined) throw badRequest(media === strategicMediaType ? error : `error decoding patch: ${error}`);
  return { patch: parseJson(body), duplicates: media === "application/json-patch+json" ? [] : duplicates };
}

function checkPatchedIdentity(call: Call, patched: unknown): void {
  if (isRecord(patched)) checkIdentity(call, asObject(patched));
}

/**
 * What cannot be read after the patch is the fault of the patch: 422 instead of 400. `merged`: the strategic merge
 * patch, of which another decoder speaks.
 */
export function readPatched(
  call: Call,
  current: KubeObject,
  patched: unknown,
  merged: unknown,
  duplicates: readonly string[] = [],
): KubeObject {
  try {
    return decodePatched(call, current, patched, duplicates);
  } catch (error) {
    if (!(error instanceof StatusError) || error.code !== 400) throw error;
    const why = error.message.replace(/^.* cannot be handled as a \w+: /, "");
    if (call.type.custom && !why.startsWith("strict decoding error")) throw error;
    const nobody = { group: "", plural: "", kind: "" };
    if (merged === undefined)
      throw invalid(nobody, "", [invalidValue("patch", patchedText(call.type, current, patched), why)]);
    const problem = conversionProblem(structType(call.type.typeName), patched) ?? why;
    throw invalid(nobody, "", [invalidValue("patch", goText(merged), problem)]);
  }
}

/** What a patch of this media type makes of an object. 415 for a media type that the kind does not take. */
export function patchFunction(type: ResourceType, media: string): (current: KubeObject, patch: unknown) => unknown {
  switch (media) {
    case "application/json-patch+json":
      return jsonPatch;
    case "application/merge-patch+json":
      return (current, patch) => {
        if (patch === null) throw badRequest("Invalid JSON Patch");
        if (!isRecord(patch)) throw notDecoded(patch, "map[string]interface {}");
        return mergePatch(current, patch);
      };
    case "application/strategic-merge-patch+json":
      if (type.custom) break;
      return (current, patch) => {
        if (patch === null) return current;
        if (!isRecord(patch))
          throw badRequest(
            `json: cannot unmarshal ${Array.isArray(patch) ? "array" : typeof patch} into Go value of type map[string]interface {}`,
          );
        return strategicMergePatch(structType(type.typeName), current, patch);
      };
    default:
  }
  if (type.custom && media === strategicMediaType) {
    throw unsupportedMediaType(patchMediaTypes.filter((one) => one !== strategicMediaType));
  }
  throw new StatusError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {});
}

function applyObject(call: Call): Patched {
  const { type, name } = call;
  checkWriteOptions(call, "PatchOptions", true);
  const writer = writerOf(call);
  const sent = appliedBody(call);
  checkApplied(call, sent);
  const object = type.custom ? decodeAsSent(call, sent) : asObject(sent);
  const configuration = partOf(call, object);
  const live = findObject(call);
  const { uid } = configuration.metadata;
  if (!live && call.subresource !== "") throw notFound(type, name);
  if (!live && uid) {
    const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
    throw conflict(type, name, why);
  }
  const force = isTrue(call.request.query.get("force"));
  const applied = serverSideApply({ type, live, configuration, writer, force });
  checkIdentity(call, configuration);
  if (live && uid && uid !== live.metadata.uid) {
    throw invalid(type, name, [invalidValue("metadata.uid", uid, "field is immutable")]);
  }
  const next = type.custom
    ? applied
    : ({ ...canonical(type.typeName, applied), metadata: applied.metadata } as KubeObject);
  if (live) return { object: replaceObject(call, live, next, writer, "recorded"), created: false };
  const { resourceVersion: _, ...metadata } = next.metadata;
  const created = createObject(call, { ...next, metadata }, writer, "recorded");
  return { object: created, created: true };
}

export function appliedBody({ request: { body }, type }: Call): JsonRecord {
  let sent: unknown;
  try {
    sent = parseYaml(body) ?? {};
  } catch (error) {
    throw error instanceof StatusError ? badRequest(`error decoding YAML: ${error.message}`) : error;
  }
  if (isRecord(sent)) return sent;
  const found = Array.isArray(sent) ? "array" : typeof sent;
  const why = `while decoding JSON: json: cannot unmarshal ${found} into Go value of type map[string]interface {}`;
  throw badRequest(type.custom ? why : `error decoding YAML: error unmarshaling JSON: ${why}`);
}

/** A configuration is of the called kind, for the named object, and has what its type has. */
export function checkApplied(call: Call, sent: JsonRecord): void {
  const { type } = call;
  const apiVersion = textAt(sent, "apiVersion") ?? "";
  const kind = textAt(sent, "kind") ?? "";
  const shown = `${apiVersion.includes("/") || apiVersion === "" ? apiVersion || "/" : `/${apiVersion}`}, Kind=${kind}`;
  if (apiVersion !== apiVersionOf(type) || kind !== type.kind) throw badRequest(`invalid object type: ${shown}`);
  if (at(sent, "metadata", "managedFields") !== undefined) throw badRequest("metadata.managedFields must be nil");
  const problems = type.custom ? undeclared(type, sent) : typedProblems(structType(type.typeName), sent);
  if (problems.length === 0) return;
  const listed = problems.length === 1 ? problems[0] : `errors:\n${problems.map((one) => `  ${one}`).join("\n")}`;
  const place = `${textAt(sent, "metadata", "namespace") ?? ""}/${call.name}`;
  throw new StatusError(500, "", `failed to create typed patch object (${place}; ${shown}): ${listed}`);
}

/** Members that the schema of a custom resource does not have. */
function undeclared({ schema, typeName, kind, version }: ResourceType, sent: JsonRecord): readonly string[] {
  if (!schema) return [];
  const { unknownFields } = decode(typeName, kind, version, sent, true);
  return unknownFields.map((field) => `.${field}: field not declared in schema`);
}

export function asObject(sent: JsonRecord): KubeObject {
  const metadata = recordAt(sent, "metadata");
  return { ...sent, metadata: { ...metadata, name: textAt(metadata, "name") ?? "" } } as KubeObject;
}

/** What the called (sub)resource takes: the status, or everything else. */
function partOf({ type, subresource }: Call, object: KubeObject): KubeObject {
  const { apiVersion, kind, metadata, status, ...rest } = object;
  const { name, uid, resourceVersion } = metadata;
  if (subresource === "status") {
    const identity = { name, ...(uid ? { uid } : {}), ...(resourceVersion ? { resourceVersion } : {}) };
    return { apiVersion, kind, metadata: identity, ...(status === undefined ? {} : { status }) };
  }
  const kept = hasStatus(type) || status === undefined ? {} : { status };
  return { apiVersion, kind, metadata, ...rest, ...kept };
}
