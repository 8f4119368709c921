import type { KubeObject } from "../objects.ts";
import { timestamp } from "../store.ts";
import { admit, validate } from "./admission/required.ts";
import { parseObjectBody } from "./body.ts";
import { type Call, fromStored, isDryRun, isTrue, readObject } from "./call.ts";
import { at, isRecord, type JsonRecord, listAt, numberAt, textAt } from "./json.ts";
import { dryRunErrors, integerParameter, metaKind } from "./options.ts";
import type { KubeRequest } from "./request.ts";
import { storedResource } from "./resource-type.ts";
import { decode } from "./schema/decode.ts";
import { badRequest, conflict, forbidden } from "./status-error.ts";
import { type FieldError, invalid, invalidValue, notSupported } from "./validation/field-errors.ts";
import { systemClasses } from "./validation/scheduling.ts";

export type Deletion =
  /** Gone. `object` is what it was last. */
  | { readonly kind: "removed"; readonly object: KubeObject }
  /** Marked; its kubelet or its finalizers finish it. */
  | { readonly kind: "terminating"; readonly object: KubeObject };

/** Deletes the object that the call names, as its DeleteOptions say. */
export function deleteObject(call: Call, options: DeleteOptions = deleteOptionsOf(call)): Deletion {
  const current = readObject(call);
  checkPreconditions(call, current, options);
  const isNamespace = call.type.kind === "Namespace";
  if (isNamespace && lastingNamespaces.has(call.name)) {
    throw forbidden(call.type, call.name, "this namespace may not be deleted");
  }
  if (call.type.kind === "PriorityClass" && systemClasses.has(call.name)) {
    throw forbidden(call.type, call.name, "this is a system priority class and cannot be deleted");
  }
  admit(call, "DELETE", undefined, current);
  validate(call, "DELETE", undefined, current);
  const dryRun = options.dryRun || isDryRun(call);
  const graceSeconds = graceOf(call, current, options);
  const finalizers = finalizersFor(call, current, options);
  if (graceSeconds === 0 && finalizers.length === 0 && !isNamespace) {
    const removed = dryRun ? current : removeObject(call, current);
    return { kind: "removed", object: call.type.kind === "Pod" ? withDeletion(call, removed, 0) : removed };
  }
  return { kind: "terminating", object: dryRun ? current : markDeleted(call, current, graceSeconds, finalizers) };
}

/** apiserver: plugin/pkg/admission/namespace/lifecycle. */
const lastingNamespaces: ReadonlySet<string> = new Set(["default", "kube-system", "kube-public"]);

/** Takes the object out of the store. */
export function removeObject({ cluster, type }: Call, { metadata }: KubeObject): KubeObject {
  const removed = cluster.store.delete(storedResource(type), metadata.namespace, metadata.name);
  return fromStored(type, removed ?? { apiVersion: "", kind: type.kind, metadata });
}

