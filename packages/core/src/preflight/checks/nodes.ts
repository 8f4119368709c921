import type { Finding } from "@fairway/model";
import { minorsBetween } from "../../versions.ts";
import { budgetState, podsOf, roundedUp } from "../budgets.ts";
import type { ClusterCheck } from "../check.ts";
import { simulateDrain } from "../drain/simulate-drain.ts";

/** FW034 */
export const checkNodes: ClusterCheck = ({ nodes }) =>
  nodes.flatMap((node): readonly Finding[] => {
    const signs = [
      ...(node.isReady ? [] : ["not ready"]),
      ...(node.isSchedulable ? [] : ["cordoned"]),
      ...node.pressures,
    ];
    if (signs.length === 0) return [];
    const isRequired = !node.isReady || node.pressures.length > 0;
    return [
      {
        code: "FW034",
        severity: isRequired ? "required" : "recommended",
        subject: `node ${node.name}`,
        evidence: `${signs.join(", ")}: the upgrade counts on it for the pods of other nodes`,
        fix: node.isReady
          ? `kubectl uncordon ${node.name}`
          : `kubectl describe node ${node.name}; delete the machine when it does not recover`,
      },
    ];
  });

/** FW020: surge nodes need quota, all at once; from 1.35 a single one is enough (AKS docs, upgrade options). */
export const checkQuota: ClusterCheck = ({ pools, settings }, upgrade) =>
  pools
    .filter(({ name }) => upgrade.pools.includes(name))
    .flatMap((pool): readonly Finding[] => {
      const size = sizeOf(pool.vmSize);
      const surge = Math.min(roundedUp(pool.maxSurge, pool.count), pool.count);
      if (!size || surge === 0) return [];
      const quotas = settings.quotas.filter(({ name }) => name === "cores" || name.toLowerCase() === size.family);
      const [tightest] = quotas.toSorted((a, b) => a.limit - a.used - (b.limit - b.used));
      const left = tightest ? tightest.limit - tightest.used : Number.POSITIVE_INFINITY;
      if (!tightest || left >= surge * size.vcpus) return [];
      const fallsBack = minorsBetween("1.35", upgrade.version) >= 0 && left >= size.vcpus;
      return [
        {
          code: "FW020",
          severity: fallsBack ? "recommended" : "required",
          subject: `node pool ${pool.name}`,
          evidence: `${surge} surge nodes of ${pool.vmSize} need ${surge * size.vcpus} vCPUs, ${left} of ${tightest.limit} ${tightest.name} are left`,
          fix: `Ask for quota, or: az aks nodepool update --resource-group GROUP --cluster-name CLUSTER --name ${pool.name} --max-surge ${Math.max(1, Math.floor(left / size.vcpus))}`,
        },
      ];
    });

/** FW022: what the surge nodes take of the subnet, which others may have nodes in too (AKS docs, plan IP addressing). */
export const checkSubnets: ClusterCheck = ({ pools, settings }, upgrade) =>
  pools
    .filter(({ name }) => upgrade.pools.includes(name))
    .flatMap((pool): readonly Finding[] => {
      const subnet = settings.subnets?.find(({ id }) => id.toLowerCase() === pool.subnet?.toLowerCase());
      const surge = Math.min(roundedUp(pool.maxSurge, pool.count), pool.count);
      if (!subnet || surge === 0) return [];
      const [left, each] = [subnet.limit - subnet.used, pool.addressesPerNode ?? 1];
      if (left >= surge * each) return [];
      const fits = Math.floor(left / each);
      return [
        {
          code: "FW022",
          severity: "required",
          subject: `node pool ${pool.name}`,
          evidence: `${surge} surge nodes need ${surge * each} addresses, ${left} of ${subnet.limit} are left in ${subnet.id.split("/").slice(-3).join("/")}`,
          fix:
            fits > 0
              ? `az aks nodepool update --resource-group GROUP --cluster-name CLUSTER --name ${pool.name} --max-surge ${fits}`
              : `Surge by none: az aks nodepool update --resource-group GROUP --cluster-name CLUSTER --name ${pool.name} --max-surge 0 --max-unavailable 1. Or upgrade in a pool of another subnet.`,
        },
      ];
    });

