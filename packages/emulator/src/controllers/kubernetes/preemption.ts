import type { ControlPlane } from "./control-plane.ts";
import { involved, pods, updateObject } from "./kinds.ts";
import { type NodeLoad, withPods } from "./node-load.ts";
import { budgetsOf } from "./pod-budgets.ts";
import { markDisrupted } from "./pod-disruption.ts";
import { podRequests, type Resources } from "./pod-requests.ts";
import type { Pod } from "./pod-types.ts";
import { deletePod, isTerminating } from "./pods.ts";
import { DomainCounts } from "./scheduling-domains.ts";
import { obstacles } from "./scheduling-fit.ts";
import { sourceOf } from "./scheduling-sources.ts";
import { surroundingsOf } from "./scheduling-surroundings.ts";

export type Preemption =
  /** Its victims are on their way; the pod waits for their place. */
  | { readonly kind: "nominated"; readonly node: string }
  /** How the scheduler words it: `preemption: …`. */
  | { readonly kind: "nothing"; readonly message: string };

interface Candidate {
  readonly load: NodeLoad;
  readonly victims: readonly Pod[];
  readonly violations: number;
}

/**
 * Makes room for a pod that fits nowhere, at the cost of pods with less priority. Source: kubernetes/kubernetes
 * pkg/scheduler/framework/preemption and plugins/defaultpreemption.
 */
export function preempt(
  plane: ControlPlane,
  pod: Pod,
  loads: readonly NodeLoad[],
  reasons: readonly (readonly string[])[],
): Preemption {
  if (pod.spec.preemptionPolicy === "Never") return nothing("not eligible due to preemptionPolicy=Never.");
  const nominated = loads.find(({ node }) => node.metadata.name === pod.status?.nominatedNodeName);
  if (nominated?.pods.some((other) => isTerminating(other) && priority(other) < priority(pod))) {
    return nothing("not eligible due to a terminating pod on the nominated node.");
  }
  const wanted = podRequests(pod);
  const helpless = loads.map((load, index) => isHopeless(wanted, load, reasons[index] ?? []));
  const candidates = loads.flatMap((load, index) => {
    const candidate = helpless[index] ? undefined : candidateOn(plane, pod, load, loads);
    return candidate ? [candidate] : [];
  });
  const best = candidates.toSorted(compareCandidates)[0];
  if (!best) return nothing(whyNothing(loads.length, helpless));
  for (const victim of best.victims) evict(plane, pod, victim, best.load.node.metadata.name);
  nominate(plane, pod, best.load.node.metadata.name);
  return { kind: "nominated", node: best.load.node.metadata.name };
}

function nothing(message: string): Preemption {
  return { kind: "nothing", message: `no new claims to deallocate, preemption: ${message}` };
}

function whyNothing(nodeCount: number, helpless: readonly boolean[]): string {
  const without = helpless.filter((one) => !one).length;
  const parts = [
    ...(without > 0 ? [`${without} No preemption victims found for incoming pod`] : []),
    ...(without < nodeCount ? [`${nodeCount - without} Preemption is not helpful for scheduling`] : []),
  ];
  return `0/${nodeCount} nodes are available: ${parts.toSorted().join(", ")}.`;
}

const lasting: ReadonlySet<string> = new Set([
  "node(s) were unschedulable",
  "node(s) had untolerated taint(s)",
  "node(s) didn't match Pod's node affinity/selector",
  "node(s) didn't satisfy plugin(s) [NodeAffinity]",
  "node(s) didn't match pod topology spread constraints (missing required label)",
  "node(s) didn't match pod affinity rules",
]);

/** No pod that goes would help: the node itself is in the way, or too small. */
function isHopeless(wanted: Resources, { allocatable }: NodeLoad, reasons: readonly string[]): boolean {
  const tooLarge =
    wanted.cpuMillicores > allocatable.cpuMillicores ||
    wanted.memoryBytes > allocatable.memoryBytes ||
    Object.entries(wanted.others).some(([name, amount]) => amount > (allocatable.others[name] ?? 0));
  return tooLarge || reasons.some((reason) => lasting.has(reason));
}

