import type { Pod } from "./pod-types.ts";
import type { Service, TargetReference } from "./types.ts";

/** Pods that name the service as their subdomain can be asked for alone. */
export function hostnameOf({ metadata }: Service, { spec }: Pod): { hostname?: string } {
  return spec.hostname && spec["subdomain"] === metadata.name ? { hostname: spec.hostname } : {};
}

export function targetOf({ metadata }: Pod): TargetReference {
  return { kind: "Pod", namespace: metadata.namespace ?? "", name: metadata.name, uid: metadata.uid ?? "" };
}

const headlessLabel = "service.kubernetes.io/headless";

/** What a slice or the endpoints of a service carry: its own labels and who made them. */
export function labelsOf({ metadata, spec }: Service, added: Readonly<Record<string, string>>): Record<string, string> {
  const headless = spec.clusterIP === "None" ? { [headlessLabel]: "" } : {};
  // Says what the service is, whatever the service says.
  const { [headlessLabel]: _, ...labels } = metadata.labels ?? {};
  return { ...labels, ...headless, ...added };
}
