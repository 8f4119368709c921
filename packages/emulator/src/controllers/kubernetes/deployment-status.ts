import { timestamp } from "../../world/store.ts";
import { conditionOf, withConditions } from "./conditions.ts";
import { desiredReplicas, isComplete, limitsOf } from "./deployment-size.ts";
import type { Condition, Deployment, ReplicaSet } from "./types.ts";

/** The ReplicaSets of a deployment, oldest first. */
export interface RolloutSets {
  /** The one with the deployment's template. */
  readonly current: ReplicaSet | undefined;
  readonly old: readonly ReplicaSet[];
  readonly all: readonly ReplicaSet[];
}

type Status = NonNullable<Deployment["status"]>;

/** Source: kubernetes/kubernetes pkg/controller/deployment (sync.go calculateStatus, progress.go). */
export function deploymentStatus(deployment: Deployment, sets: RolloutSets, nowMs: number): Status {
  const previous = deployment.status;
  const counts = countReplicas(sets);
  const next: Status = {
    ...(previous?.collisionCount === undefined ? {} : { collisionCount: previous.collisionCount }),
    observedGeneration: deployment.metadata.generation ?? 1,
    ...counts,
    unavailableReplicas: Math.max(0, wantedOf(sets.all) - counts.availableReplicas),
  };
  const before = conditionOf(previous?.conditions, "Progressing");
  const progress = progressOf(deployment, next, sets, nowMs) ?? before;
  const conditions = [availability({ ...deployment, status: next }), ...(progress ? [progress] : [])];
  return { ...next, conditions: withConditions(previous?.conditions, conditions, timestamp(nowMs)) };
}

/** Set when a rollout begins: the deadline counts from here. */
export function newSetCreated(setName: string, nowMs: number): Condition {
  return progressing("True", "NewReplicaSetCreated", `Created new replica set "${setName}"`, nowMs);
}

/** When the rollout counts as stuck, unless something moves before; undefined when nobody waits for it. */
export function progressDeadlineMs({ spec, status }: Pick<Deployment, "spec" | "status">): number | undefined {
  const condition = conditionOf(status?.conditions, "Progressing");
  if (!condition || spec.paused || settledReasons.has(condition.reason ?? "")) return undefined;
  return Date.parse(condition.lastUpdateTime ?? "") + (spec.progressDeadlineSeconds ?? 600) * 1_000;
}

const settledReasons = new Set(["NewReplicaSetAvailable", "ProgressDeadlineExceeded"]);

function countReplicas({ all, current }: RolloutSets): {
  replicas: number;
  updatedReplicas: number;
  readyReplicas: number;
  availableReplicas: number;
} {
  const sum = (of: (set: ReplicaSet) => number | undefined): number =>
    all.reduce((total, set) => total + (of(set) ?? 0), 0);
  return {
    replicas: sum((set) => set.status?.replicas),
    updatedReplicas: current?.status?.replicas ?? 0,
    readyReplicas: sum((set) => set.status?.readyReplicas),
    availableReplicas: sum((set) => set.status?.availableReplicas),
  };
}

function wantedOf(sets: readonly ReplicaSet[]): number {
  return sets.reduce((total, set) => total + (set.spec.replicas ?? 1), 0);
}

function availability(deployment: Deployment): Condition {
  const { maxUnavailable } = limitsOf(deployment);
  const floor = desiredReplicas(deployment) - maxUnavailable;
  const available = (deployment.status?.availableReplicas ?? 0) >= floor;
  return {
    type: "Available",
    status: available ? "True" : "False",
    reason: available ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
    message: `Deployment ${available ? "has" : "does not have"} minimum availability.`,
  };
}

/** Undefined: as before. */
function progressOf(deployment: Deployment, next: Status, sets: RolloutSets, nowMs: number): Condition | undefined {
  const { spec, metadata, status: previous } = deployment;
  const before = conditionOf(previous?.conditions, "Progressing");
  if (spec.paused) {
    if (before?.reason === "DeploymentPaused") return undefined;
    return progressing("Unknown", "DeploymentPaused", "Deployment is paused", nowMs);
  }
  if (before?.reason === "DeploymentPaused") {
    return progressing("Unknown", "DeploymentResumed", "Deployment is resumed", nowMs);
  }
  if (before?.reason === "NewReplicaSetAvailable" && next.replicas === next.updatedReplicas) return undefined;
  const set = sets.current?.metadata.name;
  const what = set ? `ReplicaSet "${set}"` : `Deployment "${metadata.name}"`;
  if (isComplete({ ...deployment, status: next })) {
    return progressing("True", "NewReplicaSetAvailable", `${what} has successfully progressed.`, nowMs);
  }
  if (hasMoved(previous, next)) return progressing("True", "ReplicaSetUpdated", `${what} is progressing.`, nowMs);
  const deadlineMs = progressDeadlineMs({ spec, ...(previous ? { status: previous } : {}) });
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

function progressing(status: Condition["status"], reason: string, message: string, nowMs: number): Condition {
  return { type: "Progressing", status, reason, message, lastUpdateTime: timestamp(nowMs) };
}
