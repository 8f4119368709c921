import type { AutoscalerSettings } from "../../world/container-service/autoscaler-profile.ts";
import { conditionOf } from "../kubernetes/conditions.ts";
import { controllerOf } from "../kubernetes/kinds.ts";
import { type NodeLoad, withPod } from "../kubernetes/node-load.ts";
import { covers } from "../kubernetes/pod-budgets.ts";
import type { Pod } from "../kubernetes/pod-types.ts";
import { DomainCounts } from "../kubernetes/scheduling-domains.ts";
import { obstacles } from "../kubernetes/scheduling-fit.ts";
import { sourceOf } from "../kubernetes/scheduling-sources.ts";
import { surroundingsOf } from "../kubernetes/scheduling-surroundings.ts";
import type { PodDisruptionBudget } from "../kubernetes/types.ts";

type Rules = Pick<AutoscalerSettings, "utilizationThreshold" | "skipsSystemPods" | "skipsLocalStorage">;

export interface Removable {
  readonly load: NodeLoad;
  /** Pods that would have to go elsewhere; none: the node is empty. */
  readonly moving: readonly Pod[];
}

/**
 * Nodes that nobody needs: little used, with pods that may be moved and that find room on the nodes that stay.
 * Source: Kubernetes autoscaler FAQ, "How does scale-down work?".
 */
export function removableNodes(
  candidates: readonly NodeLoad[],
  all: readonly NodeLoad[],
  budgets: readonly PodDisruptionBudget[],
  rules: Rules,
): readonly Removable[] {
  let staying = [...all];
  const removable: Removable[] = [];
  for (const load of candidates) {
    if (utilization(load) >= rules.utilizationThreshold) continue;
    const moving = load.pods.filter((pod) => !staysWithNode(pod));
    if (moving.some((pod) => !mayMove(pod, budgets, rules))) continue;
    const without = staying.filter(({ node }) => node.metadata.name !== load.node.metadata.name);
    const after = rehoused(moving, without);
    if (!after) continue;
    staying = after;
    removable.push({ load, moving });
  }
  return removable;
}

/** The larger share of CPU and memory that its pods ask for; 0 to 1. */
export function utilization({ cpuMillicores, memoryBytes, allocatable }: NodeLoad): number {
  return Math.max(cpuMillicores / allocatable.cpuMillicores, memoryBytes / allocatable.memoryBytes);
}

export function isReadyLoad({ node }: NodeLoad): boolean {
  return conditionOf(node.status?.conditions, "Ready")?.status === "True";
}

/** The nodes with the pods put somewhere among them; undefined when one of them finds no room. */
function rehoused(moving: readonly Pod[], nodes: readonly NodeLoad[]): NodeLoad[] | undefined {
  const loads = [...nodes];
  for (const pod of moving) {
    const around = surroundingsOf(pod, loads, new DomainCounts(sourceOf(loads)));
    const index = loads.findIndex((load) => obstacles(pod, load, around).length === 0);
    const load = loads[index];
    if (!load) return undefined;
    loads[index] = withPod(load, pod);
  }
  return loads;
}

function staysWithNode(pod: Pod): boolean {
  const mirror = pod.metadata.annotations?.["kubernetes.io/config.mirror"];
  return controllerOf(pod)?.kind === "DaemonSet" || mirror !== undefined;
}

function mayMove(pod: Pod, budgets: readonly PodDisruptionBudget[], rules: Rules): boolean {
  const safe = pod.metadata.annotations?.["cluster-autoscaler.kubernetes.io/safe-to-evict"];
  if (safe === "true") return true;
  if (safe === "false" || !controllerOf(pod)) return false;
  const covering = budgets.filter((budget) => covers(budget, pod));
  if (covering.some(({ status }) => (status?.disruptionsAllowed ?? 0) < 1)) return false;
  if (rules.skipsSystemPods && pod.metadata.namespace === "kube-system" && covering.length === 0) return false;
  return !rules.skipsLocalStorage || !usesLocalStorage(pod);
}

function usesLocalStorage({ spec }: Pod): boolean {
  const volumes = spec["volumes"];
  if (!Array.isArray(volumes)) return false;
  return volumes.some((volume: object) => "emptyDir" in volume || "hostPath" in volume);
}
