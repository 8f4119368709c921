import { claimObjects, possibleOwners } from "./adoption.ts";
import type { ControlPlane, WorkQueue } from "./control-plane.ts";
import {
  applySizes,
  createNewSet,
  matchNewSet,
  pruneHistory,
  revisionOf,
  scaleSet,
  setsOf,
  sizeOf,
} from "./deployment-sets.ts";
import { desiredReplicas, isComplete, limitsOf } from "./deployment-size.ts";
import {
  deploymentStatus,
  hasDeadline,
  pauseChange,
  progressDeadlineMs,
  type RolloutSets,
  withDeploymentConditions,
} from "./deployment-status.ts";
import {
  controlledObjects,
  controllerOf,
  deployments,
  fromKey,
  getObject,
  keyOf,
  pods,
  replicaSets,
  updateObject,
} from "./kinds.ts";
import { isFinished } from "./pods.ts";
import { nextSizeOfNew, nextSizesOfOld, proportionalSizes } from "./rolling-update.ts";
import type { Deployment, ReplicaSet } from "./types.ts";

/** Rolling updates and re-creation through ReplicaSets (azure-facts 2.3). */
export function startDeploymentController(plane: ControlPlane): void {
  const queue = plane.queue("deployment", (key) => reconcile(plane, queue, key));
  plane.watch(deployments, ({ object }) => queue.add(keyOf(object)));
  plane.watch(replicaSets, ({ type, object, previous }) => {
    addOwner(queue, object, "Deployment");
    if (previous) addOwner(queue, previous, "Deployment");
    if (type === "DELETED") return;
    for (const deployment of possibleOwners(plane, deployments, object)) queue.add(keyOf(deployment));
  });
  // A Recreate rollout waits for the end of the last old pod.
  plane.watch(pods, ({ type, object }) => {
    if (type !== "DELETED") return;
    const owner = controllerOf(object);
    const set = owner && getObject(plane.store, replicaSets, object.metadata.namespace, owner.name);
    if (set) addOwner(queue, set, "Deployment");
  });
}

function addOwner(queue: WorkQueue, set: ReplicaSet, kind: string): void {
  const owner = controllerOf(set);
  if (owner?.kind === kind) queue.add(`${set.metadata.namespace}/${owner.name}`);
}

function reconcile(plane: ControlPlane, queue: WorkQueue, key: string): void {
  const { namespace, name } = fromKey(key);
  const found = getObject(plane.store, deployments, namespace, name);
  if (!found) return;
  claimObjects(plane, replicaSets, { of: deployments, owner: found, selector: found.spec.selector });
  const step = advance(plane, found);
  if (step === "failed") return queue.retry(key);
  const latest = getObject(plane.store, deployments, namespace, name);
  if (latest) reportStatus(plane, queue, latest, step === "rollout");
}

/** What was done of a deployment: a step of its rollout, another thing, or nothing for want of a new set. */
type Step = "rollout" | "other" | "failed";

/** One step; the changes that it makes bring the next one. */
function advance(plane: ControlPlane, found: Deployment): Step {
  if (found.metadata.deletionTimestamp) return "other";
  const deployment = withPause(plane, found);
  const sets = setsOf(plane.store, deployment);
  if (deployment.spec.paused || wasScaled(deployment, sets)) {
    if (sets.current) matchNewSet(plane, deployment, sets.current, sets);
    scaleProportionally(plane, deployment, sets);
    if (deployment.spec.paused) pruneHistory(plane, deployment, sets.old);
    return "other";
  }
  const advanced = deployment.spec.strategy?.type === "Recreate" ? recreate : rollForward;
  return advanced(plane, deployment, sets) ? "rollout" : "failed";
}

function withPause(plane: ControlPlane, deployment: Deployment): Deployment {
  const nowMs = plane.world.clock.now();
  const change = hasDeadline(deployment) ? pauseChange(deployment, nowMs) : undefined;
  if (!change) return deployment;
  const noted = updateObject(plane.store, deployments, deployment, (current) =>
    withDeploymentConditions(current, [change], nowMs),
  );
  return noted ?? deployment;
}

/** False when there is no new set, nor could one be made. */
function rollForward(plane: ControlPlane, deployment: Deployment, sets: RolloutSets): boolean {
  const limits = limitsOf(deployment);
  const current = newSet(plane, deployment, sets);
  if (!current) return false;
  const size = nextSizeOfNew(limits, sizeOf(current), sets.old.map(sizeOf));
  if (size !== sizeOf(current).replicas) {
    scaleSet(plane, deployment, current, size);
    return true;
  }
  applySizes(plane, deployment, sets.old, nextSizesOfOld(limits, sizeOf(current), sets.old.map(sizeOf)));
  if (isComplete(deployment)) pruneHistory(plane, deployment, sets.old);
  return true;
}

