import { defaultClass } from "../../world/kubernetes/defaults/storage.ts";
import type { KubeObject, OwnerReference } from "../../world/objects.ts";
import type { ControlPlane } from "./control-plane.ts";
import { createPod } from "./create-pod.ts";
import {
  claims,
  controllerReference,
  createObject,
  getObject,
  involved,
  listObjects,
  pods,
  statefulSets,
  updateObject,
} from "./kinds.ts";
import type { Pod, PodTemplate } from "./pod-types.ts";
import { quotaRefusal } from "./quota-refusal.ts";
import { podRevisionLabel, revisionTemplate } from "./revisions.ts";
import type { Claim, ClaimTemplate, ControllerRevision, StatefulSet } from "./workload-types.ts";

export interface StatefulRevisions {
  /** What pods below the partition are made from. */
  readonly current: ControllerRevision;
  readonly update: ControllerRevision;
}

/** -1 for a pod whose name does not end in one. */
export function ordinalOf({ metadata }: Pod): number {
  return Number(/-(\d+)$/.exec(metadata.name)?.[1] ?? -1);
}

export function isMember(set: StatefulSet, { metadata }: Pod): boolean {
  return /^(.+)-\d+$/.exec(metadata.name)?.[1] === set.metadata.name;
}

/** The pod of an ordinal, with the claims that it needs. False when the API server refuses it. */
export function createStatefulPod(
  plane: ControlPlane,
  set: StatefulSet,
  revision: ControllerRevision,
  ordinal: number,
): boolean {
  const { name: setName, namespace } = set.metadata;
  const name = `${setName}-${ordinal}`;
  const refusals = (set.spec.volumeClaimTemplates ?? []).flatMap(
    (claim) => createClaim(plane, set, claim, ordinal) ?? [],
  );
  if (refusals.length > 0) {
    const why = refusals.length === 1 ? refusals.join() : `[${refusals.join(", ")}]`;
    recordFailure(plane, set, name, why);
    return false;
  }
  const owner = controllerReference(statefulSets, set);
  const template = templateFor(set, revision, ordinal);
  const created = createPod(plane, { template, namespace, name, generateName: `${setName}-`, owner });
  if (typeof created === "string") {
    recordFailure(plane, set, name, created);
  } else {
    record(plane, set, "Normal", "SuccessfulCreate", `Create Pod ${name} in StatefulSet ${setName} successful`);
  }
  return typeof created !== "string";
}

function recordFailure(plane: ControlPlane, set: StatefulSet, name: string, why: string): void {
  const message = `Create Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${why}`;
  record(plane, set, "Warning", "FailedCreate", message);
}

function templateFor(set: StatefulSet, revision: ControllerRevision, ordinal: number): PodTemplate {
  const name = `${set.metadata.name}-${ordinal}`;
  const template = revisionTemplate(revision);
  const labels = {
    ...template.metadata?.labels,
    "apps.kubernetes.io/pod-index": String(ordinal),
    [podRevisionLabel]: revision.metadata.name,
    "statefulset.kubernetes.io/pod-name": name,
  };
  const templates = set.spec.volumeClaimTemplates ?? [];
  const own = new Set(templates.map(({ metadata }) => metadata.name));
  const volumes = [
    ...templates.map((claim) => ({
      name: claim.metadata.name,
      persistentVolumeClaim: { claimName: claimName(set, claim, ordinal) },
    })),
    ...(template.spec.volumes ?? []).filter((volume) => !own.has(volume.name)),
  ];
  const { serviceName } = set.spec;
  const spec = {
    ...template.spec,
    hostname: name,
    ...(serviceName ? { subdomain: serviceName } : {}),
    ...(volumes.length > 0 ? { volumes } : {}),
  };
  return { metadata: { ...template.metadata, labels }, spec };
}

function claimName(set: StatefulSet, claim: ClaimTemplate, ordinal: number): string {
  return `${claim.metadata.name}-${set.metadata.name}-${ordinal}`;
}

