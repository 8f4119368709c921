import type { Finding, FindingCode } from "@fairway/model";
import { type ClusterFacts, podsOfBudget } from "@fairway/sdk";
import type { StuckRecord, WorkloadRecord } from "./watched.ts";

type BudgetFacts = ClusterFacts["budgets"][number];

/** What mends a finding, and what it does to the cluster. */
export interface Remedy {
  readonly code: FindingCode;
  readonly subject: string;
  /** What a person has to do. */
  readonly fix: string;
  /** What was done in the model for it. */
  readonly modelled: string;
  readonly apply: (facts: ClusterFacts) => ClusterFacts;
}

export interface Diagnosed {
  readonly findings: readonly Finding[];
  readonly stuck: readonly StuckRecord[];
  readonly workloads: readonly WorkloadRecord[];
}

/** One for each thing that stands against the upgrade and that the model can mend, and one for each app that was down. */
export function remediesFor({ findings, stuck, workloads }: Diagnosed, facts: ClusterFacts): readonly Remedy[] {
  const remedies = new Map<string, Remedy>();
  const add = (remedy: Remedy | undefined): void => {
    if (remedy && !remedies.has(remedy.subject)) remedies.set(remedy.subject, remedy);
  };
  for (const finding of findings) if (finding.severity === "required") add(remedyOf(finding, facts));
  for (const { workload, isGivenUp, why } of stuck) {
    if (!isGivenUp) continue;
    for (const budget of budgetsOf(facts, workload)) {
      const fix = `Let it allow a disruption at that moment: ${patchCommand(budget)}`;
      add(
        easeBudget(
          { code: "FW041", severity: "required", subject: subjectOf(budget), evidence: why, fix },
          budget,
          facts,
        ),
      );
    }
  }
  for (const { workload, lowest, wanted } of workloads) if (lowest === 0 && wanted === 1) add(secondReplica(workload));
  return [...remedies.values()];
}

function remedyOf(finding: Finding, facts: ClusterFacts): Remedy | undefined {
  const budget = facts.budgets.find((one) => subjectOf(one) === finding.subject);
  return mends[finding.code]?.(finding, facts, budget);
}

type Mend = (finding: Finding, facts: ClusterFacts, budget: BudgetFacts | undefined) => Remedy | undefined;

const ease: Mend = (finding, facts, budget) => budget && easeBudget(finding, budget, facts);

const mends: Readonly<Partial<Record<FindingCode, Mend>>> = {
  FW004: ease,
  FW005: ease,
  FW006: ease,
  FW010: ease,
  FW011: ease,
  FW007: onlyOneBudget,
  FW015: longerDrain,
  FW017: anotherNode,
  FW020: moreQuota,
};

/** A disruption at a time, two replicas at least so that one is left, and pods that are well. */
function easeBudget(finding: Finding, budget: BudgetFacts, facts: ClusterFacts): Remedy {
  const covered = podsOfBudget(budget, facts.pods);
  const owners = new Set(covered.map(({ namespace, owner }) => keyOf(namespace, owner)));
  const few = facts.workloads.filter((one) => owners.has(keyOf(one.namespace, one)) && one.replicas < 2);
  const ill = covered.filter(({ isReady }) => !isReady);
  const modelled = [
    "maxUnavailable 1",
    ...few.map(({ kind, namespace, name }) => `two replicas of ${kind} ${namespace}/${name}`),
    ...ill.map(({ namespace, name }) => `${namespace}/${name} is well`),
  ].join(", ");
  return {
    ...about(finding),
    modelled,
    apply: (now) => ({
      ...now,
      budgets: now.budgets.map((one) => (isSame(one, budget) ? eased(one) : one)),
      workloads: now.workloads.map((one) =>
        few.some((other) => isSame(other, one) && other.kind === one.kind) ? { ...one, replicas: 2 } : one,
      ),
      pods: now.pods.map((pod) => (ill.some((other) => isSame(other, pod)) ? { ...pod, isReady: true } : pod)),
    }),
  };
}

function eased({ minAvailable: _minAvailable, ...budget }: BudgetFacts): BudgetFacts {
  return { ...budget, maxUnavailable: "1" };
}

