import { conditionOf } from "./conditions.ts";
import { antiAffinity, demandOf, isShared, type NodeLoad } from "./node-load.ts";
import type { NodeSelectorTerm, Pod, PodAffinityTerm, SpreadConstraint, Taint, Toleration } from "./pod-types.ts";
import { podRequests } from "./pods.ts";
import type { DomainCounts } from "./scheduling-domains.ts";
import { matchesAll, matchesLabels, matchesSelector } from "./selectors.ts";
import type { KubeNode } from "./types.ts";

/** Why a pod cannot go to a node, as the scheduler words it; nothing when it can. */
export function obstacles(pod: Pod, load: NodeLoad, around: Surroundings): readonly string[] {
  const own = fitOf(pod, load).obstacles;
  if (own.length > 0) return own;
  if (breaksSpread(load, around)) return ["node(s) didn't match pod topology spread constraints"];
  if (violatesAffinity(pod, load, around)) return ["node(s) didn't match pod affinity rules"];
  if (violatesAntiAffinity(pod, load, around)) return ["node(s) didn't match pod anti-affinity rules"];
  return [];
}

/** What is the same for every node that a pod may go to. */
export interface Surroundings {
  readonly all: readonly NodeLoad[];
  /** Nodes with pods that keep others away. */
  readonly guarded: readonly NodeLoad[];
  readonly spread: readonly HardSpread[];
  /** What the pod wants near it, and what it keeps away from. */
  readonly near: readonly PodAffinityTerm[];
  readonly away: readonly PodAffinityTerm[];
}

interface HardSpread extends SpreadConstraint {
  readonly counts: ReadonlyMap<string, number>;
  readonly least: number;
  /** 1 when the pod itself will be counted. */
  readonly self: number;
}

export function surroundingsOf(pod: Pod, all: readonly NodeLoad[], domains: DomainCounts): Surroundings {
  const hard = (pod.spec.topologySpreadConstraints ?? []).filter((one) => one.whenUnsatisfiable === "DoNotSchedule");
  return {
    all,
    guarded: all.filter(({ guards }) => guards.length > 0),
    near: pod.spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [],
    away: antiAffinity(pod),
    spread: hard.map((constraint) => {
      const { byDomain: counts } = domains.of(pod, constraint);
      const self = matchesSelector(constraint.labelSelector, pod.metadata.labels) ? 1 : 0;
      return { ...constraint, counts, least: Math.min(...counts.values()), self };
    }),
  };
}

/** How a pod fits a node alone. The same for all pods of a workload, and so kept with the node. */
export interface Fit {
  readonly selected: boolean;
  readonly obstacles: readonly string[];
}

export function fitOf(pod: Pod, load: NodeLoad): Fit {
  const demand = demandOf(pod);
  const known = load.fits.get(demand);
  if (known) return known;
  const fit = newFit(pod, load);
  if (isShared(pod)) load.fits.set(demand, fit);
  return fit;
}

function newFit(pod: Pod, load: NodeLoad): Fit {
  const selected = isSelected(pod, load.node);
  return { selected, obstacles: nodeObstacles(pod, load, selected) };
}

function nodeObstacles(pod: Pod, load: NodeLoad, selected: boolean): readonly string[] {
  const { node } = load;
  if (node.spec.unschedulable && !tolerates(pod, unschedulableTaint)) return ["node(s) were unschedulable"];
  if (!selected) return ["node(s) didn't match Pod's node affinity/selector"];
  const taint = blockingTaint(pod, node);
  if (taint) return ["node(s) had untolerated taint(s)"];
  if (conditionOf(node.status?.conditions, "Ready")?.status !== "True") return ["node(s) were not ready"];
  return shortages(pod, load);
}

const unschedulableTaint: Taint = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };

export function tolerates({ spec }: Pod, taint: Taint): boolean {
  return (spec.tolerations ?? []).some((toleration) => covers(toleration, taint));
}

