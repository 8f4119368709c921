import { covers, isFinished } from "../budgets.ts";
import type { BudgetFacts, ClusterFacts, NodeFacts, PodFacts } from "../facts.ts";
import { matchesSelector } from "../selectors.ts";
import { allowsNode } from "./node-rules.ts";

/** A pod whose replacement finds no node at some moment of the upgrade. */
export interface HomelessPod {
  readonly pod: string;
  readonly pool: string;
  readonly evidence: string;
}

export interface SimulatedNode {
  readonly name: string;
  readonly facts: NodeFacts;
  readonly pods: Set<SimulatedPod>;
  readonly used: { cpuMillicores: number; memoryMib: number };
  /** Takes new pods. */
  isOpen: boolean;
}

export interface SimulatedPod {
  readonly id: string;
  readonly facts: PodFacts;
  readonly budgets: readonly BudgetFacts[];
  node: SimulatedNode | undefined;
  isReady: boolean;
}

/** A cluster while its nodes are emptied one after another. */
export class DrainedCluster {
  readonly facts: ClusterFacts;
  readonly #nodes = new Map<string, SimulatedNode>();
  readonly #covered = new Map<BudgetFacts, Set<SimulatedPod>>();
  readonly #waiting = new Map<SimulatedPod, string>();
  readonly #homeless = new Map<string, HomelessPod>();
  /** Namespaces with pods that keep others away. */
  readonly #guarded = new Set<string>();

  constructor(facts: ClusterFacts) {
    this.facts = facts;
    for (const node of facts.nodes) {
      const isOpen = node.isReady && node.isSchedulable;
      this.#nodes.set(node.name, newNode(node, isOpen));
    }
    for (const pod of facts.pods) if (!isFinished(pod)) this.#add(pod);
  }

