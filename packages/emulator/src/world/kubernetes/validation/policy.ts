import type { KubeObject } from "../../objects.ts";
import { at, listAt, numberAt, recordAt, textAt } from "../json.ts";
import { type FieldError, invalidValue, required } from "./field-errors.ts";
import { validateIntOrPercent } from "./ports.ts";
import { validateSelector } from "./selectors.ts";
import { oneOf } from "./values.ts";

/** Rules and wording of kubernetes: pkg/apis/policy/validation/validation.go. */
export function validateDisruptionBudget(budget: KubeObject): readonly FieldError[] {
  const spec = recordAt(budget, "spec");
  const both = spec["minAvailable"] !== undefined && spec["maxUnavailable"] !== undefined;
  return [
    ...(both ? [invalidValue("spec", spec, "minAvailable and maxUnavailable cannot be both set")] : []),
    ...validateIntOrPercent(spec["minAvailable"], "spec.minAvailable"),
    ...validateIntOrPercent(spec["maxUnavailable"], "spec.maxUnavailable"),
    ...validateSelector(spec["selector"], "spec.selector"),
    ...oneOf(spec["unhealthyPodEvictionPolicy"], ["AlwaysAllow", "IfHealthyBudget"], "spec.unhealthyPodEvictionPolicy"),
  ];
}

/** Rules and wording of kubernetes: pkg/apis/autoscaling/validation/validation.go. */
export function validateAutoscaler(autoscaler: KubeObject): readonly FieldError[] {
  const spec = recordAt(autoscaler, "spec");
  const min = numberAt(spec, "minReplicas") ?? 1;
  const max = numberAt(spec, "maxReplicas") ?? 0;
  return [
    ...(min < 1 ? [invalidValue("spec.minReplicas", min, "must be greater than or equal to 1")] : []),
    ...(max < 1 ? [invalidValue("spec.maxReplicas", max, "must be greater than 0")] : []),
    ...(max < min ? [invalidValue("spec.maxReplicas", max, "must be greater than or equal to `minReplicas`")] : []),
    ...(textAt(spec, "scaleTargetRef", "name") ? [] : [required("spec.scaleTargetRef.name")]),
    ...(textAt(spec, "scaleTargetRef", "kind") ? [] : [required("spec.scaleTargetRef.kind")]),
    ...listAt(spec, "metrics").flatMap((metric, index) => validateMetric(metric, `spec.metrics[${index}]`)),
  ];
}

const metricSources: Readonly<Record<string, string>> = {
  ContainerResource: "containerResource",
  External: "external",
  Object: "object",
  Pods: "pods",
  Resource: "resource",
};

function validateMetric(metric: unknown, path: string): readonly FieldError[] {
  const type = textAt(metric, "type") ?? "";
  const source = metricSources[type];
  if (source === undefined) return oneOf(type, Object.keys(metricSources), `${path}.type`);
  if (at(metric, source) !== undefined) return [];
  return [required(`${path}.${source}`, "must populate information for the given metric source")];
}
