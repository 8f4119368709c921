/** `maxSurge`, `maxUnavailable`: a number of nodes or a percentage of the pool (azure-facts 1.2). */
export type NodeCount =
  | { readonly kind: "nodes"; readonly nodes: number }
  | { readonly kind: "percent"; readonly percent: number };

/** Undefined unless `text` is an integer from 0 or a percentage from 0 to 100. */
export function parseNodeCount(text: string): NodeCount | undefined {
  const match = /^(\d{1,4})(%?)$/.exec(text);
  if (!match) return undefined;
  const value = Number(match[1]);
  if (match[2] !== "%") return { kind: "nodes", nodes: value };
  return value <= 100 ? { kind: "percent", percent: value } : undefined;
}

/** Percentages count from the size of the pool when the upgrade starts, and are rounded up. */
export function resolveNodeCount(count: NodeCount, poolSize: number): number {
  return count.kind === "nodes" ? count.nodes : Math.ceil((count.percent * poolSize) / 100);
}

/** How many nodes are worked on at once: with that many extra nodes (`surge`), or without (`in-place`). */
export type Parallelism =
  | { readonly kind: "surge"; readonly nodes: number }
  | { readonly kind: "in-place"; readonly nodes: number };

export interface ParallelismInput {
  readonly maxSurge: NodeCount;
  readonly maxUnavailable: NodeCount;
  /** Nodes of the pool when the upgrade starts, surge nodes left out. */
  readonly poolSize: number;
  /** Nodes that are not yet upgraded. */
  readonly remaining: number;
  /** Extra nodes that quota allows. */
  readonly obtainable: number;
  /** Kubernetes 1.35 and later take a surge of one when the wished one cannot be had. */
  readonly fallsBackToOne: boolean;
}

/** Undefined: the wished surge cannot be had, and nothing takes its place. */
export function parallelismOf(input: ParallelismInput): Parallelism | undefined {
  const surge = Math.min(resolveNodeCount(input.maxSurge, input.poolSize), input.remaining);
  const unavailable = Math.min(resolveNodeCount(input.maxUnavailable, input.poolSize), input.remaining);
  if (surge > 0 && surge <= input.obtainable) return { kind: "surge", nodes: surge };
  if (surge > 0 && input.fallsBackToOne && input.obtainable >= 1) return { kind: "surge", nodes: 1 };
  if (unavailable > 0) return { kind: "in-place", nodes: unavailable };
  return undefined;
}
