import type { KubeObject, ObjectMeta } from "../objects.ts";
import { timestamp } from "../store.ts";
import { checkLimitRanges, withRangeDefaults } from "./admission/limit-ranges.ts";
import { checkQuotas } from "./admission/quota.ts";
import { admit } from "./admission/required.ts";
import { recordUpdate, type Writer } from "./apply/managers.ts";
import { type Call, fromStored, isDryRun, toStored } from "./call.ts";
import { removeObject } from "./delete.ts";
import { bumpGeneration, sameDesired } from "./generation.ts";
import { cloneJson, listAt, sameJson } from "./json.ts";
import { generateName } from "./names.ts";
import { hasStatus, type ResourceType, storedResource } from "./resource-type.ts";
import { missingFields } from "./schema/decode.ts";
import { alreadyExists, badRequest, conflict, forbidden, notFound, StatusError } from "./status-error.ts";
import { type FieldError, invalid, invalidValue } from "./validation/field-errors.ts";
import { validateMetadata, validateMetadataUpdate } from "./validation/metadata.ts";

/** How managed fields come about: as an Update of the writer, or as server-side apply has recorded them already. */
export type Tracking = "update" | "recorded";

/** Checks a new object, fills in defaults, writes it. Returns it as the client sees it. */
export function createObject(call: Call, sent: KubeObject, writer: Writer, tracking: Tracking = "update"): KubeObject {
  const { cluster, type } = call;
  if (sent.metadata.resourceVersion) {
    throw new StatusError(500, "", "resourceVersion should not be set on objects to be created");
  }
  const named = withName(call, withNamespace(call, sent));
  if (type.namespaced) checkNamespace(call, sent.metadata.name || sent.metadata.generateName || "");
  const asked = withRangeDefaults(cluster, type, withDefaults(type, asNew(type, named)));
  const defaulted = withDefaults(type, admit(call, "CREATE", asked, undefined) ?? asked);
  const errors = validateNew(type, defaulted);
  if (errors.length > 0) throw invalid(type, defaulted.metadata.name, errors);
  // What the server adds itself belongs to nobody.
  const tracked = tracking === "update" ? recordUpdate(type, undefined, defaulted, writer) : defaulted;
  const prepared = prepareForStore(call, tracked);
  checkLimitRanges(cluster, type, prepared);
  checkQuotas(cluster, type, prepared, undefined);
  if (isDryRun(call)) return dryCreated(call, prepared);
  const created = cluster.store.create(storedResource(type), toStored(type, prepared));
  if (!created) throw alreadyExists(type, prepared.metadata.name);
  return fromStored(type, created);
}

/** Replaces `current` by `sent`, within what the called (sub)resource may change. */
export function replaceObject(
  call: Call,
  current: KubeObject,
  sent: KubeObject,
  writer: Writer,
  tracking: Tracking = "update",
): KubeObject {
  const { cluster, type } = call;
  checkPreconditions(call, current, sent);
  const limited = call.subresource === "status" ? withStatusOnly(current, sent) : withoutStatus(type, current, sent);
  const kept = type.keepAllocated ? type.keepAllocated(limited, current) : limited;
  const asked = bumpGeneration(current, withDefaults(type, withSystemMetadata(current, kept)));
  const next = admit(call, "UPDATE", asked, current) ?? asked;
  const errors = call.subresource === "status" ? [] : validateChange(type, next, current);
  if (errors.length > 0) throw invalid(type, current.metadata.name, errors);
  if (call.subresource === "") checkQuotas(cluster, type, next, current);
  const tracked = tracking === "update" ? trackChange(type, current, next, writer) : next;
  if (isDryRun(call)) return tracked;
  const { namespace, name } = current.metadata;
  const stored = cluster.store.update(storedResource(type), namespace, name, (before) =>
    sameJson(tracked, current) ? before : toStored(type, tracked),
  );
  if (!stored) throw notFound(type, name);
  if (isFinalized(stored)) removeObject(call, stored);
  return fromStored(type, stored);
}

