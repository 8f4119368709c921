import { type RolloutLimits, rolloutLimits } from "./rolling-update.ts";
import type { Deployment } from "./types.ts";

export function desiredReplicas(deployment: Deployment): number {
  return deployment.spec.replicas ?? 1;
}

export function limitsOf(deployment: Deployment): RolloutLimits {
  const { strategy } = deployment.spec;
  if (strategy?.type === "Recreate") return { replicas: desiredReplicas(deployment), maxSurge: 0, maxUnavailable: 0 };
  const { maxSurge, maxUnavailable } = strategy?.rollingUpdate ?? {};
  return rolloutLimits(desiredReplicas(deployment), maxSurge, maxUnavailable);
}

/** All replicas are new and available, and no old ones remain. */
export function isComplete({ metadata, spec, status }: Pick<Deployment, "metadata" | "spec" | "status">): boolean {
  const replicas = spec.replicas ?? 1;
  return (
    (status?.updatedReplicas ?? 0) === replicas &&
    (status?.replicas ?? 0) === replicas &&
    (status?.availableReplicas ?? 0) === replicas &&
    (status?.observedGeneration ?? 0) >= (metadata.generation ?? 1)
  );
}