/** `Standard_D4s_v5` has 4 vCPUs and counts for `standarddsv5family` (Azure docs, naming of VM sizes). */
function sizeOf(vmSize: string): { readonly vcpus: number; readonly family: string } | undefined {
  const [, series = "", vcpus, features = "", version = ""] =
    /^Standard_([A-Z]+)(\d+)(?:-\d+)?([a-z]*)(?:_[A-Z0-9]+)?(?:_(v\d+))?$/.exec(vmSize) ?? [];
  if (vcpus === undefined) return undefined;
  return { vcpus: Number(vcpus), family: `standard${series}${features}${version}family`.toLowerCase() };
}

/** FW041, and FW017 for pods that fit nowhere while a pool is upgraded. */
export const checkDrain: ClusterCheck = (facts, upgrade) => {
  const { stuck, homeless } = simulateDrain(facts, upgrade);
  return [
    ...stuck.map(
      ({ pool, node, pod, evidence, budgets, afterNodes }): Finding => ({
        code: "FW041",
        severity: "required",
        subject: `node ${node}`,
        evidence: `after ${afterNodes} nodes of ${pool} the drain waits for pod ${pod}: ${evidence}`,
        fix: `Make ${budgets.join(" or ")} allow a disruption at that moment: one replica more, maxUnavailable 1, or room for the replacement.`,
      }),
    ),
    ...homeless.map(
      ({ pod, evidence }): Finding => ({
        code: "FW017",
        severity: "required",
        subject: `Pod ${pod}`,
        evidence,
        fix: "Add a node to a pool that may take it, lower its requests, or raise maxSurge of the pool.",
      }),
    ),
  ];
};

/** FW041: pods of one node that leave as their budget allows, each when the one before is ready elsewhere, in the time that a drain has. */
export const checkDrainTime: ClusterCheck = (facts, upgrade) => {
  const guards = facts.budgets.map((budget) => {
    const covered = podsOf(budget, facts.pods);
    return {
      budget,
      allowed: budgetState(budget, covered, facts).allowed,
      byNode: Map.groupBy(covered, ({ node }) => node),
    };
  });
  return facts.pools
    .filter(({ name, isSpot }) => upgrade.pools.includes(name) && !isSpot)
    .flatMap((pool) => facts.nodes.filter((node) => node.pool === pool.name).map((node) => ({ pool, node })))
    .flatMap(({ pool, node }) =>
      guards.flatMap(({ budget, allowed, byNode }): readonly Finding[] => {
        const leaving = byNode.get(node.name) ?? [];
        const startSeconds = Math.max(0, ...leaving.map((pod) => pod.startSeconds ?? 0));
        const seconds = (Math.ceil(leaving.length / Math.max(1, allowed)) - 1) * startSeconds;
        const timeoutSeconds = pool.drainTimeoutMinutes * 60;
        if (allowed === 0 || seconds <= timeoutSeconds) return [];
        return [
          {
            code: "FW041",
            severity: "recommended",
            subject: `node ${node.name}`,
            evidence: `${leaving.length} pods leave it ${allowed} at a time (${budget.namespace}/${budget.name}), and each takes ${startSeconds} s until it is ready: ${seconds} s, and a drain of ${pool.name} may take ${timeoutSeconds} s`,
            fix: `Spread them over more nodes, let the budget allow more, or: az aks nodepool update --resource-group GROUP --cluster-name CLUSTER --name ${pool.name} --drain-timeout ${Math.ceil((2 * seconds) / 60)}`,
          },
        ];
      }),
    );
};
