import type { NodeLoad } from "./node-load.ts";
import { demandOf } from "./node-load.ts";
import type { Pod, SpreadConstraint } from "./pod-types.ts";
import { fitOf, hasBlockingTaint } from "./scheduling-fit.ts";
import { matchesSelector } from "./selectors.ts";

type Constraint = Pick<
  SpreadConstraint,
  "topologyKey" | "labelSelector" | "matchLabelKeys" | "nodeAffinityPolicy" | "nodeTaintsPolicy"
>;

interface Counted extends Omit<Constraint, "matchLabelKeys"> {
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

  of(pod: Pod, constraint: Constraint): Crowds {
    const { topologyKey, nodeAffinityPolicy = "Honor", nodeTaintsPolicy = "Ignore" } = constraint;
    const labelSelector = ownSelector(pod, constraint);
    const policies = `${nodeAffinityPolicy} ${nodeTaintsPolicy}`;
    const key = `${pod.metadata.namespace} ${topologyKey} ${policies} ${JSON.stringify(labelSelector)} ${demandOf(pod)}`;
    const known = this.#counted.get(key);
    if (known) return known;
    const selector = labelSelector ? { labelSelector } : {};
    const rules = { topologyKey, nodeAffinityPolicy, nodeTaintsPolicy, ...selector };
    const counted: Counted = { ...rules, pod, byDomain: new Map(), most: 0 };
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
  if (domain === undefined || !isEligible(counted, load)) return;
  const crowd = (counted.byDomain.get(domain) ?? 0) + count;
  counted.byDomain.set(domain, crowd);
  counted.most = Math.max(counted.most, crowd);
}

/** Nodes that the pod could not go to anyway are no domains of its own, as its policies have it. */
function isEligible({ pod, nodeAffinityPolicy, nodeTaintsPolicy }: Counted, load: NodeLoad): boolean {
  if (nodeAffinityPolicy === "Honor" && !fitOf(pod, load).selected) return false;
  return nodeTaintsPolicy === "Ignore" || !hasBlockingTaint(pod, load.node);
}

/** With the pod's own values of `matchLabelKeys`. */
function ownSelector(pod: Pod, { labelSelector, matchLabelKeys = [] }: Constraint): Constraint["labelSelector"] {
  const labels = pod.metadata.labels ?? {};
  const own = matchLabelKeys.flatMap((name) => (labels[name] === undefined ? [] : [[name, labels[name]] as const]));
  if (own.length === 0) return labelSelector;
  return { ...labelSelector, matchLabels: { ...labelSelector?.matchLabels, ...Object.fromEntries(own) } };
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
