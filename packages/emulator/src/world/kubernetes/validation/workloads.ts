import type { KubeObject } from "../../objects.ts";
import { at, isRecord, type JsonRecord, listAt, recordAt, stringMapAt, textAt } from "../json.ts";
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from "./field-errors.ts";
import { validateImmutable } from "./metadata.ts";
import { validateTemplate } from "./pod/pods.ts";
import { validateIntOrPercent, validateNotNegative } from "./ports.ts";
import { validateSelector } from "./selectors.ts";
import { oneOf } from "./values.ts";

/** Rules and wording of kubernetes: pkg/apis/apps/validation/validation.go. */

export function validateDeployment(deployment: KubeObject): readonly FieldError[] {
  const spec = recordAt(deployment, "spec");
  const deadline = Number(spec["progressDeadlineSeconds"] ?? 600);
  const minReady = Number(spec["minReadySeconds"] ?? 0);
  return [
    ...validateReplicaSet(deployment),
    ...validateStrategy(recordAt(spec, "strategy")),
    ...validateNotNegative(spec["revisionHistoryLimit"], "spec.revisionHistoryLimit"),
    ...validateNotNegative(spec["progressDeadlineSeconds"], "spec.progressDeadlineSeconds"),
    ...(deadline <= minReady
      ? [invalidValue("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds")]
      : []),
  ];
}

export function validateReplicaSet(workload: KubeObject): readonly FieldError[] {
  return validateReplicated(workload, "deployment");
}

/** A selector of a replication controller is a plain map. */
export function validateReplicationController(controller: KubeObject): readonly FieldError[] {
  const spec = recordAt(controller, "spec");
  const selector = stringMapAt(spec, "selector");
  const labels = stringMapAt(spec, "template", "metadata", "labels");
  const matches = Object.entries(selector).every(([key, value]) => labels[key] === value);
  return [
    ...validateNotNegative(spec["minReadySeconds"], "spec.minReadySeconds"),
    ...(Object.keys(selector).length === 0 ? [required("spec.selector")] : []),
    ...validateNotNegative(spec["replicas"], "spec.replicas"),
    ...(isRecord(spec["template"]) ? validateTemplate(spec["template"], "spec.template") : [required("spec.template")]),
    ...oneOf(at(spec, "template", "spec", "restartPolicy"), ["Always"], "spec.template.spec.restartPolicy"),
    ...(matches
      ? []
      : [invalidValue("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")]),
  ];
}

/** What all that keeps pods running has in common. `kind` as the messages name it. */
export function validateReplicated(workload: KubeObject, kind: string, claims: readonly string[] = []): FieldError[] {
  const spec = recordAt(workload, "spec");
  const path = "spec.template.spec";
  return [
    ...validateNotNegative(spec["replicas"], "spec.replicas"),
    ...validateNotNegative(spec["minReadySeconds"], "spec.minReadySeconds"),
    ...validateTemplateSelector(spec, kind, claims),
    ...oneOf(at(spec, "template", "spec", "restartPolicy"), ["Always"], `${path}.restartPolicy`),
    ...(at(spec, "template", "spec", "activeDeadlineSeconds") === undefined
      ? []
      : [forbiddenField(`${path}.activeDeadlineSeconds`, `activeDeadlineSeconds in ${kinds[kind]} is not Supported`)]),
  ];
}

const kinds: Readonly<Record<string, string>> = {
  deployment: "ReplicaSet",
  statefulset: "StatefulSet",
  daemonset: "DaemonSet",
};

export function validateSelectorUpdate(next: KubeObject, previous: KubeObject): readonly FieldError[] {
  return validateImmutable("spec.selector", at(next, "spec", "selector"), at(previous, "spec", "selector"));
}

/** Whether a label selector object selects these labels. An empty selector selects everything. */
export function selectsLabels(selector: unknown, labels: Readonly<Record<string, string>>): boolean {
  const equal = Object.entries(stringMapAt(selector, "matchLabels")).every(([key, value]) => labels[key] === value);
  return equal && listAt(selector, "matchExpressions").every((expression) => holds(expression, labels));
}

/** The template is looked at only when the selector can be read. */
function validateTemplateSelector(spec: JsonRecord, kind: string, claims: readonly string[]): readonly FieldError[] {
  const { selector, template } = spec;
  const isDaemon = kind === "daemonset";
  const empty =
    listAt(selector, "matchExpressions").length + Object.keys(recordAt(selector, "matchLabels")).length === 0;
  const errors = validateSelector(selector, "spec.selector");
  const inTemplate = isRecord(template) ? validateTemplate(template, "spec.template", claims) : [];
  const unreadable = invalidValue("spec.selector", selector, kind === "statefulset" ? "" : "invalid label selector");
  return [
    ...errors,
    ...(isRecord(selector) || isDaemon ? [] : [required("spec.selector")]),
    ...(isRecord(selector) && empty
      ? [invalidValue("spec.selector", selector, `empty selector is invalid for ${kind}`)]
      : []),
    ...(errors.length > 0
      ? isDaemon
        ? inTemplate
        : [unreadable]
      : [...validateTemplateLabels(selector, template), ...inTemplate]),
  ];
}

function validateTemplateLabels(selector: unknown, template: unknown): readonly FieldError[] {
  const labels = stringMapAt(template, "metadata", "labels");
  // No selector at all selects nothing.
  if (isRecord(selector) && selectsLabels(selector, labels)) return [];
  const shown = Object.keys(labels).length === 0 ? null : labels;
  return [invalidValue("spec.template.metadata.labels", shown, "`selector` does not match template `labels`")];
}

function validateStrategy(strategy: Record<string, unknown>): readonly FieldError[] {
  const rolling = recordAt(strategy, "rollingUpdate");
  const path = "spec.strategy.rollingUpdate";
  if (strategy["type"] === "Recreate") {
    return strategy["rollingUpdate"] === undefined
      ? []
      : [forbiddenField(path, "may not be specified when strategy `type` is 'Recreate'")];
  }
  const none = isZero(rolling["maxUnavailable"]) && isZero(rolling["maxSurge"]);
  return [
    ...(strategy["type"] === "RollingUpdate"
      ? []
      : [
          notSupported(
            "spec.strategy",
            { Type: strategy["type"] ?? "", RollingUpdate: strategy["rollingUpdate"] ?? null },
            ["Recreate", "RollingUpdate"],
          ),
        ]),
    ...validateIntOrPercent(rolling["maxUnavailable"], `${path}.maxUnavailable`),
    // A surge may be more than all.
    ...(typeof rolling["maxSurge"] === "string" && /^\d+%$/.test(rolling["maxSurge"])
      ? []
      : validateIntOrPercent(rolling["maxSurge"], `${path}.maxSurge`)),
    ...(none
      ? [invalidValue(`${path}.maxUnavailable`, rolling["maxUnavailable"], "may not be 0 when `maxSurge` is 0")]
      : []),
  ];
}

function isZero(value: unknown): boolean {
  return value === 0 || value === "0%";
}

function holds(expression: unknown, labels: Readonly<Record<string, string>>): boolean {
  const value = labels[textAt(expression, "key") ?? ""];
  const values = listAt(expression, "values");
  switch (textAt(expression, "operator") ?? "") {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default:
      return false;
  }
}
