import { parseCron, wallClockMs } from "../../cron-schedule.ts";
import type { KubeObject } from "../../objects.ts";
import { at, isRecord, type JsonRecord, listAt, numberAt, recordAt, stringMapAt, textAt } from "../json.ts";
import { childPath, type FieldError, invalidValue, notSupported, required } from "./field-errors.ts";
import { isDomainPath } from "./ingress.ts";
import { validateFailurePolicy, validateSuccessPolicy } from "./job-policies.ts";
import { validateTemplate } from "./pod/pods.ts";
import { validateNotNegative } from "./ports.ts";
import { oneOf } from "./values.ts";
import { selectsLabels } from "./workloads.ts";

/** Rules and wording of kubernetes: pkg/apis/batch/validation/validation.go. */

export function validateJob(job: KubeObject): readonly FieldError[] {
  const spec = recordAt(job, "spec");
  return [...validateOwnSelector(spec, "spec"), ...validateJobSpec(spec, "spec")];
}

/** Its pods are labelled with its name. */
export function validateNewJob(job: KubeObject): readonly FieldError[] {
  const { name } = job.metadata;
  if (at(job, "spec", "manualSelector") === true) return [];
  return [
    ...(name.length > 63 ? [invalidValue("spec.template.labels", name, "must be no more than 63 bytes")] : []),
    ...validateGeneratedSelector(recordAt(job, "spec")),
  ];
}

/** The server makes the selector, and takes no other. */
function validateGeneratedSelector({ selector, template }: JsonRecord): readonly FieldError[] {
  if (!isRecord(selector) || Object.keys(selector).length === 0) return [];
  const labels = stringMapAt(template, "metadata", "labels");
  return [
    invalidValue("spec.selector", selector, "`selector` not auto-generated"),
    ...(selectsLabels(selector, labels)
      ? []
      : [invalidValue("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")]),
  ];
}

export function validateCronJob(job: KubeObject): readonly FieldError[] {
  const spec = recordAt(job, "spec");
  const jobSpec = recordAt(spec, "jobTemplate", "spec");
  const path = "spec.jobTemplate.spec";
  return [
    ...(job.metadata.name.length > 52
      ? [invalidValue("metadata.name", job.metadata.name, "must be no more than 52 characters")]
      : []),
    ...validateSchedule(textAt(spec, "schedule") ?? ""),
    ...validateTimeZone(spec["timeZone"]),
    ...validateNotNegative(spec["startingDeadlineSeconds"], "spec.startingDeadlineSeconds"),
    ...oneOf(spec["concurrencyPolicy"], ["Allow", "Forbid", "Replace"], "spec.concurrencyPolicy"),
    ...validateNotNegative(spec["successfulJobsHistoryLimit"], "spec.successfulJobsHistoryLimit"),
    ...validateNotNegative(spec["failedJobsHistoryLimit"], "spec.failedJobsHistoryLimit"),
    ...(jobSpec["selector"] === undefined
      ? []
      : [invalidValue(`${path}.selector`, jobSpec["selector"], "`selector` will be auto-generated")]),
    ...(jobSpec["manualSelector"] === true ? [notSupported(`${path}.manualSelector`, true, ["nil", "false"])] : []),
    ...validateJobSpec(jobSpec, path),
  ];
}

function validateSchedule(schedule: string): readonly FieldError[] {
  if (schedule === "") return [required("spec.schedule")];
  if (schedule.includes("TZ")) {
    const why = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
    return [invalidValue("spec.schedule", schedule, why)];
  }
  const parsed = parseCron(schedule);
  return typeof parsed === "string" ? [invalidValue("spec.schedule", schedule, parsed)] : [];
}

function validateTimeZone(zone: unknown): readonly FieldError[] {
  if (typeof zone !== "string") return [];
  if (zone === "") return [invalidValue("spec.timeZone", zone, "timeZone must be nil or non-empty string")];
  if (zone.toLowerCase() === "local") {
    const why = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
    return [invalidValue("spec.timeZone", zone, why)];
  }
  return wallClockMs(0, zone) === undefined ? [invalidValue("spec.timeZone", zone, `unknown time zone ${zone}`)] : [];
}

/** The selector is the server's business, unless `manualSelector` says otherwise. */
function validateOwnSelector(spec: JsonRecord, path: string): readonly FieldError[] {
  if (spec["manualSelector"] !== true) return [];
  const labels = stringMapAt(spec, "template", "metadata", "labels");
  if (isRecord(spec["selector"]) && selectsLabels(spec["selector"], labels)) return [];
  const shown = Object.keys(labels).length === 0 ? null : labels;
  return [
    ...(isRecord(spec["selector"]) ? [] : [required(childPath(path, "selector"))]),
    invalidValue(`${path}.template.metadata.labels`, shown, "`selector` does not match template `labels`"),
  ];
}

