import { conditionOf } from "./conditions.ts";
import type { NodeSelectorTerm, Pod, PodAffinityTerm, SpreadConstraint, Taint, Toleration } from "./pod-types.ts";
import { isFinished, podRequests } from "./pods.ts";
import { cpuMillicores, memoryBytes } from "./quantities.ts";
import { matchesAll, matchesLabels, matchesSelector } from "./selectors.ts";
import type { KubeNode } from "./types.ts";

/** A node with what runs on it, as the scheduler sees both. */
export interface NodeLoad {
  readonly node: KubeNode;
  readonly pods: readonly Pod[];
  readonly cpuMillicores: number;
  readonly memoryBytes: number;
  readonly allocatable: { readonly cpuMillicores: number; readonly memoryBytes: number; readonly pods: number };
}

export function nodeLoad(node: KubeNode, all: readonly Pod[]): NodeLoad {
  const pods = all.filter((pod) => pod.spec.nodeName === node.metadata.name && !isFinished(pod));
  const requests = pods.map(podRequests);
  const { allocatable = {} } = node.status ?? {};
  return {
    node,
    pods,
    cpuMillicores: requests.reduce((total, request) => total + request.cpuMillicores, 0),
    memoryBytes: requests.reduce((total, request) => total + request.memoryBytes, 0),
    allocatable: {
      cpuMillicores: cpuMillicores(allocatable["cpu"]),
      memoryBytes: memoryBytes(allocatable["memory"]),
      pods: Number(allocatable["pods"] ?? 0),
    },
  };
}

/** Why a pod cannot go to a node, as the scheduler words it; nothing when it can. */
export function obstacles(pod: Pod, load: NodeLoad, all: readonly NodeLoad[]): string[] {
  const { node } = load;
  if (node.spec.unschedulable && !tolerates(pod, unschedulableTaint)) return ["node(s) were unschedulable"];
  if (!isSelected(pod, node)) return ["node(s) didn't match Pod's node affinity/selector"];
  const taint = blockingTaint(pod, node);
  if (taint) return [`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ""}}`];
  if (conditionOf(node.status?.conditions, "Ready")?.status !== "True") return ["node(s) were not ready"];
  const short = shortages(pod, load);
  if (short.length > 0) return short;
  if (breaksSpread(pod, load, all)) return ["node(s) didn't match pod topology spread constraints"];
  if (violatesAffinity(pod, load, all)) return ["node(s) didn't match pod affinity rules"];
  if (violatesAntiAffinity(pod, load, all)) return ["node(s) didn't match pod anti-affinity rules"];
  return [];
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

function isSelected({ spec }: Pod, node: KubeNode): boolean {
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

/** Pods that a constraint counts in each of its domains. */
export function domainCounts(
  pod: Pod,
  { topologyKey, labelSelector }: Pick<SpreadConstraint, "topologyKey" | "labelSelector">,
  all: readonly NodeLoad[],
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { node, pods } of all) {
    const domain = node.metadata.labels?.[topologyKey];
    if (domain === undefined || !isSelected(pod, node)) continue;
    const matching = pods.filter(
      (other) =>
        other.metadata.namespace === pod.metadata.namespace &&
        !other.metadata.deletionTimestamp &&
        matchesSelector(labelSelector, other.metadata.labels),
    );
    counts.set(domain, (counts.get(domain) ?? 0) + matching.length);
  }
  return counts;
}

function breaksSpread(pod: Pod, { node }: NodeLoad, all: readonly NodeLoad[]): boolean {
  const hard = (pod.spec.topologySpreadConstraints ?? []).filter((one) => one.whenUnsatisfiable === "DoNotSchedule");
  return hard.some((constraint) => {
    const domain = node.metadata.labels?.[constraint.topologyKey];
    if (domain === undefined) return true;
    const counts = domainCounts(pod, constraint, all);
    const self = matchesSelector(constraint.labelSelector, pod.metadata.labels) ? 1 : 0;
    return (counts.get(domain) ?? 0) + self - Math.min(...counts.values()) > constraint.maxSkew;
  });
}

/** A first pod of a group that only has affinity to itself may go anywhere. */
function violatesAffinity(pod: Pod, load: NodeLoad, all: readonly NodeLoad[]): boolean {
  const terms = pod.spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  return terms.some((term) => {
    if (hasMatch(pod, term, load, all)) return false;
    const anywhere = all.some(({ pods }) => pods.some((other) => isMeant(pod, term, other)));
    return anywhere || !isMeant(pod, term, pod);
  });
}

/** In both directions: what the pod keeps away from, and what keeps away from the pod. */
function violatesAntiAffinity(pod: Pod, load: NodeLoad, all: readonly NodeLoad[]): boolean {
  if (antiAffinity(pod).some((term) => hasMatch(pod, term, load, all))) return true;
  return all.some((other) =>
    other.pods.some((resident) =>
      antiAffinity(resident).some(
        (term) => isMeant(resident, term, pod) && sharesDomain(term.topologyKey, load.node, other.node),
      ),
    ),
  );
}

function antiAffinity({ spec }: Pod): PodAffinityTerm[] {
  return spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
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