/** An update that changes nothing leaves the managed fields, and so the version, alone. */
function trackChange(type: ResourceType, current: KubeObject, next: KubeObject, writer: Writer): KubeObject {
  const same = sameJson(
    { ...next, metadata: { ...next.metadata, managedFields: current.metadata.managedFields } },
    current,
  );
  const ownManagers =
    next.metadata.managedFields !== undefined && !sameJson(next.metadata.managedFields, current.metadata.managedFields);
  return same && !ownManagers ? current : recordUpdate(type, current, next, writer);
}

function withNamespace(call: Call, sent: KubeObject): KubeObject {
  const { namespace: own, ...metadata } = sent.metadata;
  if (!call.type.namespaced) return { ...sent, metadata };
  if (own !== undefined && own !== "" && own !== call.namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  return { ...sent, metadata: { ...metadata, ...(call.namespace === undefined ? {} : { namespace: call.namespace }) } };
}

function withName(call: Call, object: KubeObject): KubeObject {
  const { name, generateName: prefix } = object.metadata;
  if (name || !prefix) return object;
  return { ...object, metadata: { ...object.metadata, name: generateName(call.cluster, prefix) } };
}

const namespaces = { group: "", resource: "namespaces" };
const namespaceSubject = { group: "", plural: "namespaces", kind: "Namespace" };

function checkNamespace({ cluster, type, namespace = "" }: Call, name: string): void {
  const found = cluster.store.get(namespaces, undefined, namespace);
  if (!found) throw notFound(namespaceSubject, namespace);
  if (found.metadata.deletionTimestamp === undefined) return;
  const message = `unable to create new content in namespace ${namespace} because it is being terminated`;
  throw forbidden(type, name, message, [
    {
      reason: "NamespaceTerminating",
      message: `namespace ${namespace} is being terminated`,
      field: "metadata.namespace",
    },
  ]);
}

/** Without what only the server sets. */
function asNew(type: ResourceType, object: KubeObject): KubeObject {
  const {
    uid: _uid,
    creationTimestamp: _created,
    deletionTimestamp: _deleted,
    deletionGracePeriodSeconds: _grace,
    generation: _generation,
    ...metadata
  } = object.metadata;
  if (!type.initialStatus) return { ...object, metadata };
  const { status: _status, ...rest } = object;
  return { ...rest, apiVersion: object.apiVersion, kind: object.kind, metadata };
}

function prepareForStore({ cluster, type }: Call, object: KubeObject): KubeObject {
  const draft = type.prepare ? type.prepare(object, cluster) : object;
  const status = type.initialStatus?.(draft);
  return status === undefined ? draft : { ...draft, status };
}

/** The object with defaults filled in; the one given is not changed. */
export function withDefaults(type: ResourceType, object: KubeObject): KubeObject {
  if (!type.setDefaults) return object;
  const draft = cloneJson(object);
  type.setDefaults(draft);
  return draft;
}

function validateNew(type: ResourceType, object: KubeObject): readonly FieldError[] {
  return unique([
    ...validateMetadata(type, object),
    ...missingFields(type.typeName, object),
    ...(type.validate?.(object) ?? []),
  ]);
}

/** What is as it was is valid: only the metadata is looked at when nothing else changed. */
function validateChange(type: ResourceType, next: KubeObject, previous: KubeObject): readonly FieldError[] {
  const inMetadata = validateMetadataUpdate(next, previous);
  if (sameDesired(previous, next)) return inMetadata;
  return unique([
    ...inMetadata,
    ...missingFields(type.typeName, next),
    ...(type.validate?.(next) ?? []),
    ...(type.validateUpdate?.(next, previous) ?? []),
  ]);
}

/** The first error of each field and reason: a rule of a kind may say more than the general one for required fields. */
function unique(errors: readonly FieldError[]): readonly FieldError[] {
  const byPlace = new Map<string, FieldError>();
  for (const error of errors)
    byPlace.set(`${error.field} ${error.reason} ${error.reason === "FieldValueRequired" ? "" : error.message}`, error);
  return [...byPlace.values()];
}

function checkPreconditions(call: Call, current: KubeObject, sent: KubeObject): void {
  const { type } = call;
  const { resourceVersion, uid, namespace } = sent.metadata;
  if (namespace && namespace !== (current.metadata.namespace ?? "")) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  if (sent.metadata.name && sent.metadata.name !== current.metadata.name) {
    throw badRequest(
      `the name of the object (${sent.metadata.name}) does not match the name on the URL (${current.metadata.name})`,
    );
  }
  if (type.custom && call.request.method === "PUT" && !resourceVersion) {
    throw invalid(type, current.metadata.name, [
      invalidValue("metadata.resourceVersion", 0, "must be specified for an update"),
    ]);
  }
  if (uid && uid !== current.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid ?? ""}`;
    throw conflict(type, current.metadata.name, why);
  }
  if (resourceVersion && resourceVersion !== current.metadata.resourceVersion) {
    throw conflict(type, current.metadata.name);
  }
}

function withStatusOnly(current: KubeObject, sent: KubeObject): KubeObject {
  const { managedFields } = sent.metadata;
  const metadata: ObjectMeta = { ...current.metadata, ...(managedFields ? { managedFields } : {}) };
  const { status: _, ...rest } = current;
  const base = { ...rest, apiVersion: current.apiVersion, kind: current.kind, metadata };
  return sent["status"] === undefined ? base : { ...base, status: sent["status"] };
}

function withoutStatus(type: ResourceType, current: KubeObject, sent: KubeObject): KubeObject {
  if (!hasStatus(type)) return sent;
  const { status: _, ...rest } = sent;
  const base = { ...rest, apiVersion: sent.apiVersion, kind: sent.kind, metadata: sent.metadata };
  return current["status"] === undefined ? base : { ...base, status: current["status"] };
}

/** What clients cannot change stays as it is. */
function withSystemMetadata(current: KubeObject, sent: KubeObject): KubeObject {
  const {
    deletionTimestamp: _deleted,
    deletionGracePeriodSeconds: _grace,
    resourceVersion: _version,
    managedFields,
    ...changed
  } = sent.metadata;
  const kept = Object.fromEntries(Object.entries(current.metadata).filter(([name]) => systemMetadata.has(name)));
  const managers = managedFields ?? current.metadata.managedFields;
  return {
    ...sent,
    metadata: { ...changed, ...kept, name: current.metadata.name, ...(managers ? { managedFields: managers } : {}) },
  };
}

const systemMetadata: ReadonlySet<string> = new Set([
  "name",
  "namespace",
  "generateName",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
]);

/** Deleted before, and the last finalizer is gone; a pod waits for its kubelet instead, a namespace for its content. */
function isFinalized({ kind, metadata, ...object }: KubeObject): boolean {
  const inSpec = kind === "Namespace" ? listAt(object, "spec", "finalizers") : [];
  const held = (metadata.finalizers?.length ?? 0) + inSpec.length > 0;
  return metadata.deletionTimestamp !== undefined && !held && (metadata.deletionGracePeriodSeconds ?? 0) === 0;
}

function dryCreated({ cluster, type }: Call, object: KubeObject): KubeObject {
  const { namespace, name } = object.metadata;
  if (cluster.store.get(storedResource(type), namespace, name)) throw alreadyExists(type, name);
  const uid = cluster.world.random.stream(`uid/dry-run/${namespace ?? ""}/${name}`).uuid();
  const creationTimestamp = timestamp(cluster.world.clock.now());
  return { ...object, metadata: { ...object.metadata, uid, creationTimestamp, generation: 1 } };
}
