import type { AppReplica } from "./container-app-replica.ts";

/** Fewest nodes of an environment, and replicas that one node carries. Assumed: the platform does not show its nodes. */
const fewestNodes = 3;
const replicasPerNode = 5;

export function nodeCount(replicas: number): number {
  return Math.max(fewestNodes, Math.ceil(replicas / replicasPerNode));
}

/** Spreads each revision over the nodes, then the load; a node that is being updated takes nothing. */
export function placeReplica(
  replicas: readonly AppReplica[],
  revision: string,
  closedNode: number | undefined,
): number {
  const score = (node: number): number => {
    const there = replicas.filter((replica) => replica.spec.node === node);
    return there.filter((replica) => replica.spec.revision === revision).length * 10_000 + there.length;
  };
  const nodes = Array.from({ length: nodeCount(replicas.length + 1) }, (_, node) => node);
  const open = nodes.filter((node) => node !== closedNode);
  return open.reduce((best, node) => (score(node) < score(best) ? node : best), open[0] ?? 0);
}
