import { hasGeneration } from "../generation.ts";
import type { KubeObject } from "../objects.ts";
import { timestamp } from "../store.ts";
import { userOf } from "./access/authorization.ts";
import { checkGrant } from "./access/escalation.ts";
import { checkLimitRanges, withRangeDefaults } from "./admission/limit-ranges.ts";
import { checkNamespacePolicy, checkPodSecurity } from "./admission/pod-security/pod-security.ts";
import { checkQuotas } from "./admission/quota.ts";
import { admit, validate } from "./admission/required.ts";
import { recordUpdate, type Writer } from "./apply/managers.ts";
import { type Call, fromStored, isDryRun, toStored } from "./call.ts";
import { removeObject } from "./delete.ts";
import { bumpGeneration } from "./generation.ts";
import { listAt, sameJson } from "./json.ts";
import { generateName } from "./names.ts";
import { withOwnersOnce } from "./owners.ts";
import { changeablePart } from "./parts.ts";
import { hasStatus, type ResourceType, storedResource } from "./resource-type.ts";
import { alreadyExists, badRequest, conflict, forbidden, notFound, StatusError } from "./status-error.ts";
import { needsVersion, storageKey } from "./strategy.ts";
import { validateChange, validateNew, validateStatus } from "./validate-write.ts";
import { invalid, invalidValue } from "./validation/field-errors.ts";
import { warningsOn } from "./warnings/warnings.ts";
import { asWritten, sharing, withDefaults } from "./written-form.ts";

/** How managed fields come about: as an Update of the writer, or as server-side apply has recorded them already. */
export type Tracking = "update" | "recorded";

/** Checks a new object, fills in defaults, writes it. Returns it as the client sees it. */
export function createObject(call: Call, sent: KubeObject, writer: Writer, tracking: Tracking = "update"): KubeObject {
  const { cluster, type } = call;
  if (sent.metadata.resourceVersion) {
    throw new StatusError(500, "", "resourceVersion should not be set on objects to be created");
  }
  const named = withName(call, withNamespace(call, withOwnersOnce(sent, call.warn)));
  if (type.namespaced) checkNamespace(call, sent.metadata.name || sent.metadata.generateName || "");
  checkGrant(cluster, userOf(call.request), type, named);
  const sentForm = withDefaults(type, asNew(type, named));
  // What the server and admission add belongs to nobody.
  const tracked = tracking === "update" ? trackNew(type, sentForm, writer) : sentForm;
  const asked = withRangeDefaults(cluster, type, tracked);
  const defaulted = withDefaults(type, admit(call, "CREATE", asked, undefined) ?? asked);
  const errors = validateNew(type, defaulted);
  if (errors.length > 0) throw invalid(refused(type), defaulted.metadata.name, errors);
  const prepared = asWritten(type, prepareForStore(call, defaulted));
  for (const text of warningsOn(type, prepared)) call.warn(text);
  checkLimitRanges(cluster, type, prepared);
  checkPodSecurity(cluster, type, prepared, call.warn);
  validate(call, "CREATE", prepared, undefined);
  checkQuotas(cluster, type, prepared, undefined);
  if (isDryRun(call)) return dryCreated(call, prepared);
  const created = cluster.store.create(storedResource(type), toStored(type, prepared));
  if (!created) throw alreadyExists(type, prepared.metadata.name);
  return fromStored(type, created);
}

function refused(type: ResourceType): ResourceType {
  return type.errorGroup === undefined ? type : { ...type, group: type.errorGroup };
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
  checkGrant(cluster, userOf(call.request), type, sent, current);
  const limited = changeablePart(call, current, withOwnersOnce(sent, call.warn));
  const kept = type.keepAllocated && call.subresource === "" ? type.keepAllocated(limited, current, cluster) : limited;
  const written = asWritten(type, sharing(current, withDefaults(type, withSystemMetadata(current, kept))));
  const asked = call.subresource === "status" ? written : bumpGeneration(current, written);
  const admitted = admit(call, "UPDATE", asked, current) ?? asked;
  const next = admitted === asked ? asked : withDefaults(type, admitted);
  const errors =
    call.subresource === "status" ? validateStatus(type, next, current) : validateChange(call, next, current, sent);
  for (const text of type.changeWarnings?.(next, current) ?? []) call.warn(text);
  if (errors.length > 0) throw invalid(refused(type), current.metadata.name, errors);
  if (call.subresource === "" || call.subresource === "scale") {
    for (const text of warningsOn(type, next, current)) call.warn(text);
  }
  if (call.subresource === "" && type.kind === "Namespace" && type.group === "") {
    checkNamespacePolicy(cluster, next, current, call.warn);
  }
  if (call.subresource !== "status") checkPodSecurity(cluster, type, next, call.warn, current);
  validate(call, "UPDATE", next, current);
  if (call.subresource === "") checkQuotas(cluster, type, next, current);
  const tracked = tracking === "update" ? trackAdmitted(type, current, asked, next, writer) : next;
  if (isDryRun(call)) return tracked;
  const { namespace, name } = current.metadata;
  const stored = cluster.store.update(storedResource(type), namespace, name, (before) =>
    sameJson(tracked, current) ? before : toStored(type, tracked),
  );
  if (!stored) throw notFound(type, name);
  if (isFinalized(stored)) removeObject(call, stored);
  return fromStored(type, stored);
}

