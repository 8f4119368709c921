import type { KubeObject } from "../../objects.ts";
import { type JsonRecord, listAt, numberAt, recordAt, scalarText, textAt } from "../json.ts";
import { duplicate, type FieldError, invalidValue, itemPath, omittedValue, required } from "./field-errors.ts";
import { validateNotNegative } from "./ports.ts";

/** Rules and wording of kubernetes: pkg/apis/batch/validation/validation.go, the status of a job. */
export function validateJobStatus(job: KubeObject, previous: KubeObject): readonly FieldError[] {
  const [status, before] = [recordAt(job, "status"), recordAt(previous, "status")];
  return [
    ...["active", "succeeded", "failed", "ready", "terminating"].flatMap((member) =>
      validateNotNegative(status[member], `status.${member}`),
    ),
    ...validateUncounted(recordAt(status, "uncountedTerminatedPods")),
    ...validateConditions(recordAt(job, "spec"), status),
    ...validateFinished(status),
    ...validateIndexes(recordAt(job, "spec"), status),
    ...validateChange(status, before),
  ];
}

function isTrue(status: JsonRecord, type: string): boolean {
  return listAt(status, "conditions").some((one) => textAt(one, "type") === type && textAt(one, "status") === "True");
}

function inConditions(why: string): FieldError {
  return invalidValue("status.conditions", omittedValue, why);
}

function validateUncounted(pods: JsonRecord): readonly FieldError[] {
  const seen = new Set<unknown>();
  return ["succeeded", "failed"].flatMap((member) =>
    listAt(pods, member).flatMap((uid, index) => {
      const path = itemPath(`status.uncountedTerminatedPods.${member}`, index);
      if (uid === "") return [invalidValue(path, uid, "must not be empty")];
      if (seen.has(uid)) return [duplicate(path, uid)];
      seen.add(uid);
      return [];
    }),
  );
}

function validateConditions(spec: JsonRecord, status: JsonRecord): readonly FieldError[] {
  const has = (type: string): boolean => isTrue(status, type);
  const [complete, failed, met, target] = ["Complete", "Failed", "SuccessCriteriaMet", "FailureTarget"].map(has);
  const { completionTime, startTime } = status;
  const early =
    completionTime !== undefined && startTime !== undefined && scalarText(completionTime) < scalarText(startTime);
  const cannot = (when: boolean | undefined, why: string): readonly FieldError[] => (when ? [inConditions(why)] : []);
  return [
    ...cannot(complete && failed, "cannot set Complete=True and Failed=true conditions"),
    ...cannot(complete && target, "cannot set Complete=True and FailureTarget=true conditions"),
    ...(completionTime !== undefined && !complete
      ? [
          invalidValue(
            "status.completionTime",
            completionTime,
            "cannot set completionTime when there is no Complete=True condition",
          ),
        ]
      : []),
    ...(completionTime === undefined && complete
      ? [required("status.completionTime", "completionTime is required for Complete jobs")]
      : []),
    ...(early ? [invalidValue("status.completionTime", completionTime, "must be equal to or after `startTime`")] : []),
    ...cannot(failed && !target, "cannot set Failed=True condition without the FailureTarget=true condition"),
    ...cannot(complete && !met, "cannot set Complete=True condition without the SuccessCriteriaMet=true condition"),
    ...cannot(met && failed, "cannot set SuccessCriteriaMet=True and Failed=true conditions"),
    ...cannot(met && target, "cannot set SuccessCriteriaMet=True and FailureTarget=true conditions"),
    ...cannot(
      spec["successPolicy"] !== undefined && !met && complete,
      "cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True",
    ),
  ];
}

function validateFinished(status: JsonRecord): readonly FieldError[] {
  const isFinished = isTrue(status, "Complete") || isTrue(status, "Failed");
  const countOf = (member: string): number => numberAt(status, member) ?? 0;
  const uncounted = recordAt(status, "uncountedTerminatedPods");
  const some = listAt(uncounted, "succeeded").length + listAt(uncounted, "failed").length > 0;
  const more = "cannot set more ready pods than active";
  return [
    ...(isFinished && countOf("active") > 0
      ? [invalidValue("status.active", countOf("active"), "active>0 is invalid for finished job")]
      : []),
    ...(isFinished && status["startTime"] === undefined
      ? [required("status.startTime", "startTime is required for finished job")]
      : []),
    ...(isFinished && some
      ? [invalidValue("status.uncountedTerminatedPods", asGo(uncounted), "must be empty for finished job")]
      : []),
    ...(isFinished && countOf("terminating") > 0
      ? [invalidValue("status.terminating", countOf("terminating"), "terminating>0 is invalid for finished job")]
      : []),
    ...(status["ready"] !== undefined && countOf("active") >= 0 && countOf("ready") > countOf("active")
      ? [invalidValue("status.ready", countOf("ready"), more)]
      : []),
  ];
}

function asGo(uncounted: JsonRecord): JsonRecord {
  return { Succeeded: uncounted["succeeded"] ?? null, Failed: uncounted["failed"] ?? null };
}

function validateIndexes(spec: JsonRecord, status: JsonRecord): readonly FieldError[] {
  const { completedIndexes, failedIndexes } = status;
  const noMode = "cannot set non-empty completedIndexes when non-indexed completion mode";
  const noLimit = "cannot set non-null failedIndexes when backoffLimitPerIndex is null";
  return [
    ...(completedIndexes !== undefined && spec["completionMode"] !== "Indexed"
      ? [invalidValue("status.completedIndexes", completedIndexes, noMode)]
      : []),
    ...(failedIndexes !== undefined && spec["backoffLimitPerIndex"] === undefined
      ? [invalidValue("status.failedIndexes", failedIndexes, noLimit)]
      : []),
  ];
}

/** What has ended stays so, and nothing is counted back. */
function validateChange(status: JsonRecord, before: JsonRecord): readonly FieldError[] {
  const countOf = (of: JsonRecord, member: string): number => numberAt(of, member) ?? 0;
  return [
    ...["Failed", "Complete", "FailureTarget"]
      .filter((type) => isTrue(before, type) && !isTrue(status, type))
      .map((type) => inConditions(`cannot disable the terminal ${type}=True condition`)),
    ...["failed", "succeeded"]
      .filter((member) => countOf(status, member) < countOf(before, member))
      .map((member) =>
        invalidValue(`status.${member}`, countOf(status, member), `cannot decrease the ${member} counter`),
      ),
    ...(isTrue(before, "SuccessCriteriaMet") && !isTrue(status, "SuccessCriteriaMet")
      ? [inConditions("cannot disable the SuccessCriteriaMet=True condition")]
      : []),
  ];
}