/** The fewest pods of a node whose going makes room: all of less priority, less those that may stay after all. */
function candidateOn(plane: ControlPlane, pod: Pod, load: NodeLoad, loads: readonly NodeLoad[]): Candidate | undefined {
  const own = priority(pod);
  const lower = load.pods.filter((other) => priority(other) < own);
  if (lower.length === 0) return undefined;
  let kept = load.pods.filter((other) => !lower.includes(other));
  if (!fits(pod, load, kept, loads)) return undefined;
  const protectedOnes = lower.filter((other) => violatesBudget(plane, other));
  const victims: Pod[] = [];
  const reprieveOrder = [...protectedOnes, ...lower.filter((other) => !protectedOnes.includes(other))];
  for (const other of reprieveOrder.toSorted((a, b) => byWorth(a, b, protectedOnes))) {
    if (fits(pod, load, [...kept, other], loads)) kept = [...kept, other];
    else victims.push(other);
  }
  const violations = victims.filter((victim) => protectedOnes.includes(victim)).length;
  return victims.length > 0 ? { load, victims, violations } : undefined;
}

/** Whose budget would be hurt is spared first, then who has more priority, then who has run for longer. */
function byWorth(a: Pod, b: Pod, protectedOnes: readonly Pod[]): number {
  return (
    Number(protectedOnes.includes(b)) - Number(protectedOnes.includes(a)) ||
    priority(b) - priority(a) ||
    startMs(a) - startMs(b)
  );
}

function fits(pod: Pod, load: NodeLoad, left: readonly Pod[], loads: readonly NodeLoad[]): boolean {
  const emptied = withPods(load, left);
  const all = loads.map((one) => (one === load ? emptied : one));
  const around = surroundingsOf(pod, all, new DomainCounts(sourceOf(all)));
  return obstacles(pod, emptied, around).length === 0;
}

function violatesBudget(plane: ControlPlane, pod: Pod): boolean {
  return budgetsOf(plane.store, pod).some(({ status }) => (status?.disruptionsAllowed ?? 0) <= 0);
}

/** Fewest budgets hurt, then the least important victims, fewest of them, and those that began last. */
function compareCandidates(a: Candidate, b: Candidate): number {
  const highest = ({ victims }: Candidate): number => Math.max(...victims.map(priority));
  const sum = ({ victims }: Candidate): number =>
    victims.reduce((total, victim) => total + priority(victim) + 2 ** 31, 0);
  const earliest = (one: Candidate): number =>
    Math.min(...one.victims.filter((victim) => priority(victim) === highest(one)).map(startMs));
  return (
    a.violations - b.violations ||
    highest(a) - highest(b) ||
    sum(a) - sum(b) ||
    a.victims.length - b.victims.length ||
    earliest(b) - earliest(a)
  );
}

function evict(plane: ControlPlane, pod: Pod, victim: Pod, node: string): void {
  const message = "default-scheduler: preempting to accommodate a higher priority pod";
  plane.recordEvent({
    type: "Normal",
    reason: "Preempted",
    action: "Preempting",
    message: `Preempted by pod ${pod.metadata.uid} on node ${node}`,
    source: "default-scheduler",
    involved: involved(pods, victim),
  });
  if (isTerminating(victim)) return;
  markDisrupted(plane, victim, "PreemptionByScheduler", message);
  deletePod(plane.store, victim, plane.world.clock.now());
}

function nominate(plane: ControlPlane, pod: Pod, node: string): void {
  updateObject(plane.store, pods, pod, (current) => ({
    ...current,
    status: { ...current.status, nominatedNodeName: node },
  }));
}

function priority({ spec }: Pod): number {
  return spec.priority ?? 0;
}

function startMs({ status, metadata }: Pod): number {
  return Date.parse(status?.startTime ?? metadata.creationTimestamp ?? "");
}
