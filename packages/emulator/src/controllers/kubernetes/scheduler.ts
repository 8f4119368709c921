import { withTopologyLabels } from "../../world/kubernetes/admission/topology-labels.ts";
import { sameJson } from "../../world/same-json.ts";
import { claimObstacle } from "./claim-obstacles.ts";
import { conditionOf } from "./conditions.ts";
import type { ControlPlane } from "./control-plane.ts";
import { claims, controllerOf, getObject, involved, nodes, pods, updateObject } from "./kinds.ts";
import { createNodeLoads, isShared, type NodeLoad, type NodeLoads, placementOf, withPod } from "./node-load.ts";
import { withPodConditions } from "./pod-conditions.ts";
import { podsOnNode } from "./pod-lookup.ts";
import type { Pod, SpreadConstraint } from "./pod-types.ts";
import { isActive, isFinished } from "./pods.ts";
import { preempt } from "./preemption.ts";
import { type Hope, SchedulingBackOff } from "./scheduling-back-off.ts";
import { DomainCounts } from "./scheduling-domains.ts";
import { fitOf, obstacles } from "./scheduling-fit.ts";
import { defaultSpread, scoreNodes } from "./scheduling-score.ts";
import { LiveDomains } from "./scheduling-sources.ts";
import { surroundingsOf } from "./scheduling-surroundings.ts";
import { templateHashLabel } from "./template-hash.ts";

const everything = "pending pods";

/** Binds pending pods, the most important and oldest first; those of less priority make room if they have to. */
export function startScheduler(plane: ControlPlane): void {
  const loads = createNodeLoads(plane);
  const backOff = new SchedulingBackOff(plane.world, () => isAtLeast(plane.kubernetesVersion(), 33));
  const refusals: Refusals = new Map();
  const live = new LiveDomains(plane, loads);
  const queue = plane.queue("scheduler", () => {
    const nextMs = schedulePending(plane, { loads, live }, backOff, refusals);
    if (Number.isFinite(nextMs)) queue.addAt(everything, nextMs);
  });
  plane.watch(pods, ({ type, object, previous }) => {
    if (type === "DELETED" || !isPending(object) || wasChanged(object, previous)) backOff.forget(object);
    const freed = type === "DELETED" || (isFinished(object) && !(previous && isFinished(previous)));
    const isPlaced = object.spec.nodeName !== undefined;
    if (freed) return lookAgain("room");
    if (!wasChanged(object, previous)) return;
    if (isPlaced) lookAgain("company");
    else if (isPending(object)) queue.add(everything);
  });
  plane.watch(nodes, ({ type, object, previous }) => {
    if (type === "DELETED" || !previous || placementOf(previous) !== placementOf(object)) lookAgain("nodes");
  });
  plane.watch(claims, () => lookAgain("room"));

  function lookAgain(changed: Hope): void {
    if (!backOff.changed(changed)) return;
    refusals.clear();
    queue.add(everything);
  }
}

/** What the scheduler looks at is another. */
function wasChanged(pod: Pod, previous: Pod | undefined): boolean {
  return previous?.spec !== pod.spec || !sameJson(previous.metadata.labels, pod.metadata.labels);
}

function isAtLeast(version: string, minor: number): boolean {
  const [major = 1, own = 0] = version.split(".").map(Number);
  return major > 1 || own >= minor;
}

function isPending(pod: Pod): boolean {
  const { nodeName, schedulerName = "default-scheduler", schedulingGates = [] } = pod.spec;
  if (schedulingGates.length > 0) return false;
  return nodeName === undefined && isActive(pod) && schedulerName === "default-scheduler";
}

/** What one round of scheduling works with. */
interface Round {
  /** Kept up to date for the next pod. */
  readonly loads: NodeLoad[];
  readonly domains: DomainCounts;
  /** Pods that wait for the place of others, with the nodes where that is. */
  readonly reserved: [Pod, NodeLoad][];
  /** Where the search for nodes begins: large clusters are not searched as a whole for each pod. */
  start: number;
  /** Nodes that are closed to pods that are alike, by index: within a round they only fill up. */
  readonly closed: Map<string, Uint8Array>;
  readonly refusals: Refusals;
}

/** Why pods of these controllers go nowhere: their pods are alike, and so is the answer until something changes. */
type Refusals = Map<string, string>;

