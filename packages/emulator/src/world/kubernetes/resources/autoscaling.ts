import type { KubeObject } from "../../objects.ts";
import { setAutoscalerDefaults } from "../defaults/autoscaling.ts";
import { at, isRecord, listAt, numberAt, recordAt, scalarText, textAt } from "../json.ts";
import { ageColumn, column, count, integerColumn } from "../printing/cells.ts";
import { type Column, defineResource, type ResourceType } from "../resource-type.ts";
import { validateAutoscaler } from "../validation/policy.ts";

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
    initialStatus: () => ({ currentReplicas: 0, desiredReplicas: 0 }),
    columns: columns.filter(({ name }) => name !== "Targets"),
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

/** `cpu: 12%/80%`, `<unknown>/10 (avg)`. */
function targetsText(object: KubeObject): string {
  const current = listAt(object, "status", "currentMetrics");
  const texts = listAt(object, "spec", "metrics").map((metric, index) => {
    const source = metricSource(metric);
    return metricText(
      recordAt(source, "target"),
      recordAt(metricSource(current[index]), "current"),
      textAt(source, "name"),
    );
  });
  const [first, second, ...others] = texts;
  if (first === undefined) return "<none>";
  const shown = second === undefined ? first : `${first}, ${second}`;
  return others.length > 0 ? `${shown} + ${others.length} more...` : shown;
}

function metricSource(metric: unknown): Record<string, unknown> {
  return Object.values(recordAt(metric)).find(isRecord) ?? {};
}

function metricText(target: Record<string, unknown>, current: Record<string, unknown>, resource?: string): string {
  if (at(target, "averageUtilization") !== undefined) {
    const actual = numberAt(current, "averageUtilization");
    const prefix = resource ? `${resource}: ` : "";
    return `${prefix}${actual === undefined ? "<unknown>" : `${actual}%`}/${scalarText(target["averageUtilization"])}%`;
  }
  const averaged = target["averageValue"] !== undefined;
  const field = averaged ? "averageValue" : "value";
  const actual = current[field] === undefined ? "<unknown>" : scalarText(current[field]);
  return `${actual}/${scalarText(target[field])}${averaged ? " (avg)" : ""}`;
}
