import type { KubeObject } from "../objects.ts";
import { requestToken } from "./access/token-request.ts";
import { json, withWarning } from "./answered.ts";
import { recordUpdate } from "./apply/managers.ts";
import { readObjectBody } from "./body.ts";
import { type Call, findObject, isTrue, readObject, writerOf } from "./call.ts";
import { type Deletion, deleteObject, deleteOptionsOf, deletionWarnings } from "./delete.ts";
import { listObjects, representList, representOne } from "./list.ts";
import { checkListOptions, requestedVersion, selectObjects, versionParameter } from "./list-options.ts";
import { negotiate } from "./negotiation.ts";
import { checkWriteOptions } from "./options.ts";
import { patchObject } from "./patch.ts";
import type { KubeResponse } from "./request.ts";
import type { SubresourceName, Verb } from "./resource-type.ts";
import { methodNotAllowed, StatusError } from "./status-error.ts";
import { createsOnUpdate, returnsDeleted } from "./strategy.ts";
import { bindingType, bindPod } from "./subresources/binding.ts";
import { connectToPod } from "./subresources/connect.ts";
import { evictPod } from "./subresources/eviction.ts";
import { podLog } from "./subresources/log.ts";
import { proxyTo } from "./subresources/proxy.ts";
import { scaleObject } from "./subresources/scale.ts";
import { watchObjects } from "./watch.ts";
import { checkIdentity, createObject, replaceObject } from "./write.ts";

/** What a call of an object, of a collection or of a part of an object comes to. Refusals are thrown. */
export function answer(call: Call): KubeResponse {
  switch (call.subresource as SubresourceName | "") {
    case "":
      return call.name === "" ? answerCollection(call) : answerObject(call);
    case "status":
    case "approval":
    case "ephemeralcontainers":
    case "finalize":
    case "resize":
      return answerPart(call);
    case "scale":
      return scaleObject(call);
    case "attach":
    case "exec":
    case "portforward":
      return connectToPod(call);
    case "proxy":
      return proxyTo(call);
    case "eviction":
      return evictPod(call);
    case "binding":
      return bindPod(call);
    case "log":
      return podLog(call);
    case "token":
      return requestToken(call);
  }
}

function answerCollection(call: Call): KubeResponse {
  switch (call.request.method) {
    case "GET":
      return isWatch(call) ? watch(call) : list(call);
    case "POST":
      return create(call);
    case "DELETE":
      return deleteCollection(call);
    default:
      throw methodNotAllowed();
  }
}

function answerObject(call: Call): KubeResponse {
  switch (call.request.method) {
    case "GET":
      return json(representOne(call, requireObject(call)));
    case "PUT":
      return update(call);
    case "PATCH":
      return patch(call);
    case "DELETE":
      return remove(call);
    default:
      throw methodNotAllowed();
  }
}

/** A part goes with its object only. */
function answerPart(call: Call): KubeResponse {
  if (call.request.method === "DELETE") throw methodNotAllowed();
  return answerObject(call);
}

function requireObject(call: Call): ReturnType<typeof readObject> {
  requireVerb(call, "get");
  requestedVersion(call);
  return readObject(call);
}

function list(call: Call): KubeResponse {
  requireVerb(call, "list");
  return json(listObjects(call));
}

function watch(call: Call): KubeResponse {
  requireVerb(call, "watch");
  const open = watchObjects(call);
  return { kind: "stream", contentType: "application/json", open };
}

function create(call: Call): KubeResponse {
  requireVerb(call, "create");
  if (call.type.namespaced && call.namespace === undefined) throw methodNotAllowed();
  negotiate(call.request.accept);
  checkWriteOptions(call, "CreateOptions");
  if (call.type === bindingType) return bindPod(call);
  const object = readObjectBody(call);
  if (call.type.answer) return answerReview(call, object);
  const created = createObject(call, object, writerOf(call));
  return { kind: "json", status: 201, body: representOne(call, created) };
}

