import type { KubeObject } from "../../../objects.ts";
import { type JsonRecord, listAt, recordAt, sameJson, textAt } from "../../json.ts";
import { type FieldError, forbiddenField, invalidValue } from "../field-errors.ts";
import { qosClassOf } from "./quality-of-service.ts";

/** Of what a pod asks for, only these two can be given anew (pkg/apis/core/validation: ValidatePodResize). */
export function validateResize(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  if (previous.metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined)
    return [forbiddenField("", "static pods cannot be resized")];
  if (textAt(previous, "spec", "os", "name") === "windows")
    return [forbiddenField("", "windows pods cannot be resized")];
  const was = textAt(previous, "status", "qosClass") || qosClassOf(previous);
  const quality =
    was === qosClassOf(next) ? [] : [invalidValue("spec", was, "Pod QOS Class may not change as a result of resizing")];
  const order = members.flatMap((member) => orderErrors(next, previous, member));
  if (order.length > 0) return [...quality, ...podErrors(next, previous), ...order];
  const removed = members.flatMap((member) =>
    listAt(previous, "spec", member).flatMap((container, index) =>
      removedErrors(listAt(next, "spec", member)[index], container, `spec.${member}[${index}].resources`),
    ),
  );
  const isOnlyResized = members.every((member) =>
    sameJson(listAt(next, "spec", member).map(fixedPart), listAt(previous, "spec", member).map(fixedPart)),
  );
  return [
    ...quality,
    ...podErrors(next, previous),
    ...removed,
    ...(isOnlyResized ? [] : [forbiddenField("spec", "only cpu and memory resources are mutable")]),
  ];
}

const members = ["containers", "initContainers"] as const;

function orderErrors(next: KubeObject, previous: KubeObject, member: string): readonly FieldError[] {
  const [names, before] = [next, previous].map((pod) => listAt(pod, "spec", member).map((one) => textAt(one, "name")));
  if (names?.length !== before?.length)
    return [forbiddenField(`spec.${member}`, `${member} may not be added or removed on resize`)];
  const why = `${member} may not be renamed or reordered on resize`;
  return (before ?? []).flatMap((name, index) =>
    names?.[index] === name ? [] : [forbiddenField(`spec.${member}[${index}].name`, why)],
  );
}

function isMissing(resources: JsonRecord, before: JsonRecord, side: string): boolean {
  const kept = recordAt(resources, side);
  return Object.keys(recordAt(before, side)).some((name) => kept[name] === undefined);
}

function removedErrors(container: unknown, before: unknown, path: string): readonly FieldError[] {
  return ["requests", "limits"].flatMap((side) =>
    isMissing(recordAt(container, "resources"), recordAt(before, "resources"), side)
      ? [forbiddenField(`${path}.${side}`, `resource ${side} cannot be removed`)]
      : [],
  );
}

/** What the pod as a whole asks for. */
function podErrors(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  const [resources, before] = [next, previous].map((pod) => recordAt(pod, "spec")["resources"]);
  if (before !== undefined && resources === undefined)
    return [forbiddenField("spec.resources", "pod-level resources cannot be removed")];
  const removed = ["requests", "limits"].filter((side) => isMissing(recordAt(resources), recordAt(before), side));
  return [
    ...removed.map((side) => forbiddenField(`spec.resources.${side}`, `pod-level resource ${side} cannot be removed`)),
    ...(sameJson(fixedResources(recordAt(resources)), fixedResources(recordAt(before)))
      ? []
      : [forbiddenField("spec", "only cpu and memory resources are mutable at pod-level")]),
  ];
}

function fixedPart(container: unknown): unknown {
  return fixedResources(recordAt(container, "resources"));
}

function fixedResources(resources: JsonRecord): unknown {
  return ["limits", "requests"].map((side) => {
    const { cpu: _cpu, memory: _memory, ...others } = recordAt(resources, side);
    return others;
  });
}
