import type { KubeObject } from "../../objects.ts";
import { listAt, recordAt, textAt } from "../json.ts";

/** Wording of kubernetes: pkg/api/service/warnings.go. */
export function serviceWarnings(service: KubeObject): readonly string[] {
  const spec = recordAt(service, "spec");
  const annotation = "service.kubernetes.io/topology-aware-hints";
  return [
    ...(service.metadata.annotations?.[annotation] === undefined
      ? []
      : [`annotation ${annotation} is deprecated, please use service.kubernetes.io/topology-mode instead`]),
    ...(spec["clusterIP"] === "None" ? headlessWarnings(spec) : []),
    ...externalWarnings(spec),
    ...(spec["trafficDistribution"] === "PreferClose"
      ? ['spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"']
      : []),
  ];
}

function headlessWarnings(spec: Readonly<Record<string, unknown>>): readonly string[] {
  const affinity = textAt(spec, "sessionAffinity") ?? "None";
  return [
    ...(textAt(spec, "loadBalancerIP") ? ["spec.loadBalancerIP is ignored for headless services"] : []),
    ...(listAt(spec, "externalIPs").length > 0 ? ["spec.externalIPs is ignored for headless services"] : []),
    ...(affinity === "None" ? [] : ["spec.SessionAffinity is ignored for headless services"]),
  ];
}

function externalWarnings(spec: Readonly<Record<string, unknown>>): readonly string[] {
  const hasAddresses = listAt(spec, "externalIPs").length > 0;
  if (spec["type"] === "ExternalName") {
    return hasAddresses ? ['spec.externalIPs is ignored when spec.type is "ExternalName"'] : [];
  }
  return [
    ...(textAt(spec, "externalName") ? ['spec.externalName is ignored when spec.type is not "ExternalName"'] : []),
    ...(hasAddresses && spec["clusterIP"] !== "None"
      ? ["spec.externalIPs is deprecated and may no longer be implemented in some clusters"]
      : []),
  ];
}
