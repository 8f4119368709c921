import { budgetState, textOf } from "../budgets.ts";
import type { DrainedCluster, SimulatedPod } from "./drained-cluster.ts";

export type Eviction =
  | { readonly kind: "gone" }
  | { readonly kind: "refused"; readonly budgets: readonly string[]; readonly evidence: string };

/**
 * What the eviction of a pod is answered, in the order in which the API server decides. Source: kubernetes/kubernetes
 * pkg/registry/core/pod/storage/eviction.go. Changes nothing.
 */
export function tryEviction(cluster: DrainedCluster, pod: SimulatedPod): Eviction {
  if (pod.facts.phase === "Pending" || pod.facts.isTerminating || pod.node === undefined) return gone;
  const [budget, ...more] = pod.budgets;
  if (!budget) return gone;
  const names = pod.budgets.map(({ namespace, name }) => `${namespace}/${name}`);
  if (more.length > 0) {
    return { kind: "refused", budgets: names, evidence: `${names.join(" and ")} cover it, and none may decide` };
  }
  const state = budgetState(budget, cluster.coveredBy(budget), cluster.facts);
  if (!pod.isReady) {
    if (budget.unhealthyPolicy === "AlwaysAllow") return gone;
    if (state.healthy >= state.desired && state.desired > 0) return gone;
  }
  if (state.allowed > 0) return gone;
  const evidence = `${names[0]} (${textOf(budget)}) needs ${state.desired} healthy pods and has ${state.healthy}`;
  return { kind: "refused", budgets: names, evidence };
}

const gone: Eviction = { kind: "gone" };
