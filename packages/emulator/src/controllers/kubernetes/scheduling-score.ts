import { demandOf, type NodeLoad, type NodeScores } from "./node-load.ts";
import { podRequests } from "./pod-requests.ts";
import type { Pod, SpreadConstraint } from "./pod-types.ts";
import type { DomainCounts } from "./scheduling-domains.ts";
import { hasMatch, matchesTerm, tolerates } from "./scheduling-fit.ts";

/** Weights of the default scheduler profile: kubernetes/kubernetes pkg/scheduler/apis/config/v1/default_plugins.go. */
const weights = { leastAllocated: 1, spread: 2, nodeAffinity: 2, podAffinity: 2, taints: 3 };

/** The sum of 0..100 scores by weight, one for each candidate: more is better. */
export function scoreNodes(
  pod: Pod,
  candidates: readonly NodeLoad[],
  { all, domains }: { readonly all: readonly NodeLoad[]; readonly domains: DomainCounts },
  spread: readonly SpreadConstraint[],
): number[] {
  const own = candidates.map((load) => nodeScores(pod, load));
  const spreadScores = spread.length === 0 ? [] : inverted(crowding(pod, candidates, domains, spread));
  const nodeAffinity = scaled(own.map(({ preferred }) => preferred));
  const wantsNeighbours = hasPreferredNeighbours(pod);
  const podAffinity = wantsNeighbours ? scaled(candidates.map((load) => preferredNeighbours(pod, load, all))) : [];
  const taints = inverted(own.map(({ softTaints }) => softTaints));
  return own.map(
    ({ leastAllocated }, index) =>
      weights.leastAllocated * leastAllocated +
      weights.spread * (spreadScores[index] ?? 0) +
      weights.nodeAffinity * (nodeAffinity[index] ?? 0) +
      weights.podAffinity * (podAffinity[index] ?? 0) +
      weights.taints * (taints[index] ?? 0),
  );
}

function nodeScores(pod: Pod, load: NodeLoad): NodeScores {
  const demand = demandOf(pod);
  const scores = load.scores.get(demand) ?? {
    leastAllocated: leastAllocated(pod, load),
    preferred: preferredNode(pod, load),
    softTaints: softTaints(pod, load),
  };
  load.scores.set(demand, scores);
  return scores;
}

/** Kubernetes' own, for pods of a workload that says nothing: nodes and zones, softly. */
export function defaultSpread(labels: Record<string, string>): SpreadConstraint[] {
  const labelSelector = { matchLabels: labels };
  return [
    { maxSkew: 3, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "ScheduleAnyway", labelSelector },
    { maxSkew: 5, topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "ScheduleAnyway", labelSelector },
  ];
}

/** Free share after the pod has come, mean of CPU and memory. Pods without requests count 100m and 200 MiB. */
function leastAllocated(pod: Pod, { cpuMillicores, memoryBytes, allocatable }: NodeLoad): number {
  const wanted = podRequests(pod);
  const cpu = free(cpuMillicores + (wanted.cpuMillicores || 100), allocatable.cpuMillicores);
  const memory = free(memoryBytes + (wanted.memoryBytes || 200 * 2 ** 20), allocatable.memoryBytes);
  return Math.floor((cpu + memory) / 2);
}

function free(used: number, total: number): number {
  return total <= 0 || used > total ? 0 : (100 * (total - used)) / total;
}

/** How full each node's domains are with pods of the same kind; small domains (nodes) count like large ones (zones). */
function crowding(
  pod: Pod,
  candidates: readonly NodeLoad[],
  domains: DomainCounts,
  spread: readonly SpreadConstraint[],
): number[] {
  const crowds = spread.map((constraint) => {
    const found = domains.of(pod, constraint);
    return { ...constraint, found, factor: Math.log(found.size + 2) };
  });
  return candidates.map(({ node }) => {
    const labels = node.metadata.labels ?? {};
    let total = 0;
    for (const { topologyKey, maxSkew, found, factor } of crowds) {
      const domain = labels[topologyKey];
      const crowd = domain === undefined ? found.most : found.of(domain);
      total += crowd * factor + maxSkew - 1;
    }
    return total;
  });
}

function preferredNode({ spec }: Pod, { node }: NodeLoad): number {
  const preferred = spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return preferred.reduce((total, { weight, preference }) => total + (matchesTerm(preference, node) ? weight : 0), 0);
}

function hasPreferredNeighbours({ spec }: Pod): boolean {
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {};
  return [podAffinity, podAntiAffinity].some((rules) => rules?.preferredDuringSchedulingIgnoredDuringExecution?.length);
}

function preferredNeighbours(pod: Pod, load: NodeLoad, all: readonly NodeLoad[]): number {
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  const sum = (rules: typeof podAffinity): number =>
    (rules?.preferredDuringSchedulingIgnoredDuringExecution ?? []).reduce(
      (total, { weight, podAffinityTerm }) => total + (hasMatch(pod, podAffinityTerm, load, all) ? weight : 0),
      0,
    );
  return sum(podAffinity) - sum(podAntiAffinity);
}

function softTaints(pod: Pod, { node }: NodeLoad): number {
  const soft = (node.spec.taints ?? []).filter(({ effect }) => effect === "PreferNoSchedule");
  return soft.filter((taint) => !tolerates(pod, taint)).length;
}

/** To 0..100: the least gets 0, the most 100; all equal: 0. */
function scaled(values: readonly number[]): number[] {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return values.map((value) => (most === least ? 0 : Math.floor((100 * (value - least)) / (most - least))));
}

/** To 0..100: the least gets 100. */
function inverted(values: readonly number[]): number[] {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return values.map((value) => (most === least ? 100 : Math.floor((100 * (most - value)) / (most - least))));
}
