import { type ObjectStore, timestamp } from "../../world/store.ts";
import { withConditions } from "./conditions.ts";
import type { ControlPlane } from "./control-plane.ts";
import { isComplete, limitsOf } from "./deployment-size.ts";
import { newSetCreated, type RolloutSets } from "./deployment-status.ts";
import {
  controlledObjects,
  controllerReference,
  createObject,
  deleteObject,
  deployments,
  involved,
  keyOf,
  replicaSets,
  updateObject,
  withNextGeneration,
} from "./kinds.ts";
import type { SetSize } from "./rolling-update.ts";
import { canonicalTemplate, templateHash, templateHashLabel } from "./template-hash.ts";
import type { Deployment, ReplicaSet } from "./types.ts";

const revisionAnnotation = "deployment.kubernetes.io/revision";

export function setsOf(store: ObjectStore, deployment: Deployment): RolloutSets {
  const all = controlledObjects(store, replicaSets, deployment).filter((set) => !set.metadata.deletionTimestamp);
  const template = canonicalTemplate(deployment.spec.template);
  const current = all.find((set) => canonicalTemplate(set.spec.template) === template);
  return { current, old: all.filter((set) => set !== current), all };
}

export function sizeOf(set: ReplicaSet): SetSize {
  return { replicas: set.spec.replicas ?? 1, available: set.status?.availableReplicas ?? 0 };
}

export function revisionOf(object: { metadata: ReplicaSet["metadata"] }): number {
  return Number(object.metadata.annotations?.[revisionAnnotation] ?? 0);
}

/** Starts with no replica; undefined when its name belongs to something else, which the next try avoids. */
export function createNewSet(plane: ControlPlane, deployment: Deployment, sets: RolloutSets): ReplicaSet | undefined {
  const { namespace, name } = deployment.metadata;
  const hash = templateHash(deployment.spec.template, deployment.status?.collisionCount ?? 0);
  const labels = { ...deployment.spec.template.metadata?.labels, [templateHashLabel]: hash };
  const created = createObject<ReplicaSet>(plane.store, replicaSets, {
    metadata: {
      name: `${name}-${hash}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels,
      annotations: { ...scaleAnnotations(deployment), [revisionAnnotation]: String(nextRevision(sets.old)) },
      ownerReferences: [controllerReference(deployments, deployment)],
    },
    spec: {
      replicas: 0,
      minReadySeconds: deployment.spec.minReadySeconds ?? 0,
      selector: withHash(deployment.spec.selector, hash),
      template: { ...deployment.spec.template, metadata: { ...deployment.spec.template.metadata, labels } },
    },
    status: { replicas: 0 },
  });
  if (created) noteNewSet(plane, deployment, created);
  else avoidName(plane, deployment);
  return created;
}

function noteNewSet(plane: ControlPlane, deployment: Deployment, set: ReplicaSet): void {
  const nowMs = plane.world.clock.now();
  const condition = newSetCreated(set.metadata.name, nowMs);
  updateObject(plane.store, deployments, deployment, (current) => ({
    ...current,
    status: {
      ...current.status,
      conditions: withConditions(current.status?.conditions, [condition], timestamp(nowMs)),
    },
  }));
  plane.world.trace.add("deployment.rollout", {
    cluster: plane.clusterName,
    deployment: keyOf(deployment),
    set: keyOf(set),
  });
}

function withHash(selector: Deployment["spec"]["selector"], hash: string): Deployment["spec"]["selector"] {
  return { ...selector, matchLabels: { ...selector.matchLabels, [templateHashLabel]: hash } };
}

function avoidName(plane: ControlPlane, deployment: Deployment): void {
  updateObject(plane.store, deployments, deployment, (current) => ({
    ...current,
    status: { ...current.status, collisionCount: (current.status?.collisionCount ?? 0) + 1 },
  }));
}

/** The set that is rolled out always has the highest revision, also when it is an old one that came back. */
export function withRevision(
  plane: ControlPlane,
  deployment: Deployment,
  current: ReplicaSet,
  sets: RolloutSets,
): void {
  const revision = String(Math.max(revisionOf(current), nextRevision(sets.old)));
  updateObject(plane.store, replicaSets, current, (set) => annotated(set, { [revisionAnnotation]: revision }));
  updateObject(plane.store, deployments, deployment, (object) => annotated(object, { [revisionAnnotation]: revision }));
}

function nextRevision(old: readonly ReplicaSet[]): number {
  return Math.max(0, ...old.map(revisionOf)) + 1;
}

export function applySizes(
  plane: ControlPlane,
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  sizes: readonly number[],
): void {
  for (const [index, set] of sets.entries()) scaleSet(plane, deployment, set, sizes[index] ?? sizeOf(set).replicas);
}

export function scaleSet(plane: ControlPlane, deployment: Deployment, set: ReplicaSet, replicas: number): void {
  const before = sizeOf(set).replicas;
  updateObject(plane.store, replicaSets, set, (current) => {
    const noted = annotated(current, scaleAnnotations(deployment));
    if (sizeOf(current).replicas === replicas) return noted;
    return withNextGeneration({ ...noted, spec: { ...noted.spec, replicas } });
  });
  if (before === replicas) return;
  const direction = replicas > before ? "up" : "down";
  plane.recordEvent({
    type: "Normal",
    reason: "ScalingReplicaSet",
    message: `Scaled ${direction} replica set ${set.metadata.name} from ${before} to ${replicas}`,
    source: "deployment-controller",
    involved: involved(deployments, deployment),
  });
}

/** Old sets without replicas go, the oldest first, until `revisionHistoryLimit` (10) are left. */
export function pruneHistory(plane: ControlPlane, deployment: Deployment, old: readonly ReplicaSet[]): void {
  if (!isComplete(deployment)) return;
  const empty = old
    .filter((set) => sizeOf(set).replicas === 0 && (set.status?.replicas ?? 0) === 0)
    .toSorted((a, b) => revisionOf(a) - revisionOf(b));
  const surplus = empty.length - (deployment.spec.revisionHistoryLimit ?? 10);
  for (const set of empty.slice(0, Math.max(0, surplus))) deleteObject(plane.store, replicaSets, set);
}

function scaleAnnotations(deployment: Deployment): Record<string, string> {
  const limits = limitsOf(deployment);
  return {
    "deployment.kubernetes.io/desired-replicas": String(limits.replicas),
    "deployment.kubernetes.io/max-replicas": String(limits.replicas + limits.maxSurge),
  };
}

function annotated<T extends { metadata: ReplicaSet["metadata"] }>(object: T, annotations: Record<string, string>): T {
  return {
    ...object,
    metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, ...annotations } },
  };
}
