import { roundedUp } from "../budgets.ts";
import type { ClusterFacts, PlannedUpgrade, PoolFacts } from "../facts.ts";
import { canHold, DrainedCluster, type HomelessPod, type SimulatedNode, type SimulatedPod } from "./drained-cluster.ts";
import { tryEviction } from "./eviction.ts";

/** A node that the upgrade cannot empty, and why. */
export interface StuckNode {
  readonly pool: string;
  readonly node: string;
  /** `namespace/name` of the first pod that does not go. */
  readonly pod: string;
  /** `namespace/name` of what holds it: one budget, or several that cover the same pod. */
  readonly budgets: readonly string[];
  readonly evidence: string;
  /** How many nodes of the pool are done before this one. */
  readonly afterNodes: number;
}

export interface DrainSimulation {
  readonly stuck: readonly StuckNode[];
  readonly homeless: readonly HomelessPod[];
}

/**
 * Plays the drains of a rolling upgrade: surge nodes come, old nodes are cordoned, pods are evicted as their budgets
 * allow, replacements find a place or wait, node by node, pool by pool. A replacement becomes ready when the pod before it
 * was. Nothing here takes time: what does not move any more is stuck. Algorithm: AKS docs, upgrade node pools.
 */
export function simulateDrain(facts: ClusterFacts, { pools }: PlannedUpgrade): DrainSimulation {
  const cluster = new DrainedCluster(facts);
  const stuck: StuckNode[] = [];
  for (const name of pools) {
    const pool = facts.pools.find((one) => one.name === name);
    // Spot nodes get a notice and no drain (AKS docs, spot node pools).
    if (!pool || pool.isSpot) continue;
    const found = rollPool(cluster, pool);
    stuck.push(...found);
    if (found.length > 0 && pool.undrainable === "Schedule") break;
  }
  return { stuck, homeless: cluster.homeless() };
}

function rollPool(cluster: DrainedCluster, pool: PoolFacts): readonly StuckNode[] {
  const nodes = cluster.nodesOf(pool.name);
  const surge = Math.min(roundedUp(pool.maxSurge, pool.count), nodes.length);
  const parallel = Math.max(1, surge, Math.min(roundedUp(pool.maxUnavailable, pool.count), nodes.length));
  const spares = cluster.addSurge(pool.name, surge);
  const stuck: StuckNode[] = [];
  for (let done = 0; done < nodes.length; done += parallel) {
    const batch = nodes.slice(done, done + parallel);
    stuck.push(...drainTogether(cluster, pool, batch, done));
    if (stuck.length > 0 && pool.undrainable === "Schedule") return stuck;
    for (const node of batch) if (node.pods.size === 0) node.isOpen = true;
    cluster.settle();
  }
  stuck.push(...drainTogether(cluster, pool, spares, nodes.length));
  for (const spare of spares) if (spare.pods.size === 0) cluster.removeNode(spare);
  return stuck;
}

function drainTogether(
  cluster: DrainedCluster,
  pool: PoolFacts,
  batch: readonly SimulatedNode[],
  afterNodes: number,
): readonly StuckNode[] {
  for (const node of batch) node.isOpen = false;
  for (let moved = true; moved; ) {
    moved = false;
    for (const pod of batch.flatMap((node) => drainable(node))) {
      if (tryEviction(cluster, pod).kind !== "gone") continue;
      cluster.replace(pod, pool.name);
      moved = true;
    }
    cluster.settle();
  }
  for (const node of batch) cluster.dropDaemons(node);
  return batch.flatMap((node) => stuckOn(cluster, pool, node, afterNodes));
}

function stuckOn(
  cluster: DrainedCluster,
  { name }: PoolFacts,
  node: SimulatedNode,
  afterNodes: number,
): readonly StuckNode[] {
  const [pod] = drainable(node);
  if (!pod) return [];
  const refused = tryEviction(cluster, pod);
  if (refused.kind === "gone") return [];
  const { budgets, evidence } = refused;
  return [{ pool: name, node: node.name, pod: pod.id, budgets, evidence, afterNodes }];
}

function drainable(node: SimulatedNode): readonly SimulatedPod[] {
  return [...node.pods].filter(({ facts }) => !facts.isMirror && facts.owner?.kind !== "DaemonSet");
}

/** Pools that a pod could run on when all their nodes were empty. */
export function poolsFor(facts: ClusterFacts, pod: SimulatedPod["facts"]): readonly string[] {
  const pools = facts.nodes.filter((node) => canHold(node, pod)).map(({ pool }) => pool);
  return [...new Set(pools)];
}