/** Nothing is kept; who asked is told that the question is his. */
function answerReview(call: Call, question: KubeObject): KubeResponse {
  const { namespace: _, ...metadata } = question.metadata;
  const asked = call.namespace === undefined ? metadata : { ...metadata, namespace: call.namespace };
  const answered = call.type.answer?.({ ...question, metadata: asked }, call) ?? question;
  const { managedFields } = recordUpdate(call.type, undefined, question, writerOf(call)).metadata;
  const { namespace, creationTimestamp } = answered.metadata;
  return {
    kind: "json",
    status: 201,
    body: {
      ...answered,
      metadata: {
        ...(namespace ? { namespace } : {}),
        ...(creationTimestamp ? { creationTimestamp } : {}),
        ...(managedFields && call.type.kind !== "SelfSubjectRulesReview" ? { managedFields } : {}),
      },
    },
  };
}

function update(call: Call): KubeResponse {
  requireVerb(call, "update");
  negotiate(call.request.accept);
  checkWriteOptions(call, "UpdateOptions");
  const object = readObjectBody(call);
  checkIdentity(call, object);
  const current = findObject(call);
  if (!current && call.subresource === "" && createsOnUpdate(call.type)) {
    return {
      kind: "json",
      status: 201,
      body: representOne(call, createObject(call, object, writerOf(call))),
    };
  }
  const updated = replaceObject(call, current ?? readObject(call), object, writerOf(call));
  return { kind: "json", status: 200, body: representOne(call, updated) };
}

function patch(call: Call): KubeResponse {
  requireVerb(call, "patch");
  negotiate(call.request.accept);
  const { object, created } = patchObject(call);
  return { kind: "json", status: created ? 201 : 200, body: representOne(call, object) };
}

function remove(call: Call): KubeResponse {
  requireVerb(call, "delete");
  const options = deleteOptionsOf(call);
  const warnings = deletionWarnings(call, options);
  return withWarning(warnings, () => json(describeDeletion(call, deleteObject(call, options))));
}

function deleteCollection(call: Call): KubeResponse {
  requireVerb(call, "deletecollection");
  if (call.type.namespaced && call.namespace === undefined) throw methodNotAllowed();
  checkListOptions(call, false);
  versionParameter(call);
  const options = deleteOptionsOf(call);
  // They are shown as they were found.
  const objects = selectObjects(call);
  for (const { metadata } of objects) {
    refusedUnnamed(metadata.name, () =>
      deleteObject({ ...call, name: metadata.name, namespace: metadata.namespace }, options),
    );
  }
  const body = representList(call, objects, { resourceVersion: String(call.cluster.store.version) });
  return { kind: "json", status: 200, body, warnings: deletionWarnings(call, options) };
}

/** Admission knows nobody's name when it is asked about a collection. */
function refusedUnnamed(name: string, remove: () => void): void {
  try {
    remove();
  } catch (error) {
    const named = `"${name}" is forbidden`;
    if (!(error instanceof StatusError) || !error.message.includes(named)) throw error;
    const message = error.message.replace(named, '"Unknown" is forbidden');
    throw new StatusError(error.code, error.reason, message, { ...error.details, name: "Unknown" });
  }
}

/** A pod or namespace comes back as it is now; of the others the answer only says that they are gone. */
function describeDeletion({ type }: Call, deletion: Deletion): unknown {
  const { metadata } = deletion.object;
  if (deletion.kind === "terminating" || returnsDeleted(type)) return deletion.object;
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: {
      name: metadata.name,
      ...(type.group ? { group: type.group } : {}),
      kind: type.plural,
      uid: metadata.uid,
    },
  };
}

function requireVerb({ type }: Call, verb: Verb): void {
  if (!type.verbs.includes(verb)) throw methodNotAllowed();
}

function isWatch({ request }: Call): boolean {
  return isTrue(request.query.get("watch"));
}
