import type { ControlPlane } from "./control-plane.ts";
import { demandOf, type NodeLoad, type NodeLoads } from "./node-load.ts";
import { podsWithLabels } from "./pod-lookup.ts";
import type { Pod } from "./pod-types.ts";
import { isFinished } from "./pods.ts";
import { counts, type DomainRule, type DomainSource, isEligible, type PodSelection } from "./scheduling-domains.ts";

/** Of nodes as they would be. */
export function sourceOf(loads: readonly NodeLoad[]): DomainSource {
  return {
    *crowds(selection) {
      const key = `${selection.namespace} ${JSON.stringify(selection.labelSelector)}`;
      for (const load of loads) yield [load, countMatching(load, key, selection)];
    },
    domains: (rule) => domainsOf(rule, loads),
  };
}

function countMatching({ pods, counts: known }: NodeLoad, key: string, selection: PodSelection): number {
  const count = known.get(key) ?? pods.filter((pod) => counts(selection, pod)).length;
  known.set(key, count);
  return count;
}

function domainsOf(rule: DomainRule, loads: readonly NodeLoad[]): ReadonlySet<string> {
  const domains = new Set<string>();
  for (const load of loads) {
    const domain = load.node.metadata.labels?.[rule.topologyKey];
    if (domain !== undefined && isEligible(rule, load)) domains.add(domain);
  }
  return domains;
}

/**
 * Of the nodes as they are: the few pods of a workload are found by their labels, however many nodes there are, and domains
 * stay until a node comes, goes or has other labels.
 */
export class LiveDomains {
  readonly #plane: ControlPlane;
  readonly #loads: NodeLoads;
  readonly #known = new Map<string, ReadonlySet<string>>();
  #version = 0;

  constructor(plane: ControlPlane, loads: NodeLoads) {
    this.#plane = plane;
    this.#loads = loads;
  }

  /** For one round. `reserved`: pods that are not bound yet, with the nodes that are kept for them. */
  source(all: readonly NodeLoad[], reserved: readonly (readonly [Pod, NodeLoad])[]): DomainSource {
    return {
      crowds: (selection) => this.#crowds(selection, reserved),
      domains: (rule) => this.#domains(rule, all),
    };
  }

  *#crowds(
    selection: PodSelection,
    reserved: readonly (readonly [Pod, NodeLoad])[],
  ): Iterable<readonly [NodeLoad, number]> {
    const { namespace = "", labelSelector } = selection;
    if (!labelSelector) return;
    for (const pod of podsWithLabels(this.#plane.store, namespace, labelSelector.matchLabels ?? {})) {
      const load = isFinished(pod) || !counts(selection, pod) ? undefined : this.#loads.of(pod.spec.nodeName ?? "");
      if (load) yield [load, 1];
    }
    for (const [pod, load] of reserved) if (counts(selection, pod)) yield [load, 1];
  }

  #domains(rule: DomainRule, all: readonly NodeLoad[]): ReadonlySet<string> {
    // Taints come and go with every node that is cordoned.
    if (rule.nodeTaintsPolicy === "Honor") return domainsOf(rule, all);
    if (this.#version !== this.#loads.labelsVersion()) this.#known.clear();
    this.#version = this.#loads.labelsVersion();
    const key = `${rule.topologyKey} ${rule.nodeAffinityPolicy} ${demandOf(rule.pod)}`;
    const domains = this.#known.get(key) ?? domainsOf(rule, all);
    this.#known.set(key, domains);
    return domains;
  }
}
