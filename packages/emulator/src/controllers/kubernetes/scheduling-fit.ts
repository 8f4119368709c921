import type { DomainCrowds } from "./domain-crowds.ts";
import { collide, hostPortsOf } from "./host-ports.ts";
import { antiAffinity, demandOf, type Fit, isShared, type NodeLoad } from "./node-load.ts";
import { podRequests, type Resources } from "./pod-requests.ts";
import type { NodeSelectorTerm, Pod, PodAffinityTerm, SpreadConstraint, Taint, Toleration } from "./pod-types.ts";
import { matchesAll, matchesLabels, matchesSelector } from "./selectors.ts";
import type { KubeNode } from "./types.ts";

/** Why a pod cannot go to a node, as the scheduler words it; nothing when it can. */
export function obstacles(pod: Pod, load: NodeLoad, around: Surroundings): readonly string[] {
  const own = fitOf(pod, load).obstacles;
  if (own.length > 0) return own;
  const reason = spreadObstacle(load, around) ?? affinityObstacle(pod, load, around);
  return reason === undefined ? [] : [reason];
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
  readonly crowds: DomainCrowds;
  readonly least: number;
  /** 1 when the pod itself will be counted. */
  readonly self: number;
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

/** Of the first plugin that has something against it, in their default order. */
function nodeObstacles(pod: Pod, load: NodeLoad, selected: boolean): readonly string[] {
  const { node } = load;
  if (isPinnedElsewhere(pod, node)) return ["node(s) didn't satisfy plugin(s) [NodeAffinity]"];
  if (node.spec.unschedulable && !tolerates(pod, unschedulableTaint)) return ["node(s) were unschedulable"];
  if (hasBlockingTaint(pod, node)) return ["node(s) had untolerated taint(s)"];
  if (!selected) return ["node(s) didn't match Pod's node affinity/selector"];
  const taken = collide(hostPortsOf(pod), load.hostPorts);
  return taken ? ["node(s) didn't have free ports for the requested pod ports"] : shortages(pod, load);
}

/** A pod that names its nodes is not tried on any other. */
function isPinnedElsewhere({ spec }: Pod, { metadata }: KubeNode): boolean {
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const named = terms.map(({ matchFields = [] }) =>
    matchFields.filter(({ key, operator }) => key === "metadata.name" && operator === "In"),
  );
  if (named.length === 0 || named.some((fields) => fields.length === 0)) return false;
  return !named.some((fields) => fields.every(({ values = [] }) => values.includes(metadata.name)));
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

export function hasBlockingTaint(pod: Pod, node: KubeNode): boolean {
  const blocking = (node.spec.taints ?? []).filter(({ effect }) => effect === "NoSchedule" || effect === "NoExecute");
  return blocking.some((taint) => !tolerates(pod, taint));
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

function shortages(pod: Pod, load: NodeLoad): string[] {
  const wanted = podRequests(pod);
  const { allocatable } = load;
  const lacks = (name: keyof Pick<Resources, "cpuMillicores" | "memoryBytes">): boolean =>
    wanted[name] > 0 && load[name] + wanted[name] > allocatable[name];
  const others = Object.keys(wanted.others).filter((name) => {
    const amount = wanted.others[name] ?? 0;
    return amount > 0 && (load.others[name] ?? 0) + amount > (allocatable.others[name] ?? 0);
  });
  return [
    ...(load.pods.length + 1 > allocatable.pods ? ["Too many pods"] : []),
    ...(lacks("cpuMillicores") ? ["Insufficient cpu"] : []),
    ...(lacks("memoryBytes") ? ["Insufficient memory"] : []),
    ...others.map((name) => `Insufficient ${name}`),
  ];
}

const spreadReason = "node(s) didn't match pod topology spread constraints";

function spreadObstacle({ node }: NodeLoad, { spread }: Surroundings): string | undefined {
  for (const { topologyKey, maxSkew, crowds, least, self } of spread) {
    const domain = node.metadata.labels?.[topologyKey];
    if (domain === undefined) return `${spreadReason} (missing required label)`;
    if (crowds.of(domain) + self - least > maxSkew) return spreadReason;
  }
  return undefined;
}

function affinityObstacle(pod: Pod, load: NodeLoad, around: Surroundings): string | undefined {
  if (violatesAffinity(pod, load, around)) return "node(s) didn't match pod affinity rules";
  if (violatesAntiAffinity(pod, load, around)) return "node(s) didn't match pod anti-affinity rules";
  return isUnwelcome(pod, load, around) ? "node(s) didn't satisfy existing pods anti-affinity rules" : undefined;
}

/** A first pod of a group that only has affinity to itself may go anywhere. */
function violatesAffinity(pod: Pod, load: NodeLoad, { all, near }: Surroundings): boolean {
  if (near.length === 0) return false;
  return near.some((term) => {
    if (hasMatch(pod, term, load, all)) return false;
    if (load.node.metadata.labels?.[term.topologyKey] === undefined) return true;
    const anywhere = all.some(({ pods }) => pods.some((other) => isMeant(pod, term, other)));
    return anywhere || !isMeant(pod, term, pod);
  });
}

/** What the pod keeps away from. */
function violatesAntiAffinity(pod: Pod, load: NodeLoad, { all, away }: Surroundings): boolean {
  return away.some((term) => hasMatch(pod, term, load, all));
}

/** What keeps away from the pod. */
function isUnwelcome(pod: Pod, load: NodeLoad, { guarded }: Surroundings): boolean {
  if (guarded.length === 0) return false;
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

function isMeant(owner: Pod, term: PodAffinityTerm, other: Pod): boolean {
  const { namespace, labels } = other.metadata;
  return isWithin(owner, term, namespace) && matchesSelector(term.labelSelector, labels);
}

function isWithin({ metadata }: Pod, { namespaces, namespaceSelector }: PodAffinityTerm, other = ""): boolean {
  const meansAll = namespaceSelector && Object.keys(namespaceSelector).length === 0;
  return meansAll || (namespaces?.length ? namespaces.includes(other) : metadata.namespace === other);
}

function sharesDomain(topologyKey: string, a: KubeNode, b: KubeNode): boolean {
  const domain = a.metadata.labels?.[topologyKey];
  return domain !== undefined && domain === b.metadata.labels?.[topologyKey];
}