export interface DeleteOptions {
  readonly graceSeconds?: number;
  readonly propagationPolicy?: string;
  readonly orphanDependents?: boolean;
  readonly dryRun: boolean;
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** From the body, or else from the query. */
export function deleteOptionsOf({ request }: Call): DeleteOptions {
  const isEmpty = request.body.length === 0 || Buffer.from(request.body).toString().trim() === "null";
  return readDeleteOptions(isEmpty ? queryOptions(request.query) : bodyOptions(request));
}

export function readDeleteOptions(body: JsonRecord): DeleteOptions {
  const graceSeconds = numberAt(body, "gracePeriodSeconds");
  const propagationPolicy = textAt(body, "propagationPolicy");
  const errors = optionErrors(body, propagationPolicy);
  if (errors.length > 0) throw invalid(metaKind("DeleteOptions"), "", errors);
  const dryRun = at(body, "dryRun");
  const uid = textAt(body, "preconditions", "uid");
  const resourceVersion = textAt(body, "preconditions", "resourceVersion");
  return {
    dryRun: Array.isArray(dryRun) && dryRun.includes("All"),
    ...(graceSeconds === undefined ? {} : { graceSeconds }),
    ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
    ...(typeof body["orphanDependents"] === "boolean" ? { orphanDependents: body["orphanDependents"] } : {}),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
}

function bodyOptions({ contentType, body }: KubeRequest): JsonRecord {
  const parsed = parseObjectBody(contentType, body);
  if (!isRecord(parsed)) throw badRequest("the DeleteOptions provided are not an object");
  const kind = textAt(parsed, "kind") ?? "DeleteOptions";
  if (kind !== "DeleteOptions") {
    const version = textAt(parsed, "apiVersion") ?? "v1";
    const scheme = "k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27";
    throw badRequest(`no kind "${kind}" is registered for version "${version}" in scheme "${scheme}"`);
  }
  return decode("V1DeleteOptions", "DeleteOptions", "v1", parsed, false).value;
}

function queryOptions(query: URLSearchParams): JsonRecord {
  const grace = query.get("gracePeriodSeconds");
  const policy = query.get("propagationPolicy");
  const orphan = query.get("orphanDependents");
  const dryRun = query.getAll("dryRun");
  return {
    ...(grace === null ? {} : { gracePeriodSeconds: integerParameter(grace) }),
    ...(policy === null ? {} : { propagationPolicy: policy }),
    ...(orphan === null ? {} : { orphanDependents: isTrue(orphan) }),
    ...(dryRun.length > 0 ? { dryRun } : {}),
  };
}

const policies = ["Foreground", "Background", "Orphan", "nil"];
/** The garbage collector takes it away when nothing is left that the object owns. */
export const foregroundFinalizer = "foregroundDeletion";

/** On a definition that goes: its objects go first. */
export const cleanupFinalizer = "customresourcecleanup.apiextensions.k8s.io";

/** The garbage collector takes it away when no object names this one as its owner any more. */
export const orphanFinalizer = "orphan";

/** Kinds whose deletion leaves behind what they own, unless it says otherwise (registry: DefaultGarbageCollectionPolicy). */
const orphaning: ReadonlySet<string> = new Set(["/ReplicationController", "batch/Job"]);

/** What a deletion is told (registry/batch/job: WarningsOnDelete). */
export function deletionWarnings({ type }: Call, options: DeleteOptions): readonly string[] {
  if (type.group !== "batch" || type.kind !== "Job" || options.propagationPolicy !== undefined) return [];
  if (options.orphanDependents !== undefined) return [];
  return [
    "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning",
  ];
}

/** Without a policy: what its finalizers ask for already; jobs leave their pods behind. */
function finalizersFor({ type }: Call, { metadata }: KubeObject, options: DeleteOptions): readonly string[] {
  const own = metadata.finalizers ?? [];
  const cleans = type.kind === "CustomResourceDefinition" && !own.includes(cleanupFinalizer);
  const finalizers = cleans ? [...own, cleanupFinalizer] : own;
  const policy = options.propagationPolicy ?? (orphaning.has(`${type.group}/${type.kind}`) ? "Orphan" : undefined);
  if (policy === undefined) return finalizers;
  const others = finalizers.filter((one) => one !== foregroundFinalizer && one !== orphanFinalizer);
  if (policy === "Foreground") return [...others, foregroundFinalizer];
  return policy === "Orphan" ? [...others, orphanFinalizer] : others;
}

function optionErrors(options: JsonRecord, policy: string | undefined): readonly FieldError[] {
  const badPolicy = policy !== undefined && !policies.slice(0, -1).includes(policy);
  const both = policy !== undefined && options["orphanDependents"] !== undefined;
  return [
    ...(both
      ? [invalidValue("propagationPolicy", policy, "orphanDependents and deletionPropagation cannot be both set")]
      : []),
    ...(badPolicy && !both ? [notSupported("propagationPolicy", policy, policies)] : []),
    ...dryRunErrors(listAt(options, "dryRun")),
  ];
}

function checkPreconditions({ type }: Call, { metadata }: KubeObject, options: DeleteOptions): void {
  if (options.uid !== undefined && options.uid !== metadata.uid) {
    const why = `the UID in the precondition (${options.uid}) does not match the UID in record (${metadata.uid ?? ""}). The object might have been deleted and then recreated`;
    throw conflict({ ...type, plural: type.kind }, metadata.name, why);
  }
  if (options.resourceVersion !== undefined && options.resourceVersion !== metadata.resourceVersion) {
    const why = `the ResourceVersion in the precondition (${options.resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion ?? ""}). The object might have been modified`;
    throw conflict({ ...type, plural: type.kind }, metadata.name, why);
  }
}

/** Only pods take time to go: those on a node that have not ended yet (registry/core/pod/strategy.go). */
function graceOf({ type }: Call, object: KubeObject, options: Pick<DeleteOptions, "graceSeconds">): number {
  if (type.kind !== "Pod" || type.group !== "") return 0;
  const phase = textAt(object, "status", "phase");
  if (!textAt(object, "spec", "nodeName") || phase === "Succeeded" || phase === "Failed") return 0;
  const seconds = options.graceSeconds ?? numberAt(object, "spec", "terminationGracePeriodSeconds") ?? 30;
  return seconds < 0 ? 1 : seconds;
}

function withDeletion({ cluster, type }: Call, object: KubeObject, graceSeconds: number): KubeObject {
  const { generation, deletionTimestamp: before } = object.metadata;
  return {
    ...object,
    metadata: {
      ...object.metadata,
      deletionTimestamp: timestamp(cluster.world.clock.now() + graceSeconds * 1_000),
      ...(type.kind === "Namespace" ? {} : { deletionGracePeriodSeconds: graceSeconds }),
      ...(generation === undefined || before !== undefined ? {} : { generation: generation + 1 }),
    },
  };
}

/** A second deletion can only shorten the grace. */
function markDeleted(call: Call, object: KubeObject, graceSeconds: number, finalizers: readonly string[]): KubeObject {
  const { cluster, type } = call;
  const { deletionTimestamp, deletionGracePeriodSeconds: before = 0, finalizers: held = [] } = object.metadata;
  if (deletionTimestamp !== undefined && graceSeconds >= before && finalizers.length === held.length) return object;
  const { namespace, name } = object.metadata;
  const marked = cluster.store.update(storedResource(type), namespace, name, (stored) => {
    const current = withDeletion(call, stored, graceSeconds);
    return {
      ...current,
      metadata: { ...current.metadata, ...(finalizers.length > 0 ? { finalizers: [...finalizers] } : {}) },
      ...(type.kind === "Namespace" ? { status: { phase: "Terminating" } } : {}),
    };
  });
  return marked ? fromStored(type, marked) : object;
}
