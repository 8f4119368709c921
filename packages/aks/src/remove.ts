import type { OperationContext } from "@fairway/core";
import { poll } from "@fairway/core";
import { FairwayError } from "@fairway/model";
import type { KubernetesObject } from "@kubernetes/client-node";
import type { AksContext } from "./context.ts";
import { appLabel } from "./names.ts";

/** In the order of removal: first no more traffic, then nothing that starts replicas, then the replicas. */
const kinds = [
  ["gateway.networking.k8s.io/v1", "HTTPRoute"],
  ["keda.sh/v1alpha1", "ScaledObject"],
  ["keda.sh/v1alpha1", "TriggerAuthentication"],
  ["autoscaling/v2", "HorizontalPodAutoscaler"],
  ["policy/v1", "PodDisruptionBudget"],
  ["apps/v1", "Deployment"],
  ["v1", "Service"],
  ["v1", "Secret"],
] as const;

/** Replicas may take their grace period, at most ten minutes; then their nodes are in trouble. */
const removalTimeoutMs = 660_000;

export async function removeApp(context: AksContext, app: string, operation: OperationContext): Promise<void> {
  const labels = { [appLabel]: app };
  const groups = await context.kubernetes.groups();
  for (const [apiVersion, kind] of kinds) {
    if (apiVersion.includes(".") && !apiVersion.includes(".k8s.io") && !groups.has(apiVersion.split("/")[0] ?? ""))
      continue;
    operation.signal.throwIfAborted();
    const objects = await context.kubernetes.list<KubernetesObject>(apiVersion, kind, { labels });
    for (const { metadata } of objects) {
      operation.report(`Removing ${kind} ${metadata?.name ?? ""}`);
      await context.kubernetes.remove({ apiVersion, kind, name: metadata?.name ?? "" });
    }
  }
  await poll(context.clock, async () => ((await replicasLeft(context, labels)) === 0 ? true : undefined), {
    everyMs: context.pollMs,
    timeoutMs: removalTimeoutMs,
    signal: operation.signal,
    onTimeout: () =>
      new FairwayError("operation-timeout", `Replicas of ${app} do not end.`, {
        hint: "Look at the nodes that they are on: kubectl get pods -o wide.",
      }),
  });
}

async function replicasLeft(context: AksContext, labels: Record<string, string>): Promise<number> {
  return (await context.kubernetes.list<KubernetesObject>("v1", "Pod", { labels })).length;
}
