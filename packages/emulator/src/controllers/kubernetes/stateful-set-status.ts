import { nonZero } from "./non-zero.ts";
import type { Pod } from "./pod-types.ts";
import { availableAtMs, isReady, isTerminating } from "./pods.ts";
import { podRevisionLabel } from "./revisions.ts";
import type { StatefulRevisions } from "./stateful-pods.ts";
import type { StatefulSet, StatefulSetStatus } from "./workload-types.ts";

/** Source: kubernetes/kubernetes pkg/controller/statefulset (computeReplicaStatus, completeRollingUpdate). */
export function statefulSetStatus(
  set: StatefulSet,
  own: readonly Pod[],
  { current, update }: StatefulRevisions,
  nowMs: number,
): StatefulSetStatus {
  const ready = own.filter(isReady);
  const available = ready.filter((pod) => (availableAtMs(pod, set.spec.minReadySeconds ?? 0) ?? nowMs + 1) <= nowMs);
  const ofRevision = (name: string): number =>
    own.filter((pod) => !isTerminating(pod) && pod.metadata.labels?.[podRevisionLabel] === name).length;
  const updatedReplicas = ofRevision(update.metadata.name);
  const replicas = set.spec.replicas ?? 1;
  const isRolling = set.spec.updateStrategy?.type !== "OnDelete";
  const done = isRolling && updatedReplicas === replicas && ready.length === replicas && own.length === replicas;
  return {
    observedGeneration: set.metadata.generation ?? 1,
    replicas: own.length,
    ...nonZero({
      readyReplicas: ready.length,
      currentReplicas: done ? updatedReplicas : ofRevision(current.metadata.name),
      updatedReplicas,
    }),
    currentRevision: (done ? update : current).metadata.name,
    updateRevision: update.metadata.name,
    collisionCount: set.status?.collisionCount ?? 0,
    availableReplicas: available.length,
  };
}