const counts = [
  "parallelism",
  "completions",
  "activeDeadlineSeconds",
  "backoffLimit",
  "ttlSecondsAfterFinished",
  "backoffLimitPerIndex",
  "maxFailedIndexes",
];

export function validateJobSpec(spec: JsonRecord, path: string): readonly FieldError[] {
  return [
    ...counts.flatMap((name) => validateNotNegative(spec[name], childPath(path, name))),
    ...oneOf(spec["completionMode"], ["NonIndexed", "Indexed"], childPath(path, "completionMode")),
    ...(spec["completionMode"] === "Indexed" ? validateIndexed(spec, path) : validateNotIndexed(spec, path)),
    ...(isRecord(spec["template"]) ? validateTemplate(spec["template"], childPath(path, "template")) : []),
    ...validateRestartPolicy(spec, `${path}.template.spec.restartPolicy`),
    ...validateFailurePolicy(spec, path),
    ...(typeof spec["managedBy"] === "string" && !isDomainPath(spec["managedBy"])
      ? [
          invalidValue(
            childPath(path, "managedBy"),
            spec["managedBy"],
            'must be a domain-prefixed path (such as "acme.io/foo")',
          ),
        ]
      : []),
    ...oneOf(spec["podReplacementPolicy"], allowedReplacement(spec), childPath(path, "podReplacementPolicy")),
  ];
}

function allowedReplacement(spec: JsonRecord): readonly string[] {
  return spec["podFailurePolicy"] === undefined ? ["Failed", "TerminatingOrFailed"] : ["Failed"];
}

function validateIndexed(spec: JsonRecord, path: string): readonly FieldError[] {
  const most = 100_000;
  const parallelism = numberAt(spec, "parallelism") ?? 0;
  const why = `must be less than or equal to ${most} when completion mode is Indexed`;
  const failed = numberAt(spec, "maxFailedIndexes") ?? 0;
  return [
    ...validateSuccessPolicy(spec, path),
    ...(failed > (numberAt(spec, "completions") ?? failed)
      ? [invalidValue(childPath(path, "maxFailedIndexes"), failed, "must be less than or equal to completions")]
      : []),
    ...(spec["completions"] === undefined
      ? [required(childPath(path, "completions"), "when completion mode is Indexed")]
      : []),
    ...(parallelism > most ? [invalidValue(childPath(path, "parallelism"), parallelism, why)] : []),
    ...(spec["maxFailedIndexes"] !== undefined && spec["backoffLimitPerIndex"] === undefined
      ? [required(childPath(path, "backoffLimitPerIndex"), "when maxFailedIndexes is specified")]
      : []),
  ];
}

function validateNotIndexed(spec: JsonRecord, path: string): readonly FieldError[] {
  const { successPolicy } = spec;
  const rules = listAt(successPolicy, "rules").map((rule) => ({
    SucceededIndexes: at(rule, "succeededIndexes") ?? null,
    SucceededCount: at(rule, "succeededCount") ?? null,
  }));
  const needsMode = "requires indexed completion mode";
  return [
    ...(successPolicy === undefined
      ? []
      : [invalidValue(childPath(path, "successPolicy"), { Rules: rules }, needsMode)]),
    ...(spec["maxFailedIndexes"] !== undefined && spec["backoffLimitPerIndex"] === undefined
      ? [required(childPath(path, "backoffLimitPerIndex"), "when maxFailedIndexes is specified")]
      : []),
    ...["backoffLimitPerIndex", "maxFailedIndexes"].flatMap((name) =>
      spec[name] === undefined ? [] : [invalidValue(childPath(path, name), spec[name], needsMode)],
    ),
  ];
}

function validateRestartPolicy(spec: JsonRecord, path: string): readonly FieldError[] {
  const policy = at(spec, "template", "spec", "restartPolicy");
  if (policy === undefined || policy === "Always") return [required(path, 'valid values: "OnFailure", "Never"')];
  if (spec["podFailurePolicy"] !== undefined && policy !== "Never") {
    return [invalidValue(path, policy, 'only "Never" is supported when podFailurePolicy is specified')];
  }
  return oneOf(policy, ["OnFailure", "Never"], path);
}
