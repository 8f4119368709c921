import type { NodeFacts, PodFacts, Taint, Toleration } from "../facts.ts";
import { matchesLabels, matchesRequirement } from "../selectors.ts";

/** Whether selector, affinity, taints and the zones of its volumes let the pod onto the node (Kubernetes docs, assign pods to nodes). */
export function allowsNode({ labels, taints }: NodeFacts, pod: PodFacts): boolean {
  const zone = labels["topology.kubernetes.io/zone"];
  return (
    matchesLabels(pod.nodeSelector, labels) &&
    (pod.nodeTerms.length === 0 ||
      pod.nodeTerms.some((term) => term.every((requirement) => matchesRequirement(requirement, labels)))) &&
    (pod.zones.length === 0 || (zone !== undefined && pod.zones.includes(zone))) &&
    taints.filter(keepsOut).every((taint) => pod.tolerations.some((one) => tolerates(one, taint)))
  );
}

/** A node that is cordoned or not ready has a taint for it, which says nothing about the pool. */
function keepsOut({ key, effect }: Taint): boolean {
  return effect !== "PreferNoSchedule" && !key.startsWith("node.kubernetes.io/");
}

function tolerates({ key, operator = "Equal", value = "", effect }: Toleration, taint: Taint): boolean {
  if (effect !== undefined && effect !== "" && effect !== taint.effect) return false;
  if (key === undefined || key === "") return operator === "Exists";
  return key === taint.key && (operator === "Exists" || value === taint.value);
}
