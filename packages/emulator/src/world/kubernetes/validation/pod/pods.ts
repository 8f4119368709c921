import type { KubeObject } from "../../../objects.ts";
import { listAt, numberAt, recordAt, sameJson, stringMapAt, textAt } from "../../json.ts";
import { childPath, type FieldError, forbiddenField, invalidValue, required } from "../field-errors.ts";
import { goDiff } from "../go-form.ts";
import { validateAnnotations, validateLabels } from "../metadata.ts";
import { validateEphemeral, validateEphemeralUpdate } from "./parts.ts";
import { gatedErrors, isGated, withAllowed } from "./pod-changes.ts";
import { validateResize } from "./resize.ts";
import { validatePodSpec } from "./spec.ts";

/** Rules and wording of kubernetes: pkg/apis/core/validation/validation.go. */

export function validatePod(pod: KubeObject): readonly FieldError[] {
  const spec = recordAt(pod, "spec");
  return [...costErrors(pod), ...validatePodSpec(spec, "spec"), ...validateEphemeral(spec, "spec.ephemeralContainers")];
}

const costAnnotation = "controller.kubernetes.io/pod-deletion-cost";

/** A whole number of 32 bits, written without a plus and leading zeros. */
function costErrors({ metadata }: KubeObject): FieldError[] {
  const cost = metadata.annotations?.[costAnnotation];
  if (cost === undefined || (/^(0|-?[1-9]\d*)$/.test(cost) && Math.abs(Number(cost) + 0.5) < 2 ** 31)) return [];
  return [invalidValue(`metadata.annotations[${costAnnotation}]`, cost, "must be a 32bit integer")];
}

export function validateNewPod(pod: KubeObject): readonly FieldError[] {
  const ephemeral = listAt(pod, "spec", "ephemeralContainers").length > 0;
  const bound = isGated(recordAt(pod, "spec")) && textAt(pod, "spec", "nodeName");
  return [
    ...(ephemeral ? [forbiddenField("spec.ephemeralContainers", "cannot be set on create")] : []),
    ...(bound ? [forbiddenField("spec.nodeName", "cannot be set until all schedulingGates have been cleared")] : []),
  ];
}

/** `claims` are volumes that a workload adds to those of the template. */
export function validateTemplate(
  template: unknown,
  path: string,
  claims: readonly string[] = [],
): readonly FieldError[] {
  const labels = recordAt(template, "metadata", "labels") as Record<string, string>;
  return [
    ...validateLabels(childPath(path, "labels"), labels),
    ...validateAnnotations(stringMapAt(template, "metadata", "annotations"), childPath(path, "annotations")),
    ...validatePodSpec(recordAt(template, "spec"), childPath(path, "spec"), claims),
  ];
}

/** What was let in before may stay. */
export function validatePodMetadata(next: KubeObject, previous: KubeObject): FieldError[] {
  return costErrors(previous).length > 0 ? [] : costErrors(next);
}

/** Only these may change in a running pod. */
export function validatePodUpdate(next: KubeObject, previous: KubeObject, subresource: string): readonly FieldError[] {
  if (subresource === "ephemeralcontainers") return validateEphemeralUpdate(next, previous);
  if (subresource === "resize") return validateResize(next, previous);
  if (subresource === "binding") return [];
  const counts = ["containers", "initContainers"].filter(
    (member) => listAt(next, "spec", member).length !== listAt(previous, "spec", member).length,
  );
  if (counts.length > 0)
    return counts.map((member) => forbiddenField(`spec.${member}`, "pod updates may not add or remove containers"));
  const deadline = deadlineErrors(next, previous);
  if (deadline.length > 0) return deadline;
  const before = recordAt(previous, "spec");
  const errors = [
    ...validatePodMetadata(next, previous),
    ...imageErrors(next),
    ...tolerationErrors(next, previous),
    ...gateErrors(next, previous),
    ...(isGated(before) ? gatedErrors(recordAt(next, "spec"), before) : []),
  ];
  const munged = withAllowed(recordAt(next, "spec"), before);
  return sameJson(munged, before)
    ? errors
    : [...errors, forbiddenField("spec", `${mayChange}\n${goDiff("core.PodSpec", before, munged)}`)];
}

const mayChange =
  "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/** Images may change, and so are looked at once more. */
function imageErrors(pod: KubeObject): readonly FieldError[] {
  return ["containers", "initContainers"].flatMap((member) =>
    listAt(pod, "spec", member).flatMap((container, index) => {
      const image = textAt(container, "image") ?? "";
      const path = `spec.${member}[${index}].image`;
      if (image === "") return [required(path)];
      return image.trim() === image ? [] : [invalidValue(path, image, "must not have leading or trailing whitespace")];
    }),
  );
}

/** Gates only go, one after the other or together. */
function gateErrors(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  const namesOf = (pod: KubeObject): string[] =>
    listAt(pod, "spec", "schedulingGates").map((gate) => textAt(gate, "name") ?? "");
  const before = namesOf(previous);
  return namesOf(next).flatMap((name, index) => {
    const why = `only deletion is allowed, but found new scheduling gate '${name}'`;
    return before.includes(name) ? [] : [forbiddenField(`spec.schedulingGates[${index}].name`, why)];
  });
}

/** It may come, and come nearer. */
function deadlineErrors(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  const [after, before] = [next, previous].map((pod) => numberAt(pod, "spec", "activeDeadlineSeconds"));
  const path = "spec.activeDeadlineSeconds";
  if (before === undefined || after === before) return [];
  if (after === undefined) return [invalidValue(path, null, "must not update from a positive integer to nil value")];
  return after > before ? [invalidValue(path, after, "must be less than or equal to previous value")] : [];
}

/** What is tolerated stays tolerated, be it for another while. */
function tolerationErrors(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  const lasting = (toleration: unknown): unknown => ({ ...recordAt(toleration), tolerationSeconds: undefined });
  const after = listAt(next, "spec", "tolerations").map(lasting);
  const isKept = listAt(previous, "spec", "tolerations").every((one) =>
    after.some((other) => sameJson(lasting(one), other)),
  );
  const why = "existing toleration can not be modified except its tolerationSeconds";
  return isKept ? [] : [forbiddenField("spec.tolerations", why)];
}
