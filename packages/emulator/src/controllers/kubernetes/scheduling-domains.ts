import { DomainCrowds } from "./domain-crowds.ts";
import type { NodeLoad } from "./node-load.ts";
import { demandOf } from "./node-load.ts";
import type { Pod, SpreadConstraint } from "./pod-types.ts";
import { fitOf, hasBlockingTaint } from "./scheduling-fit.ts";
import { matchesSelector } from "./selectors.ts";

type Constraint = Pick<SpreadConstraint, "topologyKey" | "labelSelector" | "nodeAffinityPolicy" | "nodeTaintsPolicy">;

/** Which nodes make the domains of a constraint, in the eyes of a pod. */
export interface DomainRule
  extends Required<Pick<Constraint, "topologyKey" | "nodeAffinityPolicy" | "nodeTaintsPolicy">> {
  /** One of the pods for which it counts. */
  readonly pod: Pod;
}

/** What domains are counted from. */
export interface DomainSource {
  /** Nodes with as many pods as `counts` takes; those without any may be missing. */
  crowds(selection: PodSelection): Iterable<readonly [NodeLoad, number]>;
  /** Every domain of the nodes that the rule lets count. */
  domains(rule: DomainRule): ReadonlySet<string>;
}

/** Which pods count. */
export interface PodSelection {
  readonly namespace: string | undefined;
  readonly labelSelector: Constraint["labelSelector"];
}

interface Counted extends DomainRule, PodSelection {
  readonly crowds: DomainCrowds;
}

/** How many pods each domain holds, in the eyes of a spread constraint: counted once, and kept as pods are placed. */
export class DomainCounts {
  readonly #source: DomainSource;
  readonly #counted = new Map<string, Counted>();

  constructor(source: DomainSource) {
    this.#source = source;
  }

  of(pod: Pod, constraint: Constraint): DomainCrowds {
    const { topologyKey, labelSelector, nodeAffinityPolicy = "Honor", nodeTaintsPolicy = "Ignore" } = constraint;
    const { namespace } = pod.metadata;
    const policies = `${nodeAffinityPolicy} ${nodeTaintsPolicy}`;
    const key = `${namespace} ${topologyKey} ${policies} ${JSON.stringify(labelSelector)} ${demandOf(pod)}`;
    const counted =
      this.#counted.get(key) ??
      this.#count({ topologyKey, nodeAffinityPolicy, nodeTaintsPolicy, pod }, { namespace, labelSelector });
    this.#counted.set(key, counted);
    return counted.crowds;
  }

  /** A pod has come to the node of `load`. */
  place(pod: Pod, load: NodeLoad): void {
    for (const counted of this.#counted.values()) if (counts(counted, pod)) add(counted, load, 1);
  }

  #count(rule: DomainRule, selection: PodSelection): Counted {
    const counted = { ...rule, ...selection, crowds: new DomainCrowds(this.#source.domains(rule)) };
    for (const [load, count] of this.#source.crowds(selection)) add(counted, load, count);
    return counted;
  }
}

function add(counted: Counted, load: NodeLoad, count: number): void {
  const domain = load.node.metadata.labels?.[counted.topologyKey];
  if (domain !== undefined && count > 0 && isEligible(counted, load)) counted.crowds.add(domain, count);
}

/** Nodes that the pod could not go to anyway are no domains of its own, as its policies have it. */
export function isEligible({ pod, nodeAffinityPolicy, nodeTaintsPolicy }: DomainRule, load: NodeLoad): boolean {
  if (nodeAffinityPolicy === "Honor" && !fitOf(pod, load).selected) return false;
  return nodeTaintsPolicy === "Ignore" || !hasBlockingTaint(pod, load.node);
}

/** Whether a pod counts, wherever it is. */
export function counts({ namespace, labelSelector }: PodSelection, { metadata }: Pod): boolean {
  return (
    metadata.namespace === namespace && !metadata.deletionTimestamp && matchesSelector(labelSelector, metadata.labels)
  );
}
