import { byVersion } from "@fairway/core";
import { FairwayError } from "@fairway/model";
import type { V1PodDisruptionBudget } from "@kubernetes/client-node";
import type { AksContext } from "../context.ts";
import { versionOf } from "./cluster-status.ts";

/**
 * The error of an upgrade as it reaches the caller. A version that AKS refuses is `upgrade-invalid`, with those that it
 * takes in the hint. What Azure gave up on is `upgrade-failed`; the hint names the disruption budgets that allow no
 * disruption now, which is the usual reason.
 */
export async function upgradeFailure(context: AksContext, thrown: unknown): Promise<unknown> {
  if (!(thrown instanceof FairwayError)) return thrown;
  if (thrown.code === "upgrade-invalid") return withChoice(context, thrown);
  if (thrown.code !== "upgrade-failed" && thrown.code !== "platform") return thrown;
  const budgets = await blockingBudgets(context);
  const names = budgets.length > 0 ? ` Budgets that allow no disruption now: ${budgets.join(", ")}.` : "";
  return new FairwayError("upgrade-failed", thrown.message, { hint: `${thrown.hint}${names}`, cause: thrown });
}

async function withChoice({ arm }: AksContext, refused: FairwayError): Promise<FairwayError> {
  try {
    const [cluster, versions] = await Promise.all([arm.cluster(), arm.upgradeVersions()]);
    const choice = versions.map(({ version }) => version).toSorted(byVersion);
    const next = choice.length > 0 ? `can go to ${choice.join(", ")}` : "has no newer version to go to";
    const hint = `The cluster is at ${versionOf(cluster)} and ${next}: one minor version at a time, never back.`;
    return new FairwayError("upgrade-invalid", refused.message, { hint, path: "version", cause: refused });
  } catch {
    return refused;
  }
}

async function blockingBudgets({ kubernetes }: AksContext): Promise<string[]> {
  try {
    const budgets = await kubernetes.list<V1PodDisruptionBudget>("policy/v1", "PodDisruptionBudget", {
      everywhere: true,
    });
    return budgets.filter(isBlocking).map(({ metadata, status }) => {
      const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {};
      return `${metadata?.namespace}/${metadata?.name} (${currentHealthy} healthy, ${desiredHealthy} wanted)`;
    });
  } catch {
    // The upgrade's own error matters more than that the budgets cannot be read.
    return [];
  }
}

function isBlocking({ status }: V1PodDisruptionBudget): boolean {
  return (status?.expectedPods ?? 0) > 0 && status?.disruptionsAllowed === 0;
}
