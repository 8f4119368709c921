import { FairwayError } from "@fairway/model";
import type { V1PodDisruptionBudget } from "@kubernetes/client-node";
import type { AksContext } from "../context.ts";

/**
 * The error of an upgrade as it reaches the caller. What Azure refused or gave up on is `upgrade-failed`; the hint names
 * the disruption budgets that allow no disruption now, which is the usual reason.
 */
export async function upgradeFailure(context: AksContext, thrown: unknown): Promise<unknown> {
  if (!(thrown instanceof FairwayError)) return thrown;
  if (thrown.code !== "upgrade-failed" && thrown.code !== "platform") return thrown;
  const budgets = await blockingBudgets(context);
  const names = budgets.length > 0 ? ` Budgets that allow no disruption now: ${budgets.join(", ")}.` : "";
  return new FairwayError("upgrade-failed", thrown.message, { hint: `${thrown.hint}${names}`, cause: thrown });
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
