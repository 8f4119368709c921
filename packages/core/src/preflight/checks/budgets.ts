import type { Finding, FindingCode } from "@fairway/model";
import { budgetState, covers, isFinished, isUnsatisfiable, podsOf, textOf } from "../budgets.ts";
import { type ClusterCheck, isPlatform, subjectOf } from "../check.ts";
import type { BudgetFacts, ClusterFacts, PlannedUpgrade, PodFacts } from "../facts.ts";

/** FW004, FW005, FW006, FW010 and FW011: budgets that allow nothing, sorted by what mends them. AKS looks at all of the cluster. */
export const checkBlockedBudgets: ClusterCheck = (facts, upgrade) =>
  facts.budgets.flatMap((budget): readonly Finding[] => {
    const pods = podsOf(budget, facts.pods);
    const state = budgetState(budget, pods, facts);
    if (state.expected === 0 || state.allowed > 0) return [];
    const never = isUnsatisfiable(state);
    const code = codeOf(budget, pods, { facts, upgrade, never });
    const { expected, desired, healthy } = state;
    const ill = pods.filter(({ isReady }) => !isReady).map(({ name }) => name);
    const numbers = `${textOf(budget)}: ${desired} of ${expected} pods must be healthy, ${healthy} are`;
    return [
      {
        code,
        severity: "required",
        subject: subjectOf({ kind: "PodDisruptionBudget", ...budget }),
        evidence: never || ill.length === 0 ? numbers : `${numbers}; not ready: ${ill.join(", ")}`,
        fix: fixes[code](budget),
      },
    ];
  });

type BlockedCode = Extract<FindingCode, "FW004" | "FW005" | "FW006" | "FW010" | "FW011">;

interface Situation {
  readonly facts: ClusterFacts;
  readonly upgrade: PlannedUpgrade;
  readonly never: boolean;
}

function codeOf(budget: BudgetFacts, pods: readonly PodFacts[], { facts, upgrade, never }: Situation): BlockedCode {
  if (isComponent(budget)) return "FW011";
  if (never && !pods.some((pod) => upgrade.pools.includes(poolOf(facts, pod)))) return "FW010";
  if (!never) return "FW006";
  const isAbsolute = budget.maxUnavailable !== undefined || budget.minAvailable === "100%";
  return isAbsolute ? "FW004" : "FW005";
}

/** Came with a chart or with the platform: it comes back when it is only deleted. */
function isComponent({ namespace, labels }: BudgetFacts): boolean {
  return isPlatform(namespace) || namespace.endsWith("-system") || labels["app.kubernetes.io/managed-by"] === "Helm";
}

function poolOf({ nodes }: ClusterFacts, { node }: PodFacts): string {
  return nodes.find(({ name }) => name === node)?.pool ?? "";
}

const fixes: Readonly<Record<BlockedCode, (budget: BudgetFacts) => string>> = {
  FW004: (budget) => patch(budget, '{"spec":{"maxUnavailable":1,"minAvailable":null}}'),
  FW005: ({ namespace }) =>
    `Run one replica more than the budget keeps: kubectl scale -n ${namespace} deployment/NAME --replicas=N`,
  FW006: ({ namespace }) =>
    `Find out why the pod is not ready: kubectl describe -n ${namespace} pod/NAME. Or let ill pods go: unhealthyPodEvictionPolicy: AlwaysAllow`,
  FW010: (budget) =>
    `AKS refuses the upgrade of any pool for it. ${patch(budget, '{"spec":{"maxUnavailable":1,"minAvailable":null}}')}`,
  FW011: (budget) =>
    `Set its replicas or its budget in the values of the chart that brought it; until then: ${patch(budget, '{"spec":{"maxUnavailable":1,"minAvailable":null}}')}`,
};

function patch({ namespace, name }: BudgetFacts, change: string): string {
  return `kubectl patch -n ${namespace} poddisruptionbudget/${name} --type merge -p '${change}'`;
}

/** FW007: the eviction API answers 500 when two budgets claim a pod (Kubernetes docs, disruptions). */
export const checkOverlappingBudgets: ClusterCheck = ({ budgets, pods }) => {
  const pairs = new Map<string, PodFacts>();
  for (const pod of pods.filter((one) => !isFinished(one))) {
    const covering = budgets.filter((budget) => covers(budget, pod)).map(({ name }) => name);
    if (covering.length > 1) pairs.set(`${pod.namespace}: ${covering.join(", ")}`, pod);
  }
  return [...pairs].map(([names, pod]) => ({
    code: "FW007",
    severity: "required",
    subject: subjectOf({ kind: "Pod", ...pod }),
    evidence: `budgets of namespace ${names} cover it: its eviction is refused whatever they allow`,
    fix: `Keep one of them: kubectl delete -n ${pod.namespace} poddisruptionbudget/NAME`,
  }));
};

/** FW008 */
export const checkIdleBudgets: ClusterCheck = ({ budgets, pods }) =>
  budgets
    .filter((budget) => !isPlatform(budget.namespace) && podsOf(budget, pods).length === 0)
    .map((budget) => ({
      code: "FW008",
      severity: "recommended",
      subject: subjectOf({ kind: "PodDisruptionBudget", ...budget }),
      evidence: "its selector matches no pod, so that it guards nothing",
      fix: `Correct spec.selector, or kubectl delete -n ${budget.namespace} poddisruptionbudget/${budget.name}`,
    }));