function onlyOneBudget(finding: Finding, facts: ClusterFacts): Remedy | undefined {
  const pod = facts.pods.find(({ namespace, name }) => finding.subject === `Pod ${namespace}/${name}`);
  const sample = pod ?? podOfModel(finding.subject, facts);
  const covering = sample ? facts.budgets.filter((budget) => podsOfBudget(budget, [sample]).length > 0) : [];
  const [kept, ...others] = covering;
  if (!kept || others.length === 0) return undefined;
  return {
    ...about(finding),
    modelled: `only ${kept.namespace}/${kept.name} is left`,
    apply: (now) => ({ ...now, budgets: now.budgets.filter((one) => !others.some((other) => isSame(other, one))) }),
  };
}

/** A pod of the model has another end of its name than the one of the snapshot. */
function podOfModel(subject: string, { pods }: ClusterFacts): ClusterFacts["pods"][number] | undefined {
  return pods.find(({ namespace, owner }) => owner && subject.startsWith(`Pod ${namespace}/${owner.name}-`));
}

function longerDrain(finding: Finding, facts: ClusterFacts): Remedy {
  const longest = Math.max(...facts.pods.map(({ graceSeconds }) => graceSeconds));
  const drainTimeoutMinutes = Math.ceil(longest / 60) + 5;
  return {
    ...about(finding),
    modelled: `drain timeout ${drainTimeoutMinutes} minutes`,
    apply: (now) => ({
      ...now,
      pools: now.pools.map((pool) => ({
        ...pool,
        drainTimeoutMinutes: Math.max(pool.drainTimeoutMinutes, drainTimeoutMinutes),
      })),
    }),
  };
}

function anotherNode(finding: Finding, facts: ClusterFacts): Remedy | undefined {
  const poolName = facts.pools.find(({ name }) => finding.evidence.includes(`while ${name} is upgraded`))?.name;
  if (poolName === undefined) return undefined;
  return {
    ...about(finding),
    // One node helps every pod that found none.
    subject: `node pool ${poolName}`,
    modelled: `one node more in ${poolName}`,
    apply: (now) => ({
      ...now,
      pools: now.pools.map((pool) => (pool.name === poolName ? { ...pool, count: pool.count + 1 } : pool)),
    }),
  };
}

function moreQuota(finding: Finding): Remedy {
  return {
    ...about(finding),
    modelled: "quota for every surge node",
    apply: (now) => ({ ...now, settings: { ...now.settings, quotas: [] } }),
  };
}

function secondReplica(workload: string): Remedy {
  const [kind = "", path = ""] = workload.split(" ");
  const [namespace = "", name = ""] = path.split("/");
  return {
    code: "FW012",
    subject: workload,
    fix: `kubectl scale -n ${namespace} ${kind.toLowerCase()}/${name} --replicas=2`,
    modelled: "two replicas",
    apply: (now) => ({
      ...now,
      workloads: now.workloads.map((one) =>
        one.kind === kind && one.namespace === namespace && one.name === name && one.replicas < 2
          ? { ...one, replicas: 2 }
          : one,
      ),
    }),
  };
}

/** `Deployment shop/api` */
function budgetsOf({ budgets, pods }: ClusterFacts, workload: string): readonly BudgetFacts[] {
  const own = pods.filter(({ namespace, owner, name }) => {
    return workload === (owner ? `${owner.kind} ${namespace}/${owner.name}` : `Pod ${namespace}/${name}`);
  });
  return budgets.filter((budget) => podsOfBudget(budget, own).length > 0);
}

function about({ code, subject, fix }: Finding): Pick<Remedy, "code" | "subject" | "fix"> {
  return { code, subject, fix };
}

function subjectOf({ namespace, name }: BudgetFacts): string {
  return `PodDisruptionBudget ${namespace}/${name}`;
}

function patchCommand({ namespace, name }: BudgetFacts): string {
  return `kubectl patch -n ${namespace} poddisruptionbudget/${name} --type merge -p '{"spec":{"maxUnavailable":1,"minAvailable":null}}'`;
}

function keyOf(namespace: string, owner: { readonly kind: string; readonly name: string } | undefined): string {
  return owner ? `${owner.kind} ${namespace}/${owner.name}` : "";
}

interface Named {
  readonly namespace: string;
  readonly name: string;
}

function isSame(a: Named, b: Named): boolean {
  return a.namespace === b.namespace && a.name === b.name;
}
