import type { KubeObject } from "../../../objects.ts";
import { listAt, recordAt, sameJson, stringMapAt, textAt } from "../../json.ts";
import { childPath, type FieldError, forbiddenField } from "../field-errors.ts";
import { validateAnnotations, validateLabels } from "../metadata.ts";
import { validateEphemeral, validateEphemeralUpdate, validateResize } from "./parts.ts";
import { validatePodSpec } from "./spec.ts";

/** Rules and wording of kubernetes: pkg/apis/core/validation/validation.go. */

export function validatePod(pod: KubeObject): readonly FieldError[] {
  const spec = recordAt(pod, "spec");
  return [...validatePodSpec(spec, "spec"), ...validateEphemeral(spec, "spec.ephemeralContainers")];
}

export function validateNewPod(pod: KubeObject): readonly FieldError[] {
  const ephemeral = listAt(pod, "spec", "ephemeralContainers").length > 0;
  return ephemeral ? [forbiddenField("spec.ephemeralContainers", "cannot be set on create")] : [];
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
  const gates = gateErrors(next, previous);
  if (gates.length > 0 || sameJson(fixedSpec(next), fixedSpec(previous))) return gates;
  return [
    forbiddenField(
      "spec",
      "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
    ),
  ];
}

/** Gates only go, one after the other or together. */
function gateErrors(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  const namesOf = (pod: KubeObject): string[] =>
    listAt(pod, "spec", "schedulingGates").map((gate) => textAt(gate, "name") ?? "");
  const before = namesOf(previous);
  const added = namesOf(next).find((name) => !before.includes(name));
  if (added === undefined) return [];
  const why = `only deletion is allowed, but found new scheduling gate ${JSON.stringify(added)}`;
  return [forbiddenField("spec.schedulingGates", why)];
}

function fixedSpec(pod: KubeObject): unknown {
  const spec = recordAt(pod, "spec");
  const { activeDeadlineSeconds: _, tolerations: __, schedulingGates: ___, ...rest } = spec;
  const withoutImage = (container: unknown): unknown => ({ ...recordAt(container), image: undefined });
  return {
    ...rest,
    containers: listAt(spec, "containers").map(withoutImage),
    initContainers: listAt(spec, "initContainers").map(withoutImage),
  };
}
