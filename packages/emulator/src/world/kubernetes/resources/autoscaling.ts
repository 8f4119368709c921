import type { KubeObject } from "../../objects.ts";
import { setAutoscalerDefaults } from "../defaults/autoscaling.ts";
import { fill, recordIn } from "../defaults/fill.ts";
import { isRecord, listAt, numberAt, recordAt, scalarText, textAt } from "../json.ts";
import { ageColumn, column, count, integerColumn } from "../printing/cells.ts";
import { type Column, defineResource, type ResourceType } from "../resource-type.ts";
import { validateAutoscaler } from "../validation/autoscaling.ts";

const columns: readonly Column[] = [
  column(
    "Reference",
    (object) =>
      `${textAt(object, "spec", "scaleTargetRef", "kind") ?? ""}/${textAt(object, "spec", "scaleTargetRef", "name") ?? ""}`,
  ),
  column("Targets", targetsText),
  column("MinPods", (object) => String(numberAt(object, "spec", "minReplicas") ?? "<unset>")),
  integerColumn("MaxPods", (object) => count(object, "spec", "maxReplicas")),
  integerColumn("Replicas", (object) => count(object, "status", "currentReplicas")),
  ageColumn,
];

const common = {
  group: "autoscaling",
  kind: "HorizontalPodAutoscaler",
  plural: "horizontalpodautoscalers",
  shortNames: ["hpa"],
  categories: ["all"],
  subresources: ["status"],
} as const;

export const autoscalingResources: readonly ResourceType[] = [
  defineResource({
    ...common,
    version: "v2",
    typeName: "V2HorizontalPodAutoscaler",
    setDefaults: setAutoscalerDefaults,
    initialStatus: () => ({ currentReplicas: 0, desiredReplicas: 0, currentMetrics: null }),
    validate: validateAutoscaler,
    columns,
  }),
  // What `kubectl autoscale` writes; kept as v2.
  defineResource({
    ...common,
    version: "v1",
    typeName: "V1HorizontalPodAutoscaler",
    setDefaults: (draft) => fill(recordIn(draft, "spec"), { minReplicas: 1, targetCPUUtilizationPercentage: 80 }),
    validate: (autoscaler) => validateAutoscaler(toV2(autoscaler)),
    initialStatus: () => ({ currentReplicas: 0, desiredReplicas: 0 }),
    columns: columns.map((one) => ({ ...one, value: (object, nowMs) => one.value(toV2(object), nowMs) })),
    stored: {
      resource: { group: "autoscaling", resource: "horizontalpodautoscalers" },
      toStored: toV2,
      fromStored: toV1,
    },
  }),
];

function toV2(object: KubeObject): KubeObject {
  const { targetCPUUtilizationPercentage: percentage, ...spec } = recordAt(object, "spec");
  const draft: KubeObject = structuredClone({ ...object, apiVersion: "autoscaling/v2", spec: { ...spec } });
  if (percentage !== undefined) draft["spec"] = { ...spec, metrics: [cpuMetric(percentage)] };
  setAutoscalerDefaults(draft);
  return draft;
}

function toV1(object: KubeObject): KubeObject {
  const { metrics, behavior: _, ...spec } = recordAt(object, "spec");
  const cpu = (Array.isArray(metrics) ? metrics : []).find(
    (metric: unknown) => textAt(metric, "resource", "name") === "cpu",
  ) as unknown;
  const percentage = numberAt(cpu, "resource", "target", "averageUtilization");
  const { currentMetrics: __, conditions: ___, ...status } = recordAt(object, "status");
  return {
    ...object,
    apiVersion: "autoscaling/v1",
    spec: { ...spec, ...(percentage === undefined ? {} : { targetCPUUtilizationPercentage: percentage }) },
    status: { currentReplicas: 0, desiredReplicas: 0, ...status },
  };
}

function cpuMetric(percentage: unknown): unknown {
  return {
    type: "Resource",
    resource: { name: "cpu", target: { type: "Utilization", averageUtilization: percentage } },
  };
}

/** `cpu: 12%/80%`, `<unknown>/10 (avg)`. Source: pkg/printers/internalversion formatHPAMetrics. */
function targetsText(object: KubeObject): string {
  const current = listAt(object, "status", "currentMetrics");
  const texts = listAt(object, "spec", "metrics").map((metric, index) => metricText(metric, current[index]));
  const [first, second, ...others] = texts;
  if (first === undefined) return "<none>";
  const shown = second === undefined ? first : `${first}, ${second}`;
  return others.length > 0 ? `${shown} + ${others.length} more...` : shown;
}

function metricText(metric: unknown, status: unknown): string {
  const type = textAt(metric, "type") ?? "";
  const source = metricSource(metric);
  const target = recordAt(source, "target");
  const current = recordAt(metricSource(status), "current");
  const shown = (field: string): string => (current[field] === undefined ? "<unknown>" : scalarText(current[field]));
  const isResource = type === "Resource" || type === "ContainerResource";
  const prefix = isResource ? `${textAt(source, "name") ?? ""}: ` : "";
  if (target["averageValue"] !== undefined) {
    const mark = type === "External" || type === "Object" ? " (avg)" : "";
    return `${prefix}${shown("averageValue")}/${scalarText(target["averageValue"])}${mark}`;
  }
  if (!isResource) return `${shown("value")}/${scalarText(target["value"])}`;
  const percent = (value: unknown, otherwise: string): string => (typeof value === "number" ? `${value}%` : otherwise);
  const wanted = percent(target["averageUtilization"], "<auto>");
  return `${prefix}${percent(current["averageUtilization"], "<unknown>")}/${wanted}`;
}

function metricSource(metric: unknown): Record<string, unknown> {
  return Object.values(recordAt(metric)).find(isRecord) ?? {};
}
