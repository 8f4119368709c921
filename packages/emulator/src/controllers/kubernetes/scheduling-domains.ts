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
}

/** How many pods each domain holds, in the eyes of a spread constraint: counted once, and kept as pods are placed. */
export class DomainCounts {
  readonly #loads: readonly NodeLoad[];
  readonly #counted = new Map<string, Counted>();

  constructor(loads: readonly NodeLoad[]) {
    this.#loads = loads;
  }

  of(pod: Pod, { topologyKey, labelSelector }: Constraint): ReadonlyMap<string, number> {
    const key = `${pod.metadata.namespace} ${topologyKey} ${JSON.stringify(labelSelector)} ${demandOf(pod)}`;
    const known = this.#counted.get(key);
    if (known) return known.byDomain;
    const byDomain = new Map<string, number>();
    const counted: Counted = { topologyKey, ...(labelSelector ? { labelSelector } : {}), pod, byDomain };
    for (const load of this.#loads) add(counted, load, countMatching(load, counted));
    this.#counted.set(key, counted);
    return counted.byDomain;
  }

  /** A pod has come to the node of `load`. */
  place(pod: Pod, load: NodeLoad): void {
    for (const counted of this.#counted.values()) if (counts(counted, pod)) add(counted, load, 1);
  }
}

function add(counted: Counted, load: NodeLoad, count: number): void {
  const domain = load.node.metadata.labels?.[counted.topologyKey];
  if (domain === undefined || !fitOf(counted.pod, load).selected) return;
  counted.byDomain.set(domain, (counted.byDomain.get(domain) ?? 0) + count);
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
