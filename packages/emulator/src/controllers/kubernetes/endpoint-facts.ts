import type { Pod } from "./pod-types.ts";
import type { Service, TargetReference } from "./types.ts";

/** Pods that name the service as their subdomain can be asked for alone. */
export function hostnameOf({ metadata }: Service, { spec }: Pod): { hostname?: string } {
  return spec.hostname && spec["subdomain"] === metadata.name ? { hostname: spec.hostname } : {};
}

export function targetOf({ metadata }: Pod): TargetReference {
  return { kind: "Pod", namespace: metadata.namespace ?? "", name: metadata.name, uid: metadata.uid ?? "" };
}

/** What a slice or the endpoints of a service carry: its own labels and who made them. */
export function labelsOf({ metadata, spec }: Service, added: Readonly<Record<string, string>>): Record<string, string> {
  const headless = spec.clusterIP === "None" ? { "service.kubernetes.io/headless": "" } : {};
  return { ...metadata.labels, ...headless, ...added };
}
