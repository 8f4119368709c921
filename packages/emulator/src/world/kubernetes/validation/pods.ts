import type { KubeObject } from "../../objects.ts";
import { at, isRecord, type JsonRecord, listAt, numberAt, recordAt, sameJson, textAt } from "../json.ts";
import {
  childPath,
  duplicate,
  type FieldError,
  fieldNotFound,
  forbiddenField,
  invalidValue,
  itemPath,
  notSupported,
  required,
} from "./field-errors.ts";
import { validateLabels, validateName } from "./metadata.ts";
import { validateEphemeral, validateEphemeralUpdate, validateResize } from "./pod-parts.ts";
import { validatePort } from "./ports.ts";
import { validateProbe } from "./probes.ts";
import { validateResources } from "./quantities.ts";

/** Rules and wording of kubernetes: pkg/apis/core/validation/validation.go. */

export function validatePod(pod: KubeObject): readonly FieldError[] {
  const spec = recordAt(pod, "spec");
  return [...validatePodSpec(spec, "spec"), ...validateEphemeral(spec, "spec.ephemeralContainers")];
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
    ...validatePodSpec(recordAt(template, "spec"), childPath(path, "spec"), claims),
  ];
}

function validatePodSpec(spec: JsonRecord, path: string, claims: readonly string[] = []): readonly FieldError[] {
  const containers = listAt(spec, "containers");
  const volumes = [...listAt(spec, "volumes").map((volume) => textAt(volume, "name") ?? ""), ...claims];
  const policy = spec["restartPolicy"];
  const grace = numberAt(spec, "terminationGracePeriodSeconds") ?? 0;
  return [
    ...(containers.length === 0 ? [required(childPath(path, "containers"))] : []),
    ...containers.flatMap((one, index) =>
      validateContainer(one, itemPath(childPath(path, "containers"), index), volumes),
    ),
    ...listAt(spec, "initContainers").flatMap((one, index) =>
      validateContainer(one, itemPath(childPath(path, "initContainers"), index), volumes),
    ),
    ...duplicates(containers, childPath(path, "containers"), "name"),
    ...duplicates(listAt(spec, "volumes"), childPath(path, "volumes"), "name"),
    ...oneOf(policy, ["Always", "OnFailure", "Never"], childPath(path, "restartPolicy")),
    ...(grace < 0
      ? [invalidValue(childPath(path, "terminationGracePeriodSeconds"), grace, "must be greater than or equal to 0")]
      : []),
  ];
}

function validateContainer(container: unknown, path: string, volumes: readonly string[]): readonly FieldError[] {
  const name = textAt(container, "name");
  const image = textAt(container, "image");
  return [
    ...(name ? validateName(childPath(path, "name"), name, "label") : [required(childPath(path, "name"))]),
    ...(image ? validateImage(image, childPath(path, "image")) : [required(childPath(path, "image"))]),
    ...oneOf(at(container, "imagePullPolicy"), ["Always", "IfNotPresent", "Never"], childPath(path, "imagePullPolicy")),
    ...listAt(container, "ports").flatMap((port, index) =>
      validateContainerPort(port, itemPath(childPath(path, "ports"), index)),
    ),
    ...listAt(container, "env").flatMap((one, index) => validateVariable(one, itemPath(childPath(path, "env"), index))),
    ...listAt(container, "volumeMounts").flatMap((mount, index) =>
      validateMount(mount, itemPath(childPath(path, "volumeMounts"), index), volumes),
    ),
    ...validateResources(recordAt(container, "resources"), childPath(path, "resources")),
    ...(["startupProbe", "livenessProbe", "readinessProbe"] as const).flatMap((kind) => {
      const probe = at(container, kind);
      return isRecord(probe) ? validateProbe(probe, childPath(path, kind), kind !== "readinessProbe") : [];
    }),
  ];
}

function validateImage(image: string, path: string): readonly FieldError[] {
  return image === image.trim() ? [] : [invalidValue(path, image, "must not have leading or trailing whitespace")];
}

function validateContainerPort(port: unknown, path: string): readonly FieldError[] {
  const name = textAt(port, "name");
  const number = numberAt(port, "containerPort");
  const badName = name !== undefined && !/^(?=.{1,15}$)(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name);
  return [
    ...(number === undefined ? [] : validatePort(number, childPath(path, "containerPort"))),
    ...oneOf(at(port, "protocol"), ["SCTP", "TCP", "UDP"], childPath(path, "protocol")),
    ...(badName ? [invalidValue(childPath(path, "name"), name, portNameRule(name))] : []),
  ];
}

function portNameRule(name: string): string {
  if (name.length > 15) return "must be no more than 15 characters";
  return "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)";
}

function validateVariable(variable: unknown, path: string): readonly FieldError[] {
  const name = textAt(variable, "name") ?? "";
  const both = at(variable, "valueFrom") !== undefined && Boolean(textAt(variable, "value"));
  return [
    ...(name === "" ? [required(childPath(path, "name"))] : []),
    ...(name.includes("=") || /[^\x20-\x7e]/.test(name)
      ? [
          invalidValue(
            childPath(path, "name"),
            name,
            "a valid environment variable name must consist only of printable ASCII characters other than '='",
          ),
        ]
      : []),
    ...(both ? [invalidValue(childPath(path, "valueFrom"), "", "may not be specified when `value` is not empty")] : []),
  ];
}

function validateMount(mount: unknown, path: string, volumes: readonly string[]): readonly FieldError[] {
  const name = textAt(mount, "name") ?? "";
  return name === "" || volumes.includes(name) ? [] : [fieldNotFound(childPath(path, "name"), name)];
}

/** Only these may change in a running pod. */
export function validatePodUpdate(next: KubeObject, previous: KubeObject, subresource: string): readonly FieldError[] {
  if (subresource === "ephemeralcontainers") return validateEphemeralUpdate(next, previous);
  if (subresource === "resize") return validateResize(next, previous);
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
  const { activeDeadlineSeconds: _, tolerations: __, nodeName: ___, schedulingGates: ____, ...rest } = spec;
  const withoutImage = (container: unknown): unknown => ({ ...recordAt(container), image: undefined });
  return {
    ...rest,
    containers: listAt(spec, "containers").map(withoutImage),
    initContainers: listAt(spec, "initContainers").map(withoutImage),
  };
}

export function oneOf(value: unknown, supported: readonly string[], path: string): readonly FieldError[] {
  if (value === undefined || (typeof value === "string" && supported.includes(value))) return [];
  return [notSupported(path, value, supported)];
}

function duplicates(items: readonly unknown[], path: string, member: string): readonly FieldError[] {
  const names = items.map((item) => textAt(item, member) ?? "");
  return names.flatMap((name, index) =>
    name !== "" && names.indexOf(name) < index ? [duplicate(childPath(itemPath(path, index), member), name)] : [],
  );
}
