import type { KubeObject } from "../../objects.ts";
import { isRecord } from "../json.ts";
import { fill, recordIn } from "./fill.ts";

/** Defaults of kubernetes: pkg/apis/autoscaling/v2/defaults.go. */
export function setAutoscalerDefaults(draft: KubeObject): void {
  const spec = recordIn(draft, "spec");
  fill(spec, {
    minReplicas: 1,
    metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } }],
  });
  const behavior = spec["behavior"];
  if (!isRecord(behavior)) return;
  fill(recordIn(behavior, "scaleUp"), {
    stabilizationWindowSeconds: 0,
    selectPolicy: "Max",
    policies: [
      { type: "Pods", value: 4, periodSeconds: 15 },
      { type: "Percent", value: 100, periodSeconds: 15 },
    ],
  });
  fill(recordIn(behavior, "scaleDown"), {
    selectPolicy: "Max",
    policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
  });
}
