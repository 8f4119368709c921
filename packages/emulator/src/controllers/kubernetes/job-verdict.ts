import { parseIndexes } from "./job-indexes.ts";
import type { Pod } from "./pod-types.ts";
import type { Job, JobStatus } from "./workload-types.ts";

export interface Failure {
  readonly reason: string;
  readonly message: string;
}

/** Why the job has failed; undefined while it has not. What was decided before stays. */
export function failureOf(
  job: Job,
  status: JobStatus,
  own: readonly Pod[],
  failJob: string | undefined,
  nowMs: number,
): Failure | undefined {
  const decided = status.conditions?.find(({ type }) => type === "FailureTarget");
  if (decided) return { reason: decided.reason ?? "", message: decided.message ?? "" };
  if (status.conditions?.some(({ type }) => type === "SuccessCriteriaMet")) return undefined;
  if (failJob !== undefined) return { reason: "PodFailurePolicy", message: failJob };
  const { spec } = job;
  const limit = spec.backoffLimit ?? 6;
  if ((status.failed ?? 0) > limit || restartsExceed(job, own, limit)) {
    return { reason: "BackoffLimitExceeded", message: "Job has reached the specified backoff limit" };
  }
  const deadlineMs =
    Date.parse(status.startTime ?? "") + (spec.activeDeadlineSeconds ?? Number.POSITIVE_INFINITY) * 1_000;
  if (nowMs >= deadlineMs) {
    return { reason: "DeadlineExceeded", message: "Job was active longer than specified deadline" };
  }
  return failedIndexes(job, status);
}

/** Containers that are restarted in their pods count as well. */
function restartsExceed({ spec }: Job, own: readonly Pod[], limit: number): boolean {
  if (spec.template.spec.restartPolicy !== "OnFailure") return false;
  const running = own.filter(({ status }) => status?.phase === "Running" || status?.phase === "Pending");
  const restarts = running.reduce(
    (total, { status }) =>
      [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].reduce(
        (sum, { restartCount }) => sum + restartCount,
        total,
      ),
    0,
  );
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

function failedIndexes({ spec }: Job, status: JobStatus): Failure | undefined {
  const failed = parseIndexes(status.failedIndexes).size;
  if (spec.maxFailedIndexes !== undefined && failed > spec.maxFailedIndexes) {
    const message = "Job has exceeded the specified maximal number of failed indexes";
    return { reason: "MaxFailedIndexesExceeded", message };
  }
  const all = failed + (status.succeeded ?? 0) >= (spec.completions ?? Number.POSITIVE_INFINITY);
  return failed > 0 && all ? { reason: "FailedIndexes", message: "Job has failed indexes" } : undefined;
}

/** Without completions (a work queue): one has succeeded and none runs any more. */
export function isSuccessful({ spec }: Job, { succeeded = 0 }: JobStatus, active: number): boolean {
  if (spec.suspend) return false;
  return spec.completions === undefined ? succeeded > 0 && active === 0 : succeeded >= spec.completions;
}

/** The first rule of the success policy that is fulfilled. */
export function matchedSuccessRule({ spec }: Job, status: JobStatus): number | undefined {
  const completed = parseIndexes(status.completedIndexes);
  const index = (spec.successPolicy?.rules ?? []).findIndex(({ succeededIndexes, succeededCount }) => {
    const meant = succeededIndexes === undefined ? undefined : parseIndexes(succeededIndexes);
    const matching = meant ? [...completed].filter((one) => meant.has(one)).length : completed.size;
    return matching >= (succeededCount ?? meant?.size ?? Number.POSITIVE_INFINITY);
  });
  return index < 0 ? undefined : index;
}
