import type { KubeObject } from "../../objects.ts";
import { numberAt } from "../json.ts";
import { type FieldError, forbiddenField } from "./field-errors.ts";
import { validateImmutable } from "./metadata.ts";
import { oneOf } from "./values.ts";

/** Rules and wording of kubernetes: pkg/apis/scheduling/validation/validation.go. */

const highestUserPriority = 1_000_000_000;
export const systemClasses: ReadonlySet<string> = new Set(["system-cluster-critical", "system-node-critical"]);

export function validatePriorityClass(object: KubeObject): readonly FieldError[] {
  const { name } = object.metadata;
  const reserved = name.startsWith("system-") && !systemClasses.has(name);
  return [
    ...(reserved
      ? [
          forbiddenField(
            "metadata.name",
            `priority class names with 'system-' prefix are reserved for system use only. error: ${name} is not a known system priority class`,
          ),
        ]
      : []),
    ...oneOf(object["preemptionPolicy"], ["PreemptLowerPriority", "Never"], "preemptionPolicy"),
  ];
}

export function validateNewPriorityClass(object: KubeObject): readonly FieldError[] {
  const isHigh = (numberAt(object, "value") ?? 0) > highestUserPriority;
  if (!isHigh || object.metadata.name.startsWith("system-")) return [];
  return [forbiddenField("value", `maximum allowed value of a user defined priority is ${highestUserPriority}`)];
}

export function validatePriorityClassUpdate(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  const changed = (numberAt(next, "value") ?? 0) !== (numberAt(previous, "value") ?? 0);
  return [
    ...(changed ? [forbiddenField("value", "may not be changed in an update.")] : []),
    ...validateImmutable("preemptionPolicy", next["preemptionPolicy"], previous["preemptionPolicy"]),
  ];
}
