import type { KubeObject } from "../../objects.ts";
import { generateJobSelector, setCronJobDefaults, setJobDefaults } from "../defaults/batch.ts";
import { at, listAt, numberAt, textAt } from "../json.ts";
import {
  ageColumn,
  column,
  conditionStatus,
  containerColumns,
  humanDuration,
  integerColumn,
  orNone,
  selectorText,
  since,
  wide,
} from "../printing/cells.ts";
import { defineResource, type ResourceType } from "../resource-type.ts";
import { validateCronJob, validateJob, validateNewJob } from "../validation/batch.ts";
import { validateJobUpdate } from "../validation/job-updates.ts";

const batch = { group: "batch", version: "v1", categories: ["all"] } as const;

export const batchResources: readonly ResourceType[] = [
  defineResource({
    ...batch,
    kind: "CronJob",
    plural: "cronjobs",
    shortNames: ["cj"],
    subresources: ["status"],
    typeName: "V1CronJob",
    setDefaults: setCronJobDefaults,
    initialStatus: () => ({}),
    validate: validateCronJob,
    columns: [
      column("Schedule", (job) => textAt(job, "spec", "schedule") ?? ""),
      column("Timezone", (job) => orNone(textAt(job, "spec", "timeZone"))),
      column("Suspend", (job) => (at(job, "spec", "suspend") === true ? "True" : "False")),
      integerColumn("Active", (job) => listAt(job, "status", "active").length),
      column("Last Schedule", (job, nowMs) => {
        const last = textAt(job, "status", "lastScheduleTime");
        return last === undefined ? "<none>" : since(last, nowMs);
      }),
      ageColumn,
      ...containerColumns("spec", "jobTemplate", "spec", "template"),
      wide(column("Selector", (job) => selectorText(at(job, "spec", "jobTemplate", "spec", "selector")))),
    ],
  }),
  defineResource({
    ...batch,
    kind: "Job",
    plural: "jobs",
    subresources: ["status"],
    typeName: "V1Job",
    setDefaults: setJobDefaults,
    prepare: generateJobSelector,
    initialStatus: () => ({}),
    validate: validateJob,
    validateCreate: validateNewJob,
    validateUpdate: validateJobUpdate,
    selectableFields: { "status.successful": (job) => String(numberAt(job, "status", "succeeded") ?? 0) },
    columns: [
      column("Status", jobStatus),
      column("Completions", completions),
      column("Duration", duration),
      ageColumn,
      ...containerColumns("spec", "template"),
      wide(column("Selector", (job) => selectorText(at(job, "spec", "selector")))),
    ],
  }),
];

/** In this order, as kubernetes: pkg/printers/internalversion, printJob. */
const namedByCondition: readonly (readonly [condition: string, shown: string])[] = [
  ["Suspended", "Suspended"],
  ["FailureTarget", "FailureTarget"],
  ["SuccessCriteriaMet", "SuccessCriteriaMet"],
];

function jobStatus(job: KubeObject): string {
  if (conditionStatus(job, "Complete") === "True") return "Complete";
  if (conditionStatus(job, "Failed") === "True") return "Failed";
  if (job.metadata.deletionTimestamp !== undefined) return "Terminating";
  return namedByCondition.find(([condition]) => conditionStatus(job, condition) === "True")?.[1] ?? "Running";
}

function completions(job: KubeObject): string {
  const succeeded = numberAt(job, "status", "succeeded") ?? 0;
  const wanted = numberAt(job, "spec", "completions");
  if (wanted !== undefined) return `${succeeded}/${wanted}`;
  const parallelism = numberAt(job, "spec", "parallelism") ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function duration(job: KubeObject, nowMs: number): string {
  const start = textAt(job, "status", "startTime");
  if (start === undefined) return "";
  const end = textAt(job, "status", "completionTime");
  return humanDuration((end === undefined ? nowMs : Date.parse(end)) - Date.parse(start));
}