/** Returns when the first pod that has to pause may be tried again. */
function schedulePending(
  plane: ControlPlane,
  { loads: known, live }: { readonly loads: NodeLoads; readonly live: LiveDomains },
  backOff: SchedulingBackOff,
  refusals: Refusals,
): number {
  const nowMs = plane.world.clock.now();
  const due = backOff.due(podsOnNode(plane.store, "").filter(isPending));
  const pending = due.pods.toSorted((a, b) => (b.spec.priority ?? 0) - (a.spec.priority ?? 0));
  if (pending.length === 0) return due.nextMs;
  const loads = known.all();
  const reserved: Round["reserved"] = [];
  const domains = new DomainCounts(live.source(loads, reserved));
  const round: Round = { loads, domains, reserved, start: 0, closed: new Map(), refusals };
  let nextMs = due.nextMs;
  for (const pod of pending) {
    if (refusals.has(likeness(pod)) && backOff.busyUntilMs > nowMs) {
      nextMs = Math.min(nextMs, backOff.busyUntilMs);
      continue;
    }
    const problem = claimObstacle(plane, pod);
    if (problem !== undefined) {
      refuse(plane, pod, blockedByClaims(loads.length, problem));
      backOff.failed(pod, "room");
      continue;
    }
    const filled = place(plane, pod, round);
    if (filled) known.replace(filled);
    else backOff.failed(pod, hopeOf(plane, pod));
  }
  return nextMs;
}

/** What is on a node counts for nothing while the pod may not go there at all. */
const ofNodesOnly =
  /^0\/\d+ nodes are available: (?:\d+ node\(s\) (?:didn't match Pod's node affinity\/selector|had untolerated taint\(s\)|were unschedulable)(?:, |\.))+(?: |$)/;

function hopeOf(plane: ControlPlane, { metadata, spec }: Pod): Hope {
  const pod = getObject(plane.store, pods, metadata.namespace, metadata.name);
  const message = conditionOf(pod?.status?.conditions, "PodScheduled")?.message ?? "";
  if (ofNodesOnly.test(message)) return "nodes";
  const isPicky = spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution !== undefined;
  return isPicky || spec.topologySpreadConstraints !== undefined ? "company" : "room";
}

/** The load of the node that the pod was bound to. */
function place(plane: ControlPlane, pod: Pod, round: Round): NodeLoad | undefined {
  const { loads, domains, refusals } = round;
  const known = refusals.get(likeness(pod));
  if (known !== undefined) {
    refuse(plane, pod, known);
    return undefined;
  }
  const chosen = choose(plane, pod, findCandidates(pod, round), round);
  if (!chosen) {
    giveUp(plane, pod, round);
    return undefined;
  }
  const bound = bind(plane, pod, chosen.node.metadata.name);
  const filled = withPod(chosen, bound);
  domains.place(bound, filled);
  loads[loads.indexOf(chosen)] = filled;
  refusals.clear();
  return filled;
}

/** The controller whose pods are alike for the scheduler; a pod that is like no other has its own. */
function likeness(pod: Pod): string {
  const isAlike = isShared(pod) && pod.status?.nominatedNodeName === undefined;
  return (isAlike ? controllerOf(pod)?.uid : undefined) ?? pod.metadata.uid ?? "";
}

/** Makes room by preemption, or says why that is not possible either. */
function giveUp(plane: ControlPlane, pod: Pod, round: Round): void {
  const { loads, domains, refusals } = round;
  const around = surroundingsOf(pod, loads, domains);
  const reasons = loads.map((load) => obstacles(pod, load, around));
  const message = unschedulableMessage(loads.length, reasons.flat());
  if (loads.length === 0) return refuse(plane, pod, message);
  const outcome = preempt(plane, pod, loads, reasons);
  switch (outcome.kind) {
    case "nothing":
      refusals.set(likeness(pod), `${message} ${outcome.message}`);
      return refuse(plane, pod, `${message} ${outcome.message}`);
    case "nominated":
      refusals.clear();
      refuse(plane, pod, message);
      return reserve(pod, outcome.node, round);
  }
}

/** Pods of less priority that come later this round see the place as taken. */
function reserve(pod: Pod, node: string, { loads, domains, reserved }: Round): void {
  const index = loads.findIndex((load) => load.node.metadata.name === node);
  const load = loads[index];
  if (!load) return;
  const filled = withPod(load, pod);
  loads[index] = filled;
  domains.place(pod, filled);
  reserved.push([pod, filled]);
}

