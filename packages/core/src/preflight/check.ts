import type { Finding } from "@fairway/model";
import type { ClusterFacts, PlannedUpgrade } from "./facts.ts";

/** Looks at the facts alone, so that the same facts always give the same findings. */
export type ClusterCheck = (facts: ClusterFacts, upgrade: PlannedUpgrade) => readonly Finding[];

/** `Deployment payments/api`. */
export function subjectOf(object: {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}): string {
  return `${object.kind} ${object.namespace}/${object.name}`;
}

/** Namespaces whose content is AKS's own: it upgrades with the cluster, and nobody else changes it. */
export function isPlatform(namespace: string): boolean {
  return /^(kube-(system|public|node-lease)|gatekeeper-system|calico-system|tigera-operator|app-routing-system|aks-.*)$/.test(
    namespace,
  );
}