/** Nothing new before the last old pod is gone. */
function recreate(plane: ControlPlane, deployment: Deployment, sets: RolloutSets): boolean {
  if (sets.old.some((set) => sizeOf(set).replicas > 0)) {
    applySizes(
      plane,
      deployment,
      sets.old,
      sets.old.map(() => 0),
    );
    return true;
  }
  if (oldPodsRemain(plane, deployment, sets)) return true;
  const current = newSet(plane, deployment, sets);
  if (!current) return false;
  scaleSet(plane, deployment, current, desiredReplicas(deployment));
  if (isComplete(deployment)) pruneHistory(plane, deployment, sets.old);
  return true;
}

function newSet(plane: ControlPlane, deployment: Deployment, sets: RolloutSets): ReplicaSet | undefined {
  if (!sets.current) return createNewSet(plane, deployment, sets);
  matchNewSet(plane, deployment, sets.current, sets);
  return sets.current;
}

function oldPodsRemain(plane: ControlPlane, deployment: Deployment, { old }: RolloutSets): boolean {
  return old.some((set) => controlledObjects(plane.store, pods, set).some((pod) => !isFinished(pod)));
}

/** The size that was wanted when a set was last scaled is no longer the size that is wanted. */
function wasScaled(deployment: Deployment, { all }: RolloutSets): boolean {
  return all.some((set) => {
    const wanted = set.metadata.annotations?.["deployment.kubernetes.io/desired-replicas"];
    return sizeOf(set).replicas > 0 && wanted !== undefined && Number(wanted) !== desiredReplicas(deployment);
  });
}

/** A paused deployment, or one that was scaled: no rollout step, only its size. */
function scaleProportionally(plane: ControlPlane, deployment: Deployment, sets: RolloutSets): void {
  const replicas = desiredReplicas(deployment);
  const active = sets.all.filter((set) => sizeOf(set).replicas > 0);
  const only = active.length === 0 ? (sets.current ?? sets.old.at(-1)) : active[0];
  if (active.length <= 1) return only && scaleSet(plane, deployment, only, replicas);
  const { current } = sets;
  if (current && isSaturated(current, replicas)) {
    applySizes(
      plane,
      deployment,
      sets.old,
      sets.old.map(() => 0),
    );
    return;
  }
  if (deployment.spec.strategy?.type === "Recreate") return;
  const limits = limitsOf(deployment);
  const total = active.reduce((sum, set) => sum + sizeOf(set).replicas, 0);
  const grows = limits.replicas + limits.maxSurge > total;
  const ordered = active.toSorted((a, b) => sizeOf(b).replicas - sizeOf(a).replicas || byRevision(a, b, grows));
  const scaled = ordered.map((set) => ({ replicas: sizeOf(set).replicas, maxReplicas: maxReplicasOf(set) }));
  applySizes(plane, deployment, ordered, proportionalSizes(limits, scaled), "always");
}

function isSaturated(set: ReplicaSet, replicas: number): boolean {
  const wanted = Number(set.metadata.annotations?.["deployment.kubernetes.io/desired-replicas"]);
  return sizeOf(set).replicas === replicas && wanted === replicas && sizeOf(set).available === replicas;
}

function byRevision(a: ReplicaSet, b: ReplicaSet, newestFirst: boolean): number {
  return newestFirst ? revisionOf(b) - revisionOf(a) : revisionOf(a) - revisionOf(b);
}

function maxReplicasOf(set: ReplicaSet): number {
  return Number(set.metadata.annotations?.["deployment.kubernetes.io/max-replicas"] ?? set.status?.replicas ?? 0);
}

function reportStatus(plane: ControlPlane, queue: WorkQueue, deployment: Deployment, rollsOut: boolean): void {
  const nowMs = plane.world.clock.now();
  const sets = setsOf(plane.store, deployment);
  const status = deploymentStatus(deployment, sets, nowMs, rollsOut);
  updateObject(plane.store, deployments, deployment, (current) => ({ ...current, status }));
  const deadlineMs = progressDeadlineMs({ ...deployment, status });
  // Kubernetes keeps whole seconds: look again once the deadline has passed for sure.
  if (rollsOut && deadlineMs !== undefined) queue.addAt(keyOf(deployment), Math.max(deadlineMs, nowMs) + 1_000);
  const reason = progressReason(status);
  if (reason === progressReason(deployment.status)) return;
  plane.world.trace.add("deployment.progress", { cluster: plane.clusterName, deployment: keyOf(deployment), reason });
}

type Status = NonNullable<Deployment["status"]>;

function progressReason(status: Status | undefined): string | undefined {
  return status?.conditions?.find(({ type }) => type === "Progressing")?.reason;
}
