import type { Random } from "@fairway/kernel";
import type { Expander } from "../../world/container-service/autoscaler-profile.ts";
import type { AgentPool } from "../../world/container-service/state.ts";
import { type NodeLoad, withPod } from "../kubernetes/node-load.ts";
import type { Pod } from "../kubernetes/pod-types.ts";
import { DomainCounts } from "../kubernetes/scheduling-domains.ts";
import { obstacles } from "../kubernetes/scheduling-fit.ts";
import { sourceOf } from "../kubernetes/scheduling-sources.ts";
import { surroundingsOf } from "../kubernetes/scheduling-surroundings.ts";

/** A pool that may grow: what one more node of it would be, and how many more there may be. */
export interface Growable {
  readonly pool: AgentPool;
  readonly template: (index: number) => NodeLoad;
  readonly room: number;
}

/** One way to help pending pods: nodes of one pool. */
export interface Growth {
  readonly pool: AgentPool;
  readonly nodes: number;
  readonly pods: readonly Pod[];
  /** Share of the new nodes' CPU and memory that would stay unused; 0 to 1. */
  readonly waste: number;
}

export interface Packing {
  /** New nodes that hold at least one of the pods. */
  readonly nodes: readonly NodeLoad[];
  readonly placed: readonly Pod[];
  readonly left: readonly Pod[];
}

/** First fit: each pod goes to the first new node that takes it, and opens another one while there is room. */
export function pack(
  pods: readonly Pod[],
  existing: readonly NodeLoad[],
  { template, room }: Pick<Growable, "template" | "room">,
): Packing {
  const nodes: NodeLoad[] = [];
  const placed: Pod[] = [];
  const left: Pod[] = [];
  for (const pod of pods) {
    const spare = nodes.length < room ? template(nodes.length) : undefined;
    const candidates = spare ? [...nodes, spare] : nodes;
    const all = [...existing, ...candidates];
    const around = surroundingsOf(pod, all, new DomainCounts(sourceOf(all)));
    const taken = candidates.findIndex((load) => obstacles(pod, load, around).length === 0);
    const load = candidates[taken];
    if (!load) {
      left.push(pod);
      continue;
    }
    nodes[taken] = withPod(load, pod);
    placed.push(pod);
  }
  return { nodes, placed, left };
}

/** What each pool could do for the pods; pools that could do nothing are left out. */
export function growthOptions(
  pods: readonly Pod[],
  existing: readonly NodeLoad[],
  pools: readonly Growable[],
): readonly Growth[] {
  return pools.flatMap((growable) => {
    const { nodes, placed } = pack(pods, existing, growable);
    if (placed.length === 0) return [];
    return [{ pool: growable.pool, nodes: nodes.length, pods: placed, waste: wasteOf(nodes) }];
  });
}

/** Source: Kubernetes autoscaler FAQ, expanders. `priority` needs a ConfigMap that AKS users write; without one it is random. */
export function chooseGrowth(options: readonly Growth[], expander: Expander, random: Random): Growth | undefined {
  if (options.length === 0) return undefined;
  switch (expander) {
    case "random":
    case "priority":
      return random.pick(options);
    case "least-waste":
      return options.toSorted((a, b) => a.waste - b.waste)[0];
    case "most-pods":
      return options.toSorted((a, b) => b.pods.length - a.pods.length)[0];
  }
}

function wasteOf(nodes: readonly NodeLoad[]): number {
  const total = (of: (load: NodeLoad) => number): number => nodes.reduce((sum, load) => sum + of(load), 0);
  const cpu = total((load) => load.cpuMillicores) / total(({ allocatable }) => allocatable.cpuMillicores);
  const memory = total((load) => load.memoryBytes) / total(({ allocatable }) => allocatable.memoryBytes);
  return 1 - (cpu + memory) / 2;
}
