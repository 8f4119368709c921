import type { ObjectStore } from "../../world/store.ts";
import type { ControlPlane } from "./control-plane.ts";
import { deleteOrMark } from "./delete-or-mark.ts";
import { limitsOf } from "./deployment-size.ts";
import {
  hasDeadline,
  newSetCreated,
  type RolloutSets,
  setFound,
  setRefused,
  withDeploymentConditions,
} from "./deployment-status.ts";
import {
  controlledObjects,
  controllerReference,
  createObject,
  deployments,
  involved,
  keyOf,
  replicaSets,
  updateObject,
  withNextGeneration,
} from "./kinds.ts";
import { quotaRefusal } from "./quota-refusal.ts";
import { nextSizeOfNew, type SetSize } from "./rolling-update.ts";
import { canonicalTemplate, templateHash, templateHashLabel } from "./template-hash.ts";
import type { Deployment, ReplicaSet } from "./types.ts";

export function setsOf(store: ObjectStore, deployment: Deployment): RolloutSets {
  const all = controlledObjects(store, replicaSets, deployment);
  const template = canonicalTemplate(deployment.spec.template);
  const current = all.find((set) => canonicalTemplate(set.spec.template) === template);
  return { current, old: all.filter((set) => set !== current), all };
}

export function sizeOf(set: ReplicaSet): SetSize {
  const { replicas = 1 } = set.spec;
  // The set may not have got to know yet that it has become smaller.
  return { replicas, available: Math.min(replicas, set.status?.availableReplicas ?? 0) };
}

export function revisionOf(object: { metadata: ReplicaSet["metadata"] }): number {
  return Number(object.metadata.annotations?.[revisionAnnotation] ?? 0);
}

