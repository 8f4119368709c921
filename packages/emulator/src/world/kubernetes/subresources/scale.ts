import type { KubeObject } from "../../objects.ts";
import { decodeObject, mediaType, parseJson, parseObjectBody } from "../body.ts";
import { type Call, readObject, writerOf } from "../call.ts";
import { recordIn } from "../defaults/fill.ts";
import { numberAt } from "../json.ts";
import { representOne } from "../list.ts";
import { negotiate } from "../negotiation.ts";
import { checkWriteOptions } from "../options.ts";
import { applyMediaType, patchFunction, readPatched, strategicMediaType } from "../patch.ts";
import type { KubeResponse } from "../request.ts";
import { methodNotAllowed } from "../status-error.ts";
import { invalid, invalidValue } from "../validation/field-errors.ts";
import { checkIdentity, replaceObject, type Tracking } from "../write.ts";
import { applyScale } from "./scale-apply.ts";
import { scaleOf, scaleType } from "./scale-type.ts";

/** The scale subresource: the number of replicas, and nothing else. */
export function scaleObject(call: Call): KubeResponse {
  negotiate(call.request.accept);
  switch (call.request.method) {
    case "GET":
      return answer(call, readObject(call));
    case "PUT": {
      checkWriteOptions(call, "UpdateOptions");
      const sent = parseObjectBody(call.request.contentType, call.request.body);
      const object = decodeObject(call, sent, scaleType);
      return answer(call, setScale(call, readObject(call), object));
    }
    case "PATCH":
      return patchScale(call);
    default:
      throw methodNotAllowed();
  }
}

function patchScale(call: Call): KubeResponse {
  const media = mediaType(call.request.contentType);
  checkWriteOptions(call, "PatchOptions", media === applyMediaType);
  const current = readObject(call);
  if (media === applyMediaType) {
    const { scale, managedFields } = applyScale(call, current, scaleOf(call.type, current));
    const owned = { ...current, metadata: { ...current.metadata, ...(managedFields ? { managedFields } : {}) } };
    return answer(call, setScale(call, current, scale, owned));
  }
  const before = scaleOf(call.type, current);
  const patch = parseJson(call.request.body);
  const patched = patchFunction(scaleType, media)(before, patch);
  const merged = media === strategicMediaType ? patch : undefined;
  const object = readPatched({ ...call, type: scaleType }, before, patched, merged);
  return answer(call, setScale(call, current, object));
}

/** `owned`: the object with the managers that an application has left. */
function setScale(call: Call, current: KubeObject, scale: KubeObject, owned?: KubeObject): KubeObject {
  checkIdentity(call, scale);
  const replicas = numberAt(scale, "spec", "replicas") ?? 0;
  if (replicas < 0) {
    const error = invalidValue("spec.replicas", replicas, "must be greater than or equal to 0");
    throw invalid(scaleType, call.name, [error]);
  }
  const { resourceVersion, uid } = scale.metadata;
  const { resourceVersion: _, ...metadata } = (owned ?? current).metadata;
  const next: KubeObject = {
    ...structuredClone(current),
    metadata: { ...metadata, ...(resourceVersion ? { resourceVersion } : {}), ...(uid ? { uid } : {}) },
  };
  setAt(next, call.type.scalePaths?.replicas ?? ["spec", "replicas"], replicas);
  const tracking: Tracking = owned ? "recorded" : "update";
  return replaceObject(call, current, next, writerOf(call), tracking);
}

function answer(call: Call, object: KubeObject): KubeResponse {
  const body = representOne({ ...call, type: scaleType }, scaleOf(call.type, object));
  return { kind: "json", status: 200, body };
}

function setAt(draft: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const parent = path.slice(0, -1).reduce<Record<string, unknown>>((record, member) => recordIn(record, member), draft);
  parent[path.at(-1) ?? ""] = value;
}
