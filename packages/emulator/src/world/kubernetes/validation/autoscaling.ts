import type { KubeObject } from "../../objects.ts";
import { at, isRecord, type JsonRecord, listAt, numberAt, recordAt, scalarText, textAt } from "../json.ts";
import { childPath, type FieldError, forbiddenField, invalidValue, itemPath, required } from "./field-errors.ts";
import { validateName } from "./metadata.ts";
import { parseQuantity } from "./quantities.ts";
import { oneOf, validateSegment } from "./values.ts";

/** Rules and wording of kubernetes: pkg/apis/autoscaling/validation/validation.go. */
export function validateAutoscaler(autoscaler: KubeObject): readonly FieldError[] {
  const spec = recordAt(autoscaler, "spec");
  const min = numberAt(spec, "minReplicas") ?? 1;
  const max = numberAt(spec, "maxReplicas") ?? 0;
  return [
    ...(min < 1 ? [invalidValue("spec.minReplicas", min, "must be greater than or equal to 1")] : []),
    ...(max === 0 ? [required("spec.maxReplicas", "must be set and greater than 0")] : []),
    ...(max < 0 ? [invalidValue("spec.maxReplicas", max, "must be greater than or equal to 1")] : []),
    ...(max < min ? [invalidValue("spec.maxReplicas", max, "must be greater than or equal to `minReplicas`")] : []),
    ...validateReference(recordAt(spec, "scaleTargetRef"), "spec.scaleTargetRef", true),
    ...validateMetrics(spec, min),
    ...["scaleUp", "scaleDown"].flatMap((direction) => {
      const rules = at(spec, "behavior", direction);
      return isRecord(rules) ? validateRules(rules, `spec.behavior.${direction}`) : [];
    }),
  ];
}

/** `grouped`: what is scaled has to say where its kind comes from. */
function validateReference(reference: JsonRecord, path: string, grouped = false): readonly FieldError[] {
  const named = ["kind", "name"].flatMap((member) => {
    const value = scalarText(reference[member]);
    const place = childPath(path, member);
    return value === "" ? [required(place)] : validateSegment(value, place);
  });
  const apiVersion = scalarText(reference["apiVersion"]);
  const core = grouped && !apiVersion.includes("/") && reference["kind"] !== "ReplicationController";
  const place = childPath(path, "apiVersion");
  return [...named, ...(core ? [invalidValue(place, apiVersion, "apiVersion must specify API group")] : [])];
}

function validateMetrics(spec: JsonRecord, min: number): readonly FieldError[] {
  const metrics = listAt(spec, "metrics");
  const external = metrics.some((metric) => ["External", "Object"].includes(textAt(metric, "type") ?? ""));
  const toZero = "must specify at least one Object or External metric to support scaling to zero replicas";
  return [
    ...metrics.flatMap((metric, index) => validateMetric(recordAt(metric), itemPath("spec.metrics", index))),
    ...(min === 0 && !external ? [forbiddenField("spec.metrics", toZero)] : []),
  ];
}

const sources: Readonly<Record<string, string>> = {
  ContainerResource: "containerResource",
  External: "external",
  Object: "object",
  Pods: "pods",
  Resource: "resource",
};

function validateMetric(metric: JsonRecord, path: string): readonly FieldError[] {
  const type = scalarText(metric["type"]);
  const present = Object.values(sources).filter((source) => metric[source] !== undefined);
  const wanted = sources[type];
  const only = "must populate the given metric source only";
  return [
    ...(type === "" ? [required(childPath(path, "type"), "must specify a metric source type")] : []),
    // Looked at twice: by hand, and by what is generated.
    ...oneOf(type, Object.keys(sources), childPath(path, "type")),
    ...oneOf(type, Object.keys(sources), childPath(path, "type")),
    ...present.flatMap((source) => [
      ...(source === wanted || present.length === 1 ? [] : [forbiddenField(childPath(path, source), only)]),
      ...validateSource(source, recordAt(metric, source), childPath(path, source)),
    ]),
    ...(wanted !== undefined && !present.includes(wanted)
      ? [required(childPath(path, wanted), "must populate information for the given metric source")]
      : []),
  ];
}

function validateSource(source: string, metric: JsonRecord, path: string): readonly FieldError[] {
  const target = recordAt(metric, "target");
  const place = childPath(path, "target");
  const checked = validateTarget(target, place);
  switch (source) {
    case "object":
      return [
        ...validateReference(recordAt(metric, "describedObject"), childPath(path, "describedObject")),
        ...validateIdentifier(recordAt(metric, "metric"), childPath(path, "metric")),
        ...checked,
        ...neither(target, place, "must set either a target value or averageValue"),
      ];
    case "external":
      return [
        ...validateIdentifier(recordAt(metric, "metric"), childPath(path, "metric")),
        ...checked,
        ...neither(target, place, "must set either a target value for metric or a per-pod target"),
        ...both(target, place),
      ];
    case "pods":
      return [
        ...validateIdentifier(recordAt(metric, "metric"), childPath(path, "metric")),
        ...checked,
        ...((parseQuantity(target["averageValue"]) ?? 0) > 0
          ? []
          : [required(childPath(place, "averageValue"), "must specify a positive target averageValue")]),
      ];
    default:
      return [...validateResource(source, metric, path), ...checked, ...validateUtilization(target, place)];
  }
}