  nodesOf(pool: string): readonly SimulatedNode[] {
    return [...this.#nodes.values()].filter(({ facts }) => facts.pool === pool);
  }

  /** Pods that count for a budget now. */
  coveredBy(budget: BudgetFacts): readonly PodFacts[] {
    const pods = [...(this.#covered.get(budget) ?? [])];
    return pods.map(({ facts, isReady }) => (facts.isReady === isReady ? facts : { ...facts, isReady }));
  }

  /** Nodes like those that the pool has, with the pods that run on every node. */
  addSurge(pool: string, count: number): readonly SimulatedNode[] {
    const [like] = this.nodesOf(pool);
    if (!like) return [];
    return Array.from({ length: count }, (_, index) => {
      const name = `${pool}-surge-${index + 1}`;
      const labels = { ...like.facts.labels, "kubernetes.io/hostname": name };
      const taints = like.facts.taints.filter(({ key }) => !key.startsWith("node.kubernetes.io/"));
      const facts: NodeFacts = { ...like.facts, name, labels, taints, isReady: true, isSchedulable: true };
      const node = newNode(facts, true);
      for (const daemon of like.pods) {
        if (daemon.facts.owner?.kind === "DaemonSet") put({ ...daemon, budgets: [] }, node);
      }
      this.#nodes.set(name, node);
      return node;
    });
  }

  removeNode({ name }: SimulatedNode): void {
    this.#nodes.delete(name);
  }

  /** Pods of daemons and of files go with their node. */
  dropDaemons(node: SimulatedNode): void {
    for (const pod of node.pods) {
      if (pod.facts.isMirror || pod.facts.owner?.kind === "DaemonSet") this.#remove(pod);
    }
  }

  /** Takes the pod away; its owner makes another one, which waits for a node. */
  replace(pod: SimulatedPod, pool: string): void {
    this.#remove(pod);
    if (!pod.facts.owner) return;
    const next: SimulatedPod = { ...pod, node: undefined, isReady: false };
    for (const budget of next.budgets) this.#covered.get(budget)?.add(next);
    this.#waiting.set(next, pool);
  }

  /** Every waiting pod takes a node when there is one, and is ready when the one before it was. */
  settle(): void {
    for (const [pod, pool] of this.#waiting) {
      const node = this.#placeFor(pod);
      if (!node) {
        this.#noteHomeless(pod, pool);
        continue;
      }
      this.#waiting.delete(pod);
      put(pod, node);
      pod.isReady = pod.facts.isReady;
    }
  }

  homeless(): readonly HomelessPod[] {
    return [...this.#homeless.values()];
  }

  #add(facts: PodFacts): void {
    const node = facts.node === undefined ? undefined : this.#nodes.get(facts.node);
    const budgets = this.facts.budgets.filter((budget) => covers(budget, facts));
    const id = `${facts.namespace}/${facts.name}`;
    const pod: SimulatedPod = { id, facts, budgets, node: undefined, isReady: facts.isReady };
    if (node) put(pod, node);
    if (facts.apartFrom.length > 0) this.#guarded.add(facts.namespace);
    for (const budget of budgets) {
      const covered = this.#covered.get(budget) ?? new Set();
      this.#covered.set(budget, covered.add(pod));
    }
  }

  #remove(pod: SimulatedPod): void {
    take(pod);
    for (const budget of pod.budgets) this.#covered.get(budget)?.delete(pod);
  }

  /** The emptiest node that may take it. */
  #placeFor({ facts }: SimulatedPod): SimulatedNode | undefined {
    const fitting = [...this.#nodes.values()].filter(
      (node) => node.isOpen && canHold(node.facts, facts, node) && !this.#keepsAway(node, facts),
    );
    return fitting.toSorted((a, b) => a.pods.size - b.pods.size)[0];
  }

  /** Required anti-affinity, of the pod against those that are there and of those against it. */
  #keepsAway(node: SimulatedNode, pod: PodFacts): boolean {
    if (!this.#guarded.has(pod.namespace)) return false;
    return [...this.#nodes.values()].some((other) =>
      [...other.pods].some(
        ({ facts }) =>
          facts.namespace === pod.namespace &&
          (pod.apartFrom.some((rule) => isBetween(node, other, rule.topologyKey, rule.selector, facts)) ||
            facts.apartFrom.some((rule) => isBetween(node, other, rule.topologyKey, rule.selector, pod))),
      ),
    );
  }

  #noteHomeless(pod: SimulatedPod, pool: string): void {
    if (this.#homeless.has(pod.id)) return;
    const { cpuMillicores, memoryMib } = pod.facts.requests;
    const evidence = `no node takes its replacement (${cpuMillicores}m CPU, ${memoryMib} MiB) while ${pool} is upgraded`;
    this.#homeless.set(pod.id, { pod: pod.id, pool, evidence });
  }
}

function isBetween(
  node: SimulatedNode,
  other: SimulatedNode,
  topologyKey: string,
  selector: PodFacts["apartFrom"][number]["selector"],
  pod: PodFacts,
): boolean {
  const domain = node.facts.labels[topologyKey];
  return domain !== undefined && other.facts.labels[topologyKey] === domain && matchesSelector(selector, pod.labels);
}

/** Whether the node's rules admit the pod and it has room beside what is there. Default: nothing is. */
export function canHold(node: NodeFacts, pod: PodFacts, beside: Occupied = empty): boolean {
  const { cpuMillicores, memoryMib, pods } = node.allocatable;
  return (
    beside.pods.size < pods &&
    beside.used.cpuMillicores + pod.requests.cpuMillicores <= cpuMillicores &&
    beside.used.memoryMib + pod.requests.memoryMib <= memoryMib &&
    allowsNode(node, pod)
  );
}

type Occupied = Pick<SimulatedNode, "pods" | "used">;

const empty: Occupied = { pods: new Set(), used: { cpuMillicores: 0, memoryMib: 0 } };

function newNode(facts: NodeFacts, isOpen: boolean): SimulatedNode {
  return { name: facts.name, facts, pods: new Set(), used: { cpuMillicores: 0, memoryMib: 0 }, isOpen };
}

function put(pod: SimulatedPod, node: SimulatedNode): void {
  pod.node = node;
  node.pods.add(pod);
  node.used.cpuMillicores += pod.facts.requests.cpuMillicores;
  node.used.memoryMib += pod.facts.requests.memoryMib;
}

function take(pod: SimulatedPod): void {
  if (!pod.node?.pods.delete(pod)) return;
  pod.node.used.cpuMillicores -= pod.facts.requests.cpuMillicores;
  pod.node.used.memoryMib -= pod.facts.requests.memoryMib;
}
