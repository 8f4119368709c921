import type { NodeLoad } from "./node-load.ts";
import { demandOf } from "./node-load.ts";
import type { Pod, SpreadConstraint } from "./pod-types.ts";
import { fitOf } from "./scheduling-fit.ts";
import { matchesSelector } from "./selectors.ts";

type Constraint = Pick<SpreadConstraint, "topologyKey" | "labelSelector">;

interface Counted extends Constraint {
  /** One of the pods for which it counts. */
  readonly pod: Pod;
  readonly byDomain: Map<string, number>;
  most: number;
}

/** Pods by domain, and how many the fullest domain has. */
export interface Crowds {
  readonly byDomain: ReadonlyMap<string, number>;
  readonly most: number;
}

/** How many pods each domain holds, in the eyes of a spread constraint: counted once, and kept as pods are placed. */
export class DomainCounts {
  readonly #loads: readonly NodeLoad[];
  readonly #counted = new Map<string, Counted>();

  constructor(loads: readonly NodeLoad[]) {
    this.#loads = loads;
  }

  of(pod: Pod, { topologyKey, labelSelector }: Constraint): Crowds {
    const key = `${pod.metadata.namespace} ${topologyKey} ${JSON.stringify(labelSelector)} ${demandOf(pod)}`;
    const known = this.#counted.get(key);
    if (known) return known;
    const selector = labelSelector ? { labelSelector } : {};
    const counted: Counted = { topologyKey, ...selector, pod, byDomain: new Map(), most: 0 };
    for (const load of this.#loads) add(counted, load, countMatching(load, counted));
    this.#counted.set(key, counted);
    return counted;
  }

  /** A pod has come to the node of `load`. */
  place(pod: Pod, load: NodeLoad): void {
    for (const counted of this.#counted.values()) if (counts(counted, pod)) add(counted, load, 1);
  }
}

function add(counted: Counted, load: NodeLoad, count: number): void {
  const domain = load.node.metadata.labels?.[counted.topologyKey];
  if (domain === undefined || !fitOf(counted.pod, load).selected) return;
  const crowd = (counted.byDomain.get(domain) ?? 0) + count;
  counted.byDomain.set(domain, crowd);
  counted.most = Math.max(counted.most, crowd);
}

function countMatching({ pods, counts: known }: NodeLoad, counted: Counted): number {
  const key = `${counted.pod.metadata.namespace} ${JSON.stringify(counted.labelSelector)}`;
  const count = known.get(key) ?? pods.filter((pod) => counts(counted, pod)).length;
  known.set(key, count);
  return count;
}

function counts({ pod, labelSelector }: Counted, { metadata }: Pod): boolean {
  return (
    metadata.namespace === pod.metadata.namespace &&
    !metadata.deletionTimestamp &&
    matchesSelector(labelSelector, metadata.labels)
  );
}