function validateResource(source: string, metric: JsonRecord, path: string): readonly FieldError[] {
  const container = scalarText(metric["container"]);
  return [
    ...(scalarText(metric["name"]) === "" ? [required(childPath(path, "name"), "must specify a resource name")] : []),
    ...(source === "containerResource" ? validateContainer(container, childPath(path, "container")) : []),
  ];
}

function validateContainer(name: string, path: string): readonly FieldError[] {
  return name === "" ? [required(path, "must specify a container")] : validateName(path, name, "label");
}

function validateIdentifier(metric: JsonRecord, path: string): readonly FieldError[] {
  const name = scalarText(metric["name"]);
  const place = childPath(path, "name");
  return name === "" ? [required(place, "must specify a metric name")] : validateSegment(name, place);
}

function validateTarget(target: JsonRecord, path: string): readonly FieldError[] {
  const type = scalarText(target["type"]);
  const place = childPath(path, "type");
  const utilization = target["averageUtilization"];
  const positive = (member: string): readonly FieldError[] => {
    const amount = parseQuantity(target[member]);
    return amount === undefined || amount > 0
      ? []
      : [invalidValue(childPath(path, member), target[member], "must be positive")];
  };
  return [
    ...(type === "" ? [required(place, "must specify a metric target type")] : []),
    ...(["Utilization", "Value", "AverageValue"].includes(type)
      ? []
      : [invalidValue(place, type, "must be either Utilization, Value, or AverageValue")]),
    ...positive("value"),
    ...positive("averageValue"),
    ...(typeof utilization === "number" && utilization < 1
      ? [invalidValue(childPath(path, "averageUtilization"), utilization, "must be greater than 0")]
      : []),
  ];
}

function validateUtilization(target: JsonRecord, path: string): readonly FieldError[] {
  const { averageUtilization, averageValue } = target;
  const one = "must set either a target raw value or a target utilization";
  const two = "may not set both a target raw value and a target utilization";
  if (averageUtilization === undefined && averageValue === undefined)
    return [required(childPath(path, "averageUtilization"), one)];
  if (averageUtilization === undefined || averageValue === undefined) return [];
  return [forbiddenField(childPath(path, "averageValue"), two)];
}

function neither(target: JsonRecord, path: string, why: string): readonly FieldError[] {
  const set = target["value"] !== undefined || target["averageValue"] !== undefined;
  return set ? [] : [required(childPath(path, "averageValue"), why)];
}

function both(target: JsonRecord, path: string): readonly FieldError[] {
  const why = "may not set both a target value for metric and a per-pod target";
  const set = target["value"] !== undefined && target["averageValue"] !== undefined;
  return set ? [forbiddenField(childPath(path, "value"), why)] : [];
}

function validateRules(rules: JsonRecord, path: string): readonly FieldError[] {
  const seconds = rules["stabilizationWindowSeconds"];
  const place = childPath(path, "stabilizationWindowSeconds");
  const tolerance = parseQuantity(rules["tolerance"]) ?? 0;
  const policies = listAt(rules, "policies");
  return [
    ...inRange(seconds, 0, 3_600, place, "greater than or equal to zero"),
    ...oneOf(rules["selectPolicy"], ["Disabled", "Max", "Min"], childPath(path, "selectPolicy")),
    ...(policies.length === 0
      ? [required(childPath(path, "policies"), "must specify at least one Policy")]
      : policies.flatMap((policy, index) =>
          validatePolicy(recordAt(policy), itemPath(childPath(path, "policies"), index)),
        )),
    ...(tolerance < 0
      ? [invalidValue(childPath(path, "tolerance"), rules["tolerance"], "must be greater than or equal to 0")]
      : []),
  ];
}

function validatePolicy(policy: JsonRecord, path: string): readonly FieldError[] {
  const { type, value = 0, periodSeconds = 0 } = policy;
  return [
    ...oneOf(type ?? "", ["Percent", "Pods"], childPath(path, "type")),
    ...(Number(value) <= 0 ? [invalidValue(childPath(path, "value"), value, "must be greater than zero")] : []),
    ...inRange(periodSeconds, 1, 1_800, childPath(path, "periodSeconds"), "greater than zero"),
  ];
}

function inRange(value: unknown, least: number, most: number, path: string, atLeast: string): readonly FieldError[] {
  if (typeof value !== "number") return [];
  if (value < least) return [invalidValue(path, value, `must be ${atLeast}`)];
  return value > most ? [invalidValue(path, value, `must be less than or equal to ${most}`)] : [];
}
