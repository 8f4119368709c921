import type { V1ContainerStatus, V1Deployment, V1Pod } from "@kubernetes/client-node";
import { containerName } from "./manifests/deployment.ts";

/** Why a revision has no ready replica, or not all of them. */
export type Diagnosis =
  /** It will not get better by itself. */
  | { readonly kind: "failed"; readonly reason: string; readonly pod: string; readonly hasCrashed: boolean }
  | { readonly kind: "waiting"; readonly reason: string; readonly pod: string | undefined };

/** Of all pods of a revision the one that tells most: a failure, else the last that waits. */
export function diagnose(pods: readonly V1Pod[]): Diagnosis {
  const diagnoses = pods.filter((pod) => !pod.metadata?.deletionTimestamp).map(diagnosePod);
  return (
    diagnoses.find((diagnosis) => diagnosis?.kind === "failed") ??
    diagnoses.find((diagnosis) => diagnosis !== undefined) ?? {
      kind: "waiting",
      reason: pods.length === 0 ? "no replica has been created yet" : "all replicas are ready",
      pod: undefined,
    }
  );
}

/** The Deployment may not create replicas: a quota, a policy, a webhook. */
export function creationFailure({ status }: V1Deployment): string | undefined {
  return status?.conditions?.find((condition) => condition.type === "ReplicaFailure" && condition.status === "True")
    ?.message;
}

/** Its controller has seen no progress for ten minutes, and says so without giving up. */
export function isStalled({ status }: V1Deployment): boolean {
  return status?.conditions?.some(({ reason }) => reason === "ProgressDeadlineExceeded") ?? false;
}

/** States of a container that no waiting ends: the image or the configuration must change. */
const finalReasons = new Set([
  "ImagePullBackOff",
  "InvalidImageName",
  "ErrImageNeverPull",
  "CreateContainerConfigError",
  "CreateContainerError",
  "RunContainerError",
]);

/**
 * A container that crashed this often in a row is taken for broken. The first restart comes at once and the second
 * after ten seconds (azure-facts 2.5), which is time enough for a dependency that was only just late.
 */
const restartsOfBroken = 2;

function diagnosePod(pod: V1Pod): Diagnosis | undefined {
  const name = pod.metadata?.name ?? "";
  const unschedulable = pod.status?.conditions?.find(
    ({ type, status }) => type === "PodScheduled" && status === "False",
  );
  if (unschedulable) {
    // Not final: the cluster autoscaler may add a node.
    return { kind: "waiting", pod: name, reason: `FailedScheduling: ${unschedulable.message ?? "no node takes it"}` };
  }
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const found = statuses
    .map((status) => diagnoseContainer(name, status))
    .filter((diagnosis) => diagnosis !== undefined);
  return found.find(({ kind }) => kind === "failed") ?? found[0] ?? (isReady(pod) ? undefined : starting(name));
}

function diagnoseContainer(pod: string, status: V1ContainerStatus): Diagnosis | undefined {
  const waiting = status.state?.waiting;
  const last = status.lastState?.terminated ?? status.state?.terminated;
  const who = status.name === containerName ? "" : ` in container ${status.name}`;
  if (waiting?.reason === "CrashLoopBackOff" || (status.state?.terminated && status.restartCount > 0)) {
    const exit = last ? `, last with ${last.reason ?? "an error"} (exit code ${last.exitCode})` : "";
    const reason = `CrashLoopBackOff${who}: it ended ${status.restartCount + 1} times${exit}`;
    return status.restartCount >= restartsOfBroken
      ? { kind: "failed", pod, reason, hasCrashed: true }
      : { kind: "waiting", pod, reason };
  }
  if (waiting?.reason && finalReasons.has(waiting.reason)) {
    const message = waiting.message ?? "";
    return { kind: "failed", pod, reason: `${waiting.reason}${who}${message && `: ${message}`}`, hasCrashed: false };
  }
  if (waiting?.reason && waiting.reason !== "ContainerCreating" && waiting.reason !== "PodInitializing") {
    return { kind: "waiting", pod, reason: `${waiting.reason}${who}${waiting.message ? `: ${waiting.message}` : ""}` };
  }
  return undefined;
}

function starting(pod: string): Diagnosis {
  return { kind: "waiting", pod, reason: "started, not ready yet" };
}

function isReady(pod: V1Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}
