import type { KubeObject } from "../objects.ts";
import { type Writer } from "./apply/managers.ts";
import { serverSideApply } from "./apply/server-side-apply.ts";
import { decodeObject, decodePatched, mediaType, parseJson, parseYaml } from "./body.ts";
import { type Call, findObject, isTrue, writerOf } from "./call.ts";
import { isRecord } from "./json.ts";
import { jsonPatch } from "./patch/json-patch.ts";
import { mergePatch } from "./patch/merge-patch.ts";
import { strategicMergePatch } from "./patch/strategic-merge-patch.ts";
import type { ResourceType } from "./resource-type.ts";
import { structType } from "./schema/schema.ts";
import { badRequest, conflict, notFound, unsupportedMediaType } from "./status-error.ts";
import { forbiddenField, invalid, required } from "./validation/field-errors.ts";
import { createObject, replaceObject } from "./write.ts";

export interface Patched {
  readonly object: KubeObject;
  readonly created: boolean;
  readonly warnings: readonly string[];
}

const applyMediaType = "application/apply-patch+yaml";
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
  checkPatchOptions(call);
  const change = patchFunction(call.type, media);
  const patch = parseJson(call.request.body);
  const current = findObject(call);
  if (!current) throw notFound(call.type, call.name);
  const { object, warnings } = decodePatched(call, current, change(current, patch));
  return { object: replaceObject(call, current, object, writerOf(call)), created: false, warnings };
}

/** What a patch of this media type makes of an object. 415 for a media type that the kind does not take. */
export function patchFunction(type: ResourceType, media: string): (current: KubeObject, patch: unknown) => unknown {
  switch (media) {
    case "application/json-patch+json":
      return jsonPatch;
    case "application/merge-patch+json":
      return mergePatch;
    case "application/strategic-merge-patch+json":
      if (type.custom) break;
      return (current, patch) => {
        if (!isRecord(patch)) throw badRequest("error decoding patch: a strategic merge patch is an object");
        return strategicMergePatch(structType(type.typeName), current, patch);
      };
    default:
  }
  throw unsupportedMediaType(
    type.custom ? patchMediaTypes.filter((one) => !one.includes("strategic")) : patchMediaTypes,
  );
}

function applyObject(call: Call): Patched {
  const { type, name } = call;
  const writer = applierOf(call);
  const { object, warnings } = decodeObject(call, parseYaml(call.request.body));
  if (object.metadata.managedFields !== undefined) throw badRequest("metadata.managedFields must be nil");
  const configuration = withName(object, name);
  const live = findObject(call);
  if (!live && (call.subresource !== "" || configuration.metadata.uid)) throw notFound(type, name);
  if (!live && configuration.metadata.resourceVersion) throw conflict(type, name);
  const force = isTrue(call.request.query.get("force"));
  const applied = serverSideApply({ type, live, configuration, writer, force });
  if (live) return { object: replaceObject(call, live, applied, writer, "recorded"), created: false, warnings };
  return { object: createObject(call, applied, writer, "recorded"), created: true, warnings };
}

function withName(object: KubeObject, name: string): KubeObject {
  if (object.metadata.name && object.metadata.name !== name) {
    throw badRequest(`the name of the object (${object.metadata.name}) does not match the name on the URL (${name})`);
  }
  return { ...object, metadata: { ...object.metadata, name } };
}

const patchOptions = { group: "meta.k8s.io", plural: "", kind: "PatchOptions" };

function applierOf(call: Call): Writer {
  if (!call.request.query.get("fieldManager")) {
    throw invalid(patchOptions, "", [required("fieldManager", "is required for apply patch")]);
  }
  return writerOf(call);
}

function checkPatchOptions({ request }: Call): void {
  if (request.query.get("force") === null) return;
  throw invalid(patchOptions, "", [forbiddenField("force", "may not be specified for non-apply patch")]);
}
