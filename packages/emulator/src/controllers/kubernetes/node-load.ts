import { parseQuantity } from "../../world/kubernetes/validation/quantities.ts";
import { sameJson } from "../../world/same-json.ts";
import { conditionOf } from "./conditions.ts";
import type { ControlPlane } from "./control-plane.ts";
import { type HostPort, hostPortsOf } from "./host-ports.ts";
import { getObject, listObjects, nodes, pods } from "./kinds.ts";
import { podsOnNode } from "./pod-lookup.ts";
import { plus, podRequests, type Resources } from "./pod-requests.ts";
import type { Pod, PodAffinityTerm } from "./pod-types.ts";
import { isFinished } from "./pods.ts";
import { cpuMillicores, memoryBytes } from "./quantities.ts";
import type { KubeNode } from "./types.ts";

/** A node with what runs on it, as the scheduler sees both. Replaced when either changes. */
export interface NodeLoad {
  readonly node: KubeNode;
  readonly pods: readonly Pod[];
  /** Those of the pods that keep others away. */
  readonly guards: readonly Pod[];
  readonly cpuMillicores: number;
  readonly memoryBytes: number;
  readonly others: Resources["others"];
  readonly hostPorts: readonly HostPort[];
  readonly allocatable: {
    readonly cpuMillicores: number;
    readonly memoryBytes: number;
    readonly pods: number;
    readonly others: Resources["others"];
  };
  /** What is known already: how pods fit, by `demandOf`; how they score; how many pods a selector counts here. */
  readonly fits: Map<string, Fit>;
  readonly scores: Map<string, NodeScores>;
  readonly counts: Map<string, number>;
}

/** How a pod fits a node alone. The same for all pods of a workload, and so kept with the node. */
export interface Fit {
  readonly selected: boolean;
  readonly obstacles: readonly string[];
}

export interface NodeScores {
  readonly leastAllocated: number;
  readonly preferred: number;
  readonly softTaints: number;
}

export interface NodeLoads {
  /** Of every node, in order of creation. */
  all(): NodeLoad[];
  /** Undefined when there is no such node. */
  of(node: string): NodeLoad | undefined;
  /** Another number when a node has come, has gone or has other labels. */
  labelsVersion(): number;
  /** What it knows of a node after the scheduler has put a pod there. */
  replace(load: NodeLoad): void;
}

/** The loads of all nodes, counted anew only where something changed. */
export function createNodeLoads(plane: ControlPlane): NodeLoads {
  const known = new Map<string, NodeLoad>();
  let labelsVersion = 0;
  plane.watch(pods, ({ type, object, previous }) => {
    if (type === "MODIFIED" && previous && countsTheSame(previous, object)) return;
    known.delete(object.spec.nodeName ?? "");
    known.delete(previous?.spec.nodeName ?? "");
  });
  plane.watch(nodes, ({ type, object, previous }) => {
    if (type !== "MODIFIED" || !sameJson(object.metadata.labels, previous?.metadata.labels)) labelsVersion += 1;
    if (!previous || placementOf(previous) !== placementOf(object)) known.delete(object.metadata.name);
  });

  function loadOf(node: KubeNode): NodeLoad {
    const { name } = node.metadata;
    const load =
      known.get(name) ??
      nodeLoad(
        node,
        podsOnNode(plane.store, name).filter((pod) => !isFinished(pod)),
      );
    known.set(name, load);
    return load;
  }

  return {
    all: () => listObjects(plane.store, nodes).map(loadOf),
    of(name) {
      const node = getObject(plane.store, nodes, undefined, name);
      return node && loadOf(node);
    },
    labelsVersion: () => labelsVersion,
    replace: (load) => void known.set(load.node.metadata.name, load),
  };
}

/** What of a node decides placement. Heartbeats change the rest every few seconds. */
export function placementOf({ metadata, spec, status }: KubeNode): string {
  const ready = conditionOf(status?.conditions, "Ready")?.status;
  return JSON.stringify([metadata.labels, spec, status?.allocatable, ready]);
}

export function withPod(load: NodeLoad, pod: Pod): NodeLoad {
  const wanted = podRequests(pod);
  const ports = hostPortsOf(pod);
  return {
    ...load,
    pods: [...load.pods, pod],
    guards: antiAffinity(pod).length > 0 ? [...load.guards, pod] : load.guards,
    ...plus(load, wanted),
    hostPorts: ports.length > 0 ? [...load.hostPorts, ...ports] : load.hostPorts,
    ...nothingKnown(),
  };
}

/** The node with other pods on it. */
export function withPods({ node }: NodeLoad, residents: readonly Pod[]): NodeLoad {
  return nodeLoad(node, residents);
}

/** What a pod asks of a node, as text: the same one for the pods of one workload. */
export function demandOf(pod: Pod): string {
  // All nodes are looked at for one pod before the next one.
  if (latest?.pod !== pod) latest = { pod, demand: demands.get(pod) ?? newDemand(pod) };
  return latest.demand;
}

let latest: { readonly pod: Pod; readonly demand: string } | undefined;

function newDemand(pod: Pod): string {
  const { nodeSelector, affinity, tolerations } = pod.spec;
  const text = JSON.stringify([nodeSelector, affinity?.nodeAffinity, tolerations, podRequests(pod), hostPortsOf(pod)]);
  const demand = texts.get(text) ?? text;
  texts.set(demand, demand);
  demands.set(pod, demand);
  return demand;
}

/** Pods that each want a node of their own (DaemonSets) have nothing in common that could be remembered. */
export function isShared({ spec }: Pod): boolean {
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return !required?.nodeSelectorTerms.some(({ matchFields = [] }) => matchFields.length > 0);
}

const demands = new WeakMap<Pod, string>();
/** One string for each text: they are keys of maps that are asked a million times, and compare faster so. */
const texts = new Map<string, string>();

export function antiAffinity({ spec }: Pod): readonly PodAffinityTerm[] {
  return spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
}

export function nodeLoad(node: KubeNode, residents: readonly Pod[]): NodeLoad {
  const { allocatable = {} } = node.status ?? {};
  const { cpu, memory, pods: most, ...others } = allocatable;
  return {
    node,
    pods: residents,
    guards: residents.filter((pod) => antiAffinity(pod).length > 0),
    ...residents.map(podRequests).reduce(plus, { cpuMillicores: 0, memoryBytes: 0, others: {} }),
    hostPorts: residents.flatMap(hostPortsOf),
    allocatable: {
      cpuMillicores: cpuMillicores(cpu),
      memoryBytes: memoryBytes(memory),
      pods: Number(most ?? 0),
      others: Object.fromEntries(Object.entries(others).map(([name, amount]) => [name, parseQuantity(amount) ?? 0])),
    },
    ...nothingKnown(),
  };
}

function nothingKnown(): Pick<NodeLoad, "fits" | "scores" | "counts"> {
  return { fits: new Map(), scores: new Map(), counts: new Map() };
}

function countsTheSame(previous: Pod, next: Pod): boolean {
  return (
    previous.spec === next.spec &&
    previous.metadata.labels === next.metadata.labels &&
    previous.metadata.deletionTimestamp === next.metadata.deletionTimestamp &&
    isFinished(previous) === isFinished(next)
  );
}