/** Source: api/core/v1 toleration.go ToleratesTaint. */
export function covers({ key, operator = "Equal", value = "", effect }: Toleration, taint: Taint): boolean {
  if (effect && effect !== taint.effect) return false;
  if (key && key !== taint.key) return false;
  if (operator === "Exists") return true;
  return Boolean(key) && value === (taint.value ?? "");
}

function blockingTaint(pod: Pod, node: KubeNode): Taint | undefined {
  const blocking = (node.spec.taints ?? []).filter(({ effect }) => effect === "NoSchedule" || effect === "NoExecute");
  return blocking.find((taint) => !tolerates(pod, taint));
}

/** By its node selector and its required node affinity. */
export function isSelected({ spec }: Pick<Pod, "spec">, node: KubeNode): boolean {
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return (
    matchesLabels(spec.nodeSelector ?? {}, node.metadata.labels) &&
    (!required || required.nodeSelectorTerms.some((term) => matchesTerm(term, node)))
  );
}

export function matchesTerm({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, node: KubeNode): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  return (
    matchesAll(matchExpressions, node.metadata.labels) &&
    matchesAll(matchFields, { "metadata.name": node.metadata.name })
  );
}

function shortages(pod: Pod, { pods, cpuMillicores: cpu, memoryBytes: memory, allocatable }: NodeLoad): string[] {
  const wanted = podRequests(pod);
  return [
    ...(pods.length + 1 > allocatable.pods ? ["Too many pods"] : []),
    ...(wanted.cpuMillicores > 0 && cpu + wanted.cpuMillicores > allocatable.cpuMillicores ? ["Insufficient cpu"] : []),
    ...(wanted.memoryBytes > 0 && memory + wanted.memoryBytes > allocatable.memoryBytes ? ["Insufficient memory"] : []),
  ];
}

function breaksSpread({ node }: NodeLoad, { spread }: Surroundings): boolean {
  if (spread.length === 0) return false;
  return spread.some(({ topologyKey, maxSkew, counts, least, self }) => {
    const domain = node.metadata.labels?.[topologyKey];
    return domain === undefined || (counts.get(domain) ?? 0) + self - least > maxSkew;
  });
}

/** A first pod of a group that only has affinity to itself may go anywhere. */
function violatesAffinity(pod: Pod, load: NodeLoad, { all, near }: Surroundings): boolean {
  if (near.length === 0) return false;
  return near.some((term) => {
    if (hasMatch(pod, term, load, all)) return false;
    const anywhere = all.some(({ pods }) => pods.some((other) => isMeant(pod, term, other)));
    return anywhere || !isMeant(pod, term, pod);
  });
}

/** In both directions: what the pod keeps away from, and what keeps away from the pod. */
function violatesAntiAffinity(pod: Pod, load: NodeLoad, { all, guarded, away }: Surroundings): boolean {
  if (away.length + guarded.length === 0) return false;
  if (away.some((term) => hasMatch(pod, term, load, all))) return true;
  return guarded.some((other) =>
    other.guards.some((resident) =>
      antiAffinity(resident).some(
        (term) => isMeant(resident, term, pod) && sharesDomain(term.topologyKey, load.node, other.node),
      ),
    ),
  );
}

/** Whether a pod that the term means runs in the node's domain. */
export function hasMatch(pod: Pod, term: PodAffinityTerm, { node }: NodeLoad, all: readonly NodeLoad[]): boolean {
  return all.some(
    (other) =>
      sharesDomain(term.topologyKey, node, other.node) && other.pods.some((resident) => isMeant(pod, term, resident)),
  );
}

function isMeant(owner: Pod, { labelSelector, namespaces }: PodAffinityTerm, other: Pod): boolean {
  const within = namespaces?.length ? namespaces : [owner.metadata.namespace];
  return within.includes(other.metadata.namespace) && matchesSelector(labelSelector, other.metadata.labels);
}

function sharesDomain(topologyKey: string, a: KubeNode, b: KubeNode): boolean {
  const domain = a.metadata.labels?.[topologyKey];
  return domain !== undefined && domain === b.metadata.labels?.[topologyKey];
}