/** What keeps the pod from its claim. */
function createClaim(
  plane: ControlPlane,
  set: StatefulSet,
  template: ClaimTemplate,
  ordinal: number,
): string | undefined {
  const { namespace, name: setName } = set.metadata;
  const name = claimName(set, template, ordinal);
  const storageClassName = template.spec.storageClassName ?? defaultClass(plane);
  const existing = getObject(plane.store, claims, namespace, name);
  if (existing) return existing.metadata.deletionTimestamp ? `pvc ${name} is being deleted` : undefined;
  const draft = {
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...template.metadata.labels, ...set.spec.selector.matchLabels },
      ...(template.metadata.annotations ? { annotations: template.metadata.annotations } : {}),
      finalizers: ["kubernetes.io/pvc-protection"],
    },
    spec: { ...template.spec, ...(storageClassName === undefined ? {} : { storageClassName }) },
    status: { phase: "Pending" },
  };
  const refusal = quotaRefusal(plane, claims, draft);
  if (refusal !== undefined) {
    const text = `Create Claim ${name} for Pod ${setName}-${ordinal} in StatefulSet ${setName} failed error: ${refusal}`;
    record(plane, set, "Warning", "FailedCreate", text);
    return `failed to create PVC ${name}: ${refusal}`;
  }
  // Its protection is what admission adds.
  const { finalizers: _, ...asked } = draft.metadata;
  const { apiVersion, kind } = claims;
  const after = (): KubeObject => ({ ...draft, apiVersion, kind, metadata: asked });
  createObject<Claim>(plane.store, claims, draft, undefined, { after });
  const message = `Create Claim ${name} Pod ${setName}-${ordinal} in StatefulSet ${setName} success`;
  record(plane, set, "Normal", "SuccessfulCreate", message);
  return undefined;
}

/**
 * Who takes a claim along when it goes, as persistentVolumeClaimRetentionPolicy has it: the set, a pod that is scaled
 * away, or nobody. Source: kubernetes/kubernetes pkg/controller/statefulset updateClaimOwnerRefForSetAndPod.
 */
export function matchClaimOwners(plane: ControlPlane, set: StatefulSet, condemned: readonly Pod[]): void {
  const { whenDeleted = "Retain", whenScaled = "Retain" } = set.spec.persistentVolumeClaimRetentionPolicy ?? {};
  const templates = set.spec.volumeClaimTemplates ?? [];
  if (templates.length === 0) return;
  const scaledAway = new Map(condemned.map((pod) => [ordinalOf(pod), pod]));
  const start = set.spec.ordinals?.start ?? 0;
  for (const { claim, ordinal } of claimsOf(plane, set)) {
    const isKept = ordinal >= start && ordinal < start + (set.spec.replicas ?? 1);
    // The claim of a pod that has gone already is on its own way.
    if (!isKept && !scaledAway.has(ordinal)) continue;
    const pod = whenScaled === "Delete" ? scaledAway.get(ordinal) : undefined;
    const owner = pod
      ? controllerReference(pods, pod)
      : whenDeleted === "Delete"
        ? controllerReference(statefulSets, set)
        : undefined;
    setOwner(plane, claim, set, owner);
  }
}

/** Whether a StatefulSet makes such a claim for one of its pods. */
export function isOfTemplate(plane: ControlPlane, claim: Claim): boolean {
  const sets = listObjects(plane.store, statefulSets, claim.metadata.namespace ?? "");
  return sets.some((set) => ordinalOfClaim(set, claim) !== undefined);
}

function claimsOf(plane: ControlPlane, set: StatefulSet): { claim: Claim; ordinal: number }[] {
  return listObjects(plane.store, claims, set.metadata.namespace ?? "").flatMap((claim) => {
    const ordinal = ordinalOfClaim(set, claim);
    return ordinal === undefined ? [] : [{ claim, ordinal }];
  });
}

function ordinalOfClaim(set: StatefulSet, { metadata: { name } }: Claim): number | undefined {
  const prefixes = (set.spec.volumeClaimTemplates ?? []).map(
    ({ metadata }) => `${metadata.name}-${set.metadata.name}-`,
  );
  const prefix = prefixes.find((one) => name.startsWith(one));
  const ordinal = prefix === undefined ? "" : name.slice(prefix.length);
  return /^\d+$/.test(ordinal) ? Number(ordinal) : undefined;
}

function setOwner(plane: ControlPlane, claim: Claim, set: StatefulSet, owner: OwnerReference | undefined): void {
  const before = claim.metadata.ownerReferences ?? [];
  const others = before.filter(({ kind, uid }) => kind !== "Pod" && uid !== set.metadata.uid);
  const next = owner ? [...others, owner] : others;
  if (next.map(({ uid }) => uid).join() === before.map(({ uid }) => uid).join()) return;
  updateObject(plane.store, claims, claim, (current) => {
    const { ownerReferences: _, ...metadata } = current.metadata;
    return { ...current, metadata: next.length > 0 ? { ...metadata, ownerReferences: next } : metadata };
  });
}

function record(plane: ControlPlane, set: StatefulSet, type: "Normal" | "Warning", reason: string, text: string): void {
  const source = "statefulset-controller";
  plane.recordEvent({ type, reason, message: text, source, involved: involved(statefulSets, set) });
}