/** Nodes that the pod can go to, as many as are looked for. */
function findCandidates(pod: Pod, round: Round): readonly NodeLoad[] {
  const { loads, domains, start } = round;
  const around = surroundingsOf(pod, loads, domains);
  const closed = round.closed.get(likeness(pod)) ?? new Uint8Array(loads.length);
  round.closed.set(likeness(pod), closed);
  const candidates: NodeLoad[] = [];
  let looked = 0;
  for (; looked < loads.length && candidates.length < enoughNodes(loads.length); looked++) {
    const index = (start + looked) % loads.length;
    const load = loads[index];
    if (!load || closed[index]) continue;
    if (fitOf(pod, load).obstacles.length > 0) closed[index] = 1;
    else if (obstacles(pod, load, around).length === 0) candidates.push(load);
  }
  round.start = loads.length === 0 ? 0 : (start + looked) % loads.length;
  return candidates;
}

/** All of up to 100 nodes; of more, a share that falls from 50 % (kubernetes: schedule_one.go, numFeasibleNodesToFind). */
function enoughNodes(count: number): number {
  const percent = Math.max(5, 50 - Math.floor(count / 125));
  return count <= 100 ? count : Math.max(100, Math.floor((count * percent) / 100));
}

/** The best score; among equals, chance. */
function choose(
  plane: ControlPlane,
  pod: Pod,
  candidates: readonly NodeLoad[],
  { loads, domains }: Round,
): NodeLoad | undefined {
  if (candidates.length <= 1) return candidates[0];
  const scores = scoreNodes(pod, candidates, { all: loads, domains }, softSpread(pod));
  const best = Math.max(...scores);
  const random = plane.world.random.stream(`${plane.clusterName}/scheduler/${pod.metadata.uid}`);
  return random.pick(candidates.filter((_, index) => scores[index] === best));
}

/** Its own soft constraints; without any constraint, those of Kubernetes over the pods of its own workload. */
function softSpread(pod: Pod): SpreadConstraint[] {
  const own = pod.spec.topologySpreadConstraints ?? [];
  if (own.length > 0) return own.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === "ScheduleAnyway");
  const { [templateHashLabel]: hash, ...labels } = pod.metadata.labels ?? {};
  if (!controllerOf(pod) || Object.keys(labels).length === 0) return [];
  return defaultSpread(hash === undefined ? labels : { ...labels, [templateHashLabel]: hash });
}

function bind(plane: ControlPlane, pod: Pod, nodeName: string): Pod {
  const nowMs = plane.world.clock.now();
  // A binding is nobody's in managed fields.
  const bound = plane.store.actingAs(undefined, () =>
    updateObject(plane.store, pods, pod, (current) => {
      const placed = { ...current, spec: { ...current.spec, nodeName } };
      const conditions = withPodConditions(current, [{ type: "PodScheduled", status: "True" }], nowMs);
      const status = { ...withoutNomination(current.status), conditions };
      return { ...withTopologyLabels(placed, plane.store), status };
    }),
  );
  const { namespace, name } = pod.metadata;
  const message = `Successfully assigned ${namespace}/${name} to ${nodeName}`;
  const event = { type: "Normal", reason: "Scheduled", action: "Binding", message } as const;
  plane.recordEvent({ ...event, source: "default-scheduler", involved: involved(pods, pod) });
  return bound ?? pod;
}

function withoutNomination(status: Pod["status"]): Pod["status"] {
  const { nominatedNodeName: _, ...rest } = status ?? {};
  return rest;
}

/** Each refusal is told; the same one twice changes nothing of the pod. */
function refuse(plane: ControlPlane, pod: Pod, message: string): void {
  const event = { type: "Warning", reason: "FailedScheduling", action: "Scheduling", message } as const;
  plane.recordEvent({ ...event, source: "default-scheduler", involved: involved(pods, pod) });
  if (conditionOf(pod.status?.conditions, "PodScheduled")?.message === message) return;
  const condition = { type: "PodScheduled", status: "False", reason: "Unschedulable", message } as const;
  updateObject(plane.store, pods, pod, (current) => ({
    ...current,
    status: {
      ...current.status,
      phase: "Pending" as const,
      conditions: withPodConditions(current, [condition], plane.world.clock.now()),
    },
  }));
  const { namespace, name } = pod.metadata;
  plane.world.trace.add("pod.unschedulable", { cluster: plane.clusterName, pod: `${namespace}/${name}`, message });
}

/** Before any node is looked at. The end is what the plugin for resource claims says that has not been asked yet. */
function blockedByClaims(nodeCount: number, problem: string): string {
  return `0/${nodeCount} nodes are available: ${problem}. not found`;
}

/** `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable.` */
function unschedulableMessage(nodeCount: number, reasons: readonly string[]): string {
  if (nodeCount === 0) return "no nodes available to schedule pods";
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const parts = [...counts].map(([reason, count]) => `${count} ${reason}`).toSorted();
  return `0/${nodeCount} nodes are available: ${parts.join(", ")}.`;
}
