import type { KubeObject } from "../objects.ts";
import { timestamp } from "../store.ts";
import { admit } from "./admission/required.ts";
import { parseObjectBody } from "./body.ts";
import { type Call, fromStored, isDryRun, readObject } from "./call.ts";
import { at, isRecord, type JsonRecord, numberAt, textAt } from "./json.ts";
import { storedResource } from "./resource-type.ts";
import { decode } from "./schema/decode.ts";
import { badRequest, conflict, forbidden } from "./status-error.ts";
import { type FieldError, invalid, invalidValue, notSupported } from "./validation/field-errors.ts";

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
  admit(call, "DELETE", undefined, current);
  const dryRun = options.dryRun || isDryRun(call);
  const graceSeconds = graceOf(call, current, options);
  const finalizers = finalizersFor(call, current, options);
  if (graceSeconds === 0 && finalizers.length === 0 && !isNamespace) {
    return { kind: "removed", object: dryRun ? current : removeObject(call, current) };
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
  readonly dryRun: boolean;
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** From the body, or else from the query. */
export function deleteOptionsOf({ request, type }: Call): DeleteOptions {
  const parsed = request.body.length === 0 ? {} : parseObjectBody(request.contentType, request.body);
  if (!isRecord(parsed)) throw badRequest("the DeleteOptions provided are not an object");
  const body: JsonRecord = decode("V1DeleteOptions", "DeleteOptions", "v1", parsed, false).value;
  const graceText = request.query.get("gracePeriodSeconds");
  const graceSeconds = numberAt(body, "gracePeriodSeconds") ?? (graceText === null ? undefined : Number(graceText));
  const propagationPolicy = textAt(body, "propagationPolicy") ?? request.query.get("propagationPolicy") ?? undefined;
  const errors = optionErrors(graceSeconds, propagationPolicy);
  if (errors.length > 0) throw invalid({ group: type.group, plural: "", kind: "DeleteOptions" }, "", errors);
  const dryRun = at(body, "dryRun");
  const uid = textAt(body, "preconditions", "uid");
  const resourceVersion = textAt(body, "preconditions", "resourceVersion");
  return {
    dryRun: Array.isArray(dryRun) && dryRun.includes("All"),
    ...(graceSeconds === undefined ? {} : { graceSeconds }),
    ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
}

const policies = ["Foreground", "Background", "Orphan"];
/** The garbage collector takes it away when nothing is left that the object owns. */
export const foregroundFinalizer = "foregroundDeletion";

/** The garbage collector takes it away when no object names this one as its owner any more. */
export const orphanFinalizer = "orphan";

/** Without a policy: what its finalizers ask for already; jobs leave their pods behind. */
function finalizersFor({ type }: Call, { metadata }: KubeObject, options: DeleteOptions): readonly string[] {
  const { finalizers = [] } = metadata;
  const policy = options.propagationPolicy ?? (type.group === "batch" && type.kind === "Job" ? "Orphan" : undefined);
  if (policy === undefined) return finalizers;
  const others = finalizers.filter((one) => one !== foregroundFinalizer && one !== orphanFinalizer);
  if (policy === "Foreground") return [...others, foregroundFinalizer];
  return policy === "Orphan" ? [...others, orphanFinalizer] : others;
}

function optionErrors(graceSeconds: number | undefined, policy: string | undefined): readonly FieldError[] {
  const badGrace = graceSeconds !== undefined && !Number.isInteger(graceSeconds);
  const badPolicy = policy !== undefined && !policies.includes(policy);
  return [
    ...(badGrace ? [invalidValue("gracePeriodSeconds", String(graceSeconds), "must be an integer")] : []),
    ...(badPolicy ? [notSupported("propagationPolicy", policy, policies)] : []),
  ];
}

function checkPreconditions({ type }: Call, { metadata }: KubeObject, options: DeleteOptions): void {
  if (options.uid !== undefined && options.uid !== metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${options.uid}, UID in object meta: ${metadata.uid ?? ""}`;
    throw conflict(type, metadata.name, why);
  }
  if (options.resourceVersion !== undefined && options.resourceVersion !== metadata.resourceVersion) {
    const why = `Precondition failed: ResourceVersion in precondition: ${options.resourceVersion}, ResourceVersion in object meta: ${metadata.resourceVersion ?? ""}`;
    throw conflict(type, metadata.name, why);
  }
}

/** Only pods take time to go: those on a node that have not ended yet (registry/core/pod/strategy.go). */
function graceOf({ type }: Call, object: KubeObject, options: DeleteOptions): number {
  if (type.kind !== "Pod" || type.group !== "") return 0;
  const phase = textAt(object, "status", "phase");
  if (!textAt(object, "spec", "nodeName") || phase === "Succeeded" || phase === "Failed") return 0;
  const seconds = options.graceSeconds ?? numberAt(object, "spec", "terminationGracePeriodSeconds") ?? 30;
  return seconds < 0 ? 1 : seconds;
}

/** A second deletion can only shorten the grace. */
function markDeleted(
  { cluster, type }: Call,
  object: KubeObject,
  graceSeconds: number,
  finalizers: readonly string[],
): KubeObject {
  const { deletionTimestamp, deletionGracePeriodSeconds: before = 0, finalizers: held = [] } = object.metadata;
  if (deletionTimestamp !== undefined && graceSeconds >= before && finalizers.length === held.length) return object;
  const { namespace, name } = object.metadata;
  const at = timestamp(cluster.world.clock.now() + graceSeconds * 1_000);
  const marked = cluster.store.update(storedResource(type), namespace, name, (current) => ({
    ...current,
    metadata: {
      ...current.metadata,
      deletionTimestamp: at,
      deletionGracePeriodSeconds: graceSeconds,
      ...(finalizers.length > 0 ? { finalizers: [...finalizers] } : {}),
    },
    ...(type.kind === "Namespace" ? { status: { phase: "Terminating" } } : {}),
  }));
  return marked ? fromStored(type, marked) : object;
}