/** The status of what is new is the server's. */
function trackNew(type: ResourceType, sent: KubeObject, writer: Writer): KubeObject {
  const { status, ...rest } = sent;
  if (!hasStatus(type) || status === undefined) return recordUpdate(type, undefined, sent, writer);
  return { ...recordUpdate(type, undefined, rest as KubeObject, writer), status };
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

/** What admission makes of what was asked for belongs to nobody. */
function trackAdmitted(
  type: ResourceType,
  current: KubeObject,
  asked: KubeObject,
  next: KubeObject,
  writer: Writer,
): KubeObject {
  if (next === asked) return trackChange(type, current, next, writer);
  const { managedFields } = trackChange(type, current, asked, writer).metadata;
  return { ...next, metadata: { ...next.metadata, ...(managedFields ? { managedFields } : {}) } };
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

function prepareForStore({ cluster, type, request }: Call, object: KubeObject): KubeObject {
  const draft = type.prepare ? type.prepare(object, cluster, userOf(request)) : object;
  const status = type.initialStatus?.(draft, cluster);
  return status === undefined ? draft : { ...draft, status };
}

function checkPreconditions(call: Call, current: KubeObject, sent: KubeObject): void {
  const { type } = call;
  const { resourceVersion, uid } = sent.metadata;
  checkIdentity(call, sent);
  if (needsVersion(type) && call.request.method === "PUT" && !resourceVersion) {
    throw invalid({ ...type, kind: type.plural }, current.metadata.name, [
      invalidValue("metadata.resourceVersion", 0, "must be specified for an update"),
    ]);
  }
  if (resourceVersion && !/^\d+$/.test(resourceVersion)) {
    throw new StatusError(500, "", `strconv.ParseUint: parsing ${JSON.stringify(resourceVersion)}: invalid syntax`);
  }
  if (uid && uid !== current.metadata.uid && call.request.method === "PATCH") {
    const error = invalidValue("metadata.uid", uid, "field is immutable");
    throw invalid(type, current.metadata.name, [error, error]);
  }
  if (uid && uid !== current.metadata.uid) {
    const failed = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid ?? ""}`;
    const why = `StorageError: invalid object, Code: 4, Key: ${storageKey(type, current)}, ResourceVersion: 0, AdditionalErrorMsg: ${failed}`;
    throw conflict(type, current.metadata.name, why);
  }
  if (resourceVersion && resourceVersion !== current.metadata.resourceVersion) {
    throw conflict(type, current.metadata.name);
  }
}

/** What is sent to a URL has to be what the URL names. */
export function checkIdentity({ name, namespace = "" }: Call, { metadata }: KubeObject): void {
  if (metadata.namespace && metadata.namespace !== namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  if (!metadata.name) {
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  }
  if (metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
  }
}

/** What clients cannot change stays as it is. */
function withSystemMetadata(current: KubeObject, sent: KubeObject): KubeObject {
  const {
    deletionTimestamp: _deleted,
    deletionGracePeriodSeconds: _grace,
    resourceVersion: _version,
    selfLink: _link,
    managedFields,
    ...changed
  } = sent.metadata;
  const own = Object.entries(changed).filter(([name]) => !systemMetadata.has(name));
  const kept = Object.entries(current.metadata).filter(([name]) => systemMetadata.has(name));
  const managers = managedFields ?? current.metadata.managedFields;
  return {
    ...sent,
    metadata: {
      ...Object.fromEntries([...own, ...kept]),
      name: current.metadata.name,
      ...(managers ? { managedFields: managers } : {}),
    },
  };
}

const systemMetadata: ReadonlySet<string> = new Set([
  "name",
  "namespace",
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
  const generation = hasGeneration(storedResource(type)) ? { generation: 1 } : {};
  return { ...object, metadata: { ...object.metadata, uid, creationTimestamp, ...generation } };
}
