import type { BudgetFacts, ClusterFacts, PodFacts, WorkloadFacts } from "./facts.ts";
import { matchesSelector } from "./selectors.ts";

/** What a budget comes to now. */
export interface BudgetState {
  readonly expected: number;
  readonly desired: number;
  readonly healthy: number;
  readonly allowed: number;
}

/** Pods that the budget guards: those that run or are to run. */
export function podsOf(budget: BudgetFacts, pods: readonly PodFacts[]): readonly PodFacts[] {
  return pods.filter((pod) => covers(budget, pod) && !isFinished(pod));
}

export function covers({ namespace, selector }: BudgetFacts, pod: PodFacts): boolean {
  return selector !== undefined && namespace === pod.namespace && matchesSelector(selector, pod.labels);
}

export function isFinished({ phase }: PodFacts): boolean {
  return phase === "Succeeded" || phase === "Failed";
}

/**
 * As the disruption controller counts: percentages round up, and refer to what the owners want to have. Source:
 * kubernetes/kubernetes pkg/controller/disruption/disruption.go.
 */
export function budgetState(budget: BudgetFacts, covered: readonly PodFacts[], facts: Workloads): BudgetState {
  const { minAvailable, maxUnavailable } = budget;
  const isByOwner = maxUnavailable !== undefined || minAvailable?.endsWith("%") === true;
  const expected = isByOwner ? wantedByOwners(covered, facts) : covered.length;
  const desired =
    maxUnavailable === undefined
      ? roundedUp(minAvailable ?? "0", expected)
      : Math.max(0, expected - roundedUp(maxUnavailable, expected));
  const healthy = covered.filter(({ isReady, isTerminating }) => isReady && !isTerminating).length;
  return { expected, desired, healthy, allowed: expected > 0 ? Math.max(0, healthy - desired) : 0 };
}

/** Whether no number of healthy pods could ever make it allow a disruption. */
export function isUnsatisfiable({ expected, desired }: BudgetState): boolean {
  return expected > 0 && desired >= expected;
}

export function textOf({ minAvailable, maxUnavailable }: BudgetFacts): string {
  return maxUnavailable === undefined ? `minAvailable ${minAvailable ?? 0}` : `maxUnavailable ${maxUnavailable}`;
}

/** `33%` of 10 is 4. */
export function roundedUp(value: string, of: number): number {
  const number = Number.parseFloat(value) || 0;
  // Hundredths first, so that 7 % of 100 stays 7.
  return value.endsWith("%") ? Math.ceil((number * of) / 100) : number;
}

type Workloads = Pick<ClusterFacts, "workloads">;

function wantedByOwners(covered: readonly PodFacts[], { workloads }: Workloads): number {
  const owners = new Set<WorkloadFacts>();
  for (const { namespace, owner } of covered) {
    const found = owner && workloads.find((one) => one.namespace === namespace && isSame(one, owner));
    if (found) owners.add(found);
  }
  return [...owners].reduce((sum, { replicas }) => sum + replicas, 0);
}

function isSame(one: { kind: string; name: string }, other: { kind: string; name: string }): boolean {
  return one.kind === other.kind && one.name === other.name;
}
