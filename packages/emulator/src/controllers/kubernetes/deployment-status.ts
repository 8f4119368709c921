import { timestamp } from "../../world/store.ts";
import { conditionOf } from "./conditions.ts";
import { desiredReplicas, isComplete, limitsOf } from "./deployment-size.ts";
import type { Condition } from "./meta-types.ts";
import { nonZero } from "./non-zero.ts";
import type { Deployment, ReplicaSet } from "./types.ts";

/** The ReplicaSets of a deployment, oldest first. */
export interface RolloutSets {
  /** The one with the deployment's template. */
  readonly current: ReplicaSet | undefined;
  readonly old: readonly ReplicaSet[];
  readonly all: readonly ReplicaSet[];
}

type Status = NonNullable<Deployment["status"]>;

/**
 * What a deployment says of itself; `rollsOut`: also how far its rollout is, which nobody looks at while it is scaled,
 * paused or deleted. Source: kubernetes/kubernetes pkg/controller/deployment (sync.go calculateStatus, progress.go).
 */
export function deploymentStatus(deployment: Deployment, sets: RolloutSets, nowMs: number, rollsOut: boolean): Status {
  const next = countedStatus(deployment, sets);
  const available = withDeploymentConditions({ ...deployment, status: next }, [availability(deployment, next)], nowMs);
  if (!rollsOut) return available.status ?? next;
  const progress = progressOf(deployment, next, sets, nowMs);
  const moved = progress ? withDeploymentConditions(available, [progress], nowMs) : available;
  return withFailure(hasDeadline(deployment) ? moved : without(moved, "Progressing"), sets).status ?? next;
}

/** With these conditions at the end; what has the same status and reason stays as it was, unless it tells of progress. */
export function withDeploymentConditions(
  deployment: Deployment,
  conditions: readonly Condition[],
  nowMs: number,
): Deployment {
  return conditions.reduce((object, condition) => {
    const before = conditionOf(object.status?.conditions, condition.type);
    const same = before?.status === condition.status && before.reason === condition.reason;
    if (same && condition.reason !== "ReplicaSetUpdated") return object;
    const now = timestamp(nowMs);
    const lastTransitionTime = (before?.status === condition.status && before.lastTransitionTime) || now;
    const others = object.status?.conditions?.filter(({ type }) => type !== condition.type) ?? [];
    const added = { ...condition, lastUpdateTime: condition.lastUpdateTime ?? now, lastTransitionTime };
    return { ...object, status: { ...object.status, conditions: [...others, added] } };
  }, deployment);
}

function without(deployment: Deployment, type: string): Deployment {
  const { conditions = [], ...status } = deployment.status ?? {};
  return { ...deployment, status: { ...status, conditions: conditions.filter((one) => one.type !== type) } };
}

/** Set when a rollout begins: the deadline counts from here. */
export function newSetCreated(setName: string, nowMs: number): Condition {
  return progressing("True", "NewReplicaSetCreated", `Created new replica set "${setName}"`, nowMs);
}

/** Set when the rollout begins with a set that was there already. */
export function setFound(setName: string, nowMs: number): Condition {
  return progressing("True", "FoundNewReplicaSet", `Found new replica set "${setName}"`, nowMs);
}

/** Set when a quota has no room for the set of a rollout. */
export function setRefused(message: string, nowMs: number): Condition {
  return progressing("False", "ReplicaSetCreateError", message, nowMs);
}

/** What a pause begins and ends with; undefined while nothing of that has changed. */
export function pauseChange({ spec, status }: Deployment, nowMs: number): Condition | undefined {
  const reason = conditionOf(status?.conditions, "Progressing")?.reason;
  if (reason === "ProgressDeadlineExceeded" || (spec.paused ?? false) === (reason === "DeploymentPaused"))
    return undefined;
  return spec.paused
    ? progressing("Unknown", "DeploymentPaused", "Deployment is paused", nowMs)
    : progressing("Unknown", "DeploymentResumed", "Deployment is resumed", nowMs);
}

/** The largest number of seconds stands for none. */
export function hasDeadline({ spec }: Pick<Deployment, "spec">): boolean {
  return (spec.progressDeadlineSeconds ?? 600) !== 2_147_483_647;
}

/** When the rollout counts as stuck, unless something moves before; undefined when nobody waits for it. */
export function progressDeadlineMs(deployment: Pick<Deployment, "spec" | "status">): number | undefined {
  const { spec, status } = deployment;
  const condition = conditionOf(status?.conditions, "Progressing");
  if (!condition || !hasDeadline(deployment) || settledReasons.has(condition.reason ?? "")) return undefined;
  return Date.parse(condition.lastUpdateTime ?? "") + (spec.progressDeadlineSeconds ?? 600) * 1_000;
}

