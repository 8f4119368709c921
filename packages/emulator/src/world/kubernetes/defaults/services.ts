import type { KubeObject } from "../../objects.ts";
import { isRecord, numberAt } from "../json.ts";
import { fill, recordIn, recordsIn } from "./fill.ts";

const clientAffinitySeconds = 10_800;

/** Defaults of kubernetes: pkg/apis/core/v1/defaults.go. */
export function setServiceDefaults(draft: KubeObject): void {
  const spec = recordIn(draft, "spec");
  fill(spec, { type: "ClusterIP", sessionAffinity: "None" });
  if (spec["sessionAffinity"] === "None") delete spec["sessionAffinityConfig"];
  if (
    spec["sessionAffinity"] === "ClientIP" &&
    numberAt(spec, "sessionAffinityConfig", "clientIP", "timeoutSeconds") === undefined
  ) {
    spec["sessionAffinityConfig"] = { clientIP: { timeoutSeconds: clientAffinitySeconds } };
  }
  for (const port of recordsIn(spec, "ports")) {
    fill(port, { protocol: "TCP" });
    port["targetPort"] ||= port["port"];
  }
  if (spec["type"] === "ExternalName") return;
  fill(spec, { internalTrafficPolicy: "Cluster" });
  if (spec["type"] === "NodePort" || spec["type"] === "LoadBalancer") fill(spec, { externalTrafficPolicy: "Cluster" });
  if (spec["type"] !== "LoadBalancer") return;
  fill(spec, { allocateLoadBalancerNodePorts: true });
  if (!isRecord(draft["status"])) return;
  for (const point of recordsIn(recordIn(recordIn(draft, "status"), "loadBalancer"), "ingress")) {
    if (point["ip"]) fill(point, { ipMode: "VIP" });
  }
}
