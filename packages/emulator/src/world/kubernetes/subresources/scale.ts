import type { KubeObject } from "../../objects.ts";
import { decodeObject, mediaType, parseJson, parseObjectBody } from "../body.ts";
import { type Call, readObject, writerOf } from "../call.ts";
import { recordIn } from "../defaults/fill.ts";
import { at, numberAt, stringMapAt } from "../json.ts";
import { patchFunction } from "../patch.ts";
import { selectorText } from "../printing/cells.ts";
import type { KubeResponse } from "../request.ts";
import { defineResource, type ResourceType } from "../resource-type.ts";
import { methodNotAllowed, unsupportedMediaType } from "../status-error.ts";
import { invalid, invalidValue } from "../validation/field-errors.ts";
import { replaceObject } from "../write.ts";

export const scaleType = defineResource({
  group: "autoscaling",
  version: "v1",
  plural: "scales",
  kind: "Scale",
  typeName: "V1Scale",
  columns: [],
});

/** The scale subresource: the number of replicas, and nothing else. */
export function scaleObject(call: Call): KubeResponse {
  const current = readObject(call);
  switch (call.request.method) {
    case "GET":
      return { kind: "json", status: 200, body: scaleOf(call.type, current) };
    case "PUT":
      return setScale(call, current, parseObjectBody(call.request.contentType, call.request.body));
    case "PATCH":
      return setScale(call, current, patchedScale(call, current));
    default:
      throw methodNotAllowed();
  }
}

function patchedScale(call: Call, current: KubeObject): unknown {
  const media = mediaType(call.request.contentType);
  if (media === "application/apply-patch+yaml") throw unsupportedMediaType(["application/merge-patch+json"]);
  return patchFunction(scaleType, media)(scaleOf(call.type, current), parseJson(call.request.body));
}

function setScale(call: Call, current: KubeObject, sent: unknown): KubeResponse {
  const { object: scale, warnings } = decodeObject(call, sent, scaleType);
  const replicas = numberAt(scale, "spec", "replicas") ?? 0;
  if (replicas < 0) {
    const error = invalidValue("spec.replicas", replicas, "must be greater than or equal to 0");
    throw invalid(scaleType, call.name, [error]);
  }
  const { resourceVersion } = scale.metadata;
  const { resourceVersion: _, ...metadata } = current.metadata;
  const next: KubeObject = {
    ...structuredClone(current),
    metadata: { ...metadata, ...(resourceVersion ? { resourceVersion } : {}) },
  };
  setAt(next, call.type.scalePaths?.replicas ?? ["spec", "replicas"], replicas);
  const written = replaceObject(call, current, next, writerOf(call));
  return { kind: "json", status: 200, body: scaleOf(call.type, written), warnings };
}

function setAt(draft: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const parent = path.slice(0, -1).reduce<Record<string, unknown>>((record, member) => recordIn(record, member), draft);
  parent[path.at(-1) ?? ""] = value;
}

function scaleOf({ scalePaths }: ResourceType, object: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = at(object, ...(scalePaths?.selector ?? ["spec", "selector"]));
  return {
    apiVersion: "autoscaling/v1",
    kind: "Scale",
    metadata: {
      name,
      ...(namespace ? { namespace } : {}),
      ...(uid ? { uid } : {}),
      ...(resourceVersion ? { resourceVersion } : {}),
      ...(creationTimestamp ? { creationTimestamp } : {}),
    },
    spec: { replicas: numberAt(object, ...(scalePaths?.replicas ?? ["spec", "replicas"])) ?? 0 },
    status: {
      replicas: numberAt(object, ...(scalePaths?.current ?? ["status", "replicas"])) ?? 0,
      ...(typeof selector === "string" ? { selector } : {}),
      ...(Object.keys(stringMapAt(selector, "matchLabels")).length > 0 ? { selector: selectorText(selector) } : {}),
    },
  };
}