const settledReasons = new Set(["NewReplicaSetAvailable", "ProgressDeadlineExceeded"]);

function countedStatus({ metadata, status }: Deployment, { all, current }: RolloutSets): Status {
  const sum = (of: (set: ReplicaSet) => number | undefined): number =>
    all.reduce((total, set) => total + (of(set) ?? 0), 0);
  const availableReplicas = sum((set) => set.status?.availableReplicas);
  const wanted = sum((set) => set.spec.replicas ?? 1);
  const numbers = nonZero({
    replicas: sum((set) => set.status?.replicas),
    updatedReplicas: current?.status?.replicas ?? 0,
    readyReplicas: sum((set) => set.status?.readyReplicas),
    availableReplicas,
    unavailableReplicas: Math.max(0, wanted - availableReplicas),
  });
  return {
    observedGeneration: metadata.generation ?? 1,
    ...numbers,
    terminatingReplicas: sum((set) => set.status?.terminatingReplicas),
    ...(status?.collisionCount === undefined ? {} : { collisionCount: status.collisionCount }),
    ...(status?.conditions ? { conditions: status.conditions } : {}),
  };
}

function availability(deployment: Deployment, { availableReplicas = 0 }: Status): Condition {
  const { maxUnavailable } = limitsOf(deployment);
  const available = availableReplicas >= desiredReplicas(deployment) - maxUnavailable;
  return {
    type: "Available",
    status: available ? "True" : "False",
    reason: available ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
    message: `Deployment ${available ? "has" : "does not have"} minimum availability.`,
  };
}

/** Undefined: as before. */
function progressOf(deployment: Deployment, next: Status, sets: RolloutSets, nowMs: number): Condition | undefined {
  const { metadata, status: previous } = deployment;
  const before = conditionOf(previous?.conditions, "Progressing");
  const isSettled = before?.reason === "NewReplicaSetAvailable";
  if (!hasDeadline(deployment) || (isSettled && (next.replicas ?? 0) === (next.updatedReplicas ?? 0))) return undefined;
  const set = sets.current?.metadata.name;
  const what = set ? `ReplicaSet "${set}"` : `Deployment "${metadata.name}"`;
  if (isComplete({ ...deployment, status: next })) {
    return progressing("True", "NewReplicaSetAvailable", `${what} has successfully progressed.`, nowMs);
  }
  if (hasMoved(previous, next)) return progressing("True", "ReplicaSetUpdated", `${what} is progressing.`, nowMs);
  const deadlineMs = progressDeadlineMs(deployment);
  if (deadlineMs === undefined || deadlineMs >= nowMs) return undefined;
  return progressing("False", "ProgressDeadlineExceeded", `${what} has timed out progressing.`, nowMs);
}

function hasMoved(previous: Status | undefined, next: Status): boolean {
  const oldPods = (status: Status | undefined): number => (status?.replicas ?? 0) - (status?.updatedReplicas ?? 0);
  return (
    (next.updatedReplicas ?? 0) > (previous?.updatedReplicas ?? 0) ||
    oldPods(next) < oldPods(previous) ||
    (next.readyReplicas ?? 0) > (previous?.readyReplicas ?? 0) ||
    (next.availableReplicas ?? 0) > (previous?.availableReplicas ?? 0)
  );
}

/** What keeps a set from its pods, above all the new one, is said of the deployment too. */
function withFailure(deployment: Deployment, { current, all }: RolloutSets): Deployment {
  const type = "ReplicaFailure";
  const found = [...(current ? [current] : []), ...all]
    .map(({ status }) => conditionOf(status?.conditions, type))
    .find((condition) => condition !== undefined);
  if (!found) return without(deployment, type);
  const before = conditionOf(deployment.status?.conditions, type);
  if (before?.status === found.status && before.reason === found.reason) return deployment;
  const cleared = without(deployment, type);
  const copied = { ...found, lastUpdateTime: found.lastTransitionTime ?? "" };
  return { ...cleared, status: { ...cleared.status, conditions: [...(cleared.status?.conditions ?? []), copied] } };
}

function progressing(status: Condition["status"], reason: string, message: string, nowMs: number): Condition {
  return { type: "Progressing", status, reason, message, lastUpdateTime: timestamp(nowMs) };
}