/** Undefined when its name belongs to something else, which the next try avoids, or when a quota has no room for it. */
export function createNewSet(plane: ControlPlane, deployment: Deployment, sets: RolloutSets): ReplicaSet | undefined {
  const { namespace, name } = deployment.metadata;
  const { template, minReadySeconds } = deployment.spec;
  const hash = templateHash(template, deployment.status?.collisionCount ?? 0);
  const labels = { ...template.metadata?.labels, [templateHashLabel]: hash };
  const replicas = nextSizeOfNew(limitsOf(deployment), { replicas: 0, available: 0 }, sets.old.map(sizeOf));
  const revision = { [revisionAnnotation]: String(nextRevision(sets.old)) };
  const draft = {
    metadata: {
      name: `${name}-${hash}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels,
      annotations: { ...copiedAnnotations(deployment), ...revision, ...scaleAnnotations(deployment) },
      ownerReferences: [controllerReference(deployments, deployment)],
    },
    spec: {
      replicas,
      ...(minReadySeconds ? { minReadySeconds } : {}),
      selector: withHash(deployment.spec.selector, hash),
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
    status: { replicas: 0 },
  };
  const refusal = quotaRefusal(plane, replicaSets, draft);
  if (refusal !== undefined) return noteRefusal(plane, deployment, draft.metadata.name, refusal);
  const created = createObject<ReplicaSet>(plane.store, replicaSets, draft);
  if (created) noteNewSet(plane, deployment, created, replicas);
  else avoidName(plane, deployment);
  return created;
}

function noteRefusal(plane: ControlPlane, deployment: Deployment, name: string, refusal: string): undefined {
  const reason = "ReplicaSetCreateError";
  const message = `Failed to create new replica set "${name}": ${refusal}`;
  const nowMs = plane.world.clock.now();
  updateDeployment(plane, deployment, (current) =>
    hasDeadline(current) ? withDeploymentConditions(current, [setRefused(message, nowMs)], nowMs) : current,
  );
  recordOn(plane, deployment, "Warning", reason, message);
}

function noteNewSet(plane: ControlPlane, deployment: Deployment, set: ReplicaSet, replicas: number): void {
  const nowMs = plane.world.clock.now();
  if (replicas > 0)
    recordScaling(plane, deployment, `Scaled up replica set ${set.metadata.name} from 0 to ${replicas}`);
  updateDeployment(plane, deployment, (current) => {
    const conditions = [newSetCreated(set.metadata.name, nowMs)];
    const annotations = { [revisionAnnotation]: set.metadata.annotations?.[revisionAnnotation] ?? "" };
    return annotated(
      hasDeadline(current) ? withDeploymentConditions(current, conditions, nowMs) : current,
      annotations,
    );
  });
  plane.world.trace.add("deployment.rollout", {
    cluster: plane.clusterName,
    deployment: keyOf(deployment),
    set: keyOf(set),
  });
}

/** Annotations travel with the status: the controller has no other right to a deployment. */
function updateDeployment(
  { store }: ControlPlane,
  target: Deployment,
  change: (current: Deployment) => Deployment,
): void {
  const actor = store.actor && { ...store.actor, subresource: "status" };
  store.actingAs(actor, () => updateObject(store, deployments, target, change));
}

/** Everything but what describes the deployment itself: deployment_util.go annotationsToSkip. */
function copiedAnnotations({ metadata }: Deployment): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata.annotations ?? {}).filter(([name]) => !ownAnnotations.has(name)));
}

const revisionAnnotation = "deployment.kubernetes.io/revision";
const historyAnnotation = "deployment.kubernetes.io/revision-history";
const desiredAnnotation = "deployment.kubernetes.io/desired-replicas";
const maxAnnotation = "deployment.kubernetes.io/max-replicas";
const ownAnnotations: ReadonlySet<string> = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  revisionAnnotation,
  historyAnnotation,
  desiredAnnotation,
  maxAnnotation,
  "deprecated.deployment.rollback.to",
]);

function withHash(selector: Deployment["spec"]["selector"], hash: string): Deployment["spec"]["selector"] {
  return { ...selector, matchLabels: { ...selector.matchLabels, [templateHashLabel]: hash } };
}

function avoidName(plane: ControlPlane, deployment: Deployment): void {
  updateDeployment(plane, deployment, (current) => ({
    ...current,
    status: { ...current.status, collisionCount: (current.status?.collisionCount ?? 0) + 1 },
  }));
}

/**
 * The set that is rolled out always has the highest revision, also when it is an old one that came back, and carries the
 * annotations of its deployment.
 */
export function matchNewSet(plane: ControlPlane, deployment: Deployment, current: ReplicaSet, sets: RolloutSets): void {
  const nowMs = plane.world.clock.now();
  const before = revisionOf(current);
  const revision = String(Math.max(before, nextRevision(sets.old)));
  const minReadySeconds = deployment.spec.minReadySeconds ?? 0;
  updateObject(plane.store, replicaSets, current, (set) => {
    const noted = annotated(set, {
      ...copiedAnnotations(deployment),
      [revisionAnnotation]: revision,
      ...(before > 0 && Number(revision) > before ? { [historyAnnotation]: historyOf(set, before) } : {}),
    });
    if ((set.spec.minReadySeconds ?? 0) === minReadySeconds) return noted;
    return withNextGeneration({ ...noted, spec: { ...noted.spec, minReadySeconds } });
  });
  updateDeployment(plane, deployment, (object) => {
    const noted = annotated(object, { [revisionAnnotation]: revision });
    const isKnown = object.status?.conditions?.some(({ type }) => type === "Progressing");
    if (isKnown || !hasDeadline(object)) return noted;
    return withDeploymentConditions(noted, [setFound(current.metadata.name, nowMs)], nowMs);
  });
}

function historyOf({ metadata }: ReplicaSet, revision: number): string {
  const before = metadata.annotations?.[historyAnnotation];
  return before ? `${before},${revision}` : String(revision);
}

function nextRevision(old: readonly ReplicaSet[]): number {
  return Math.max(0, ...old.map(revisionOf)) + 1;
}

export function applySizes(
  plane: ControlPlane,
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  sizes: readonly number[],
  noted: "when-changed" | "always" = "when-changed",
): void {
  for (const [index, set] of sets.entries()) {
    scaleSet(plane, deployment, set, sizes[index] ?? sizeOf(set).replicas, noted);
  }
}

/** `noted`: whether the set says for which size of the deployment this is also when it keeps its own. */
export function scaleSet(
  plane: ControlPlane,
  deployment: Deployment,
  set: ReplicaSet,
  replicas: number,
  noted: "when-changed" | "always" = "when-changed",
): void {
  const before = sizeOf(set).replicas;
  if (before === replicas && noted === "when-changed") return;
  updateObject(plane.store, replicaSets, set, (current) => {
    const annotatedSet = annotated(current, scaleAnnotations(deployment));
    if (sizeOf(current).replicas === replicas) return annotatedSet;
    return withNextGeneration({ ...annotatedSet, spec: { ...annotatedSet.spec, replicas } });
  });
  if (before === replicas) return;
  const direction = replicas > before ? "up" : "down";
  const { name } = set.metadata;
  recordScaling(plane, deployment, `Scaled ${direction} replica set ${name} from ${before} to ${replicas}`);
}

function recordScaling(plane: ControlPlane, deployment: Deployment, message: string): void {
  recordOn(plane, deployment, "Normal", "ScalingReplicaSet", message);
}

function recordOn(
  plane: ControlPlane,
  deployment: Deployment,
  type: "Normal" | "Warning",
  reason: string,
  message: string,
): void {
  const source = "deployment-controller";
  plane.recordEvent({ type, reason, message, source, involved: involved(deployments, deployment) });
}

/** Of more old sets than `revisionHistoryLimit` (10) the oldest go, as far as they have no replicas. */
export function pruneHistory(plane: ControlPlane, deployment: Deployment, old: readonly ReplicaSet[]): void {
  const left = old.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const surplus = left.length - (deployment.spec.revisionHistoryLimit ?? 10);
  const oldest = left.toSorted((a, b) => revisionOf(a) - revisionOf(b)).slice(0, Math.max(0, surplus));
  for (const set of oldest) {
    const isSeen = (set.metadata.generation ?? 1) <= (set.status?.observedGeneration ?? 0);
    const isEmpty = sizeOf(set).replicas === 0 && (set.status?.replicas ?? 0) === 0;
    if (isSeen && isEmpty) deleteOrMark(plane, replicaSets, set);
  }
}

function scaleAnnotations(deployment: Deployment): Record<string, string> {
  const limits = limitsOf(deployment);
  return {
    [desiredAnnotation]: String(limits.replicas),
    [maxAnnotation]: String(limits.replicas + limits.maxSurge),
  };
}

function annotated<T extends { metadata: ReplicaSet["metadata"] }>(object: T, annotations: Record<string, string>): T {
  const before = object.metadata.annotations ?? {};
  if (Object.entries(annotations).every(([name, value]) => before[name] === value)) return object;
  return { ...object, metadata: { ...object.metadata, annotations: { ...before, ...annotations } } };
}
