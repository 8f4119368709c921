import { withConditions } from "./conditions.ts";
import type { Condition } from "./meta-types.ts";
import type { Job, JobStatus } from "./workload-types.ts";

export function jobIsFinished({ status }: Job): boolean {
  return finishedCondition(status) !== undefined;
}

/** `Complete` or `Failed`, once one of them is true. */
export function finishedCondition(status: JobStatus | undefined): Condition | undefined {
  return status?.conditions?.find(
    ({ type, status: is }) => (type === "Complete" || type === "Failed") && is === "True",
  );
}

/** A condition that is already there with the same status stays as it is. */
export function withCondition(status: JobStatus, condition: Condition, now: string): JobStatus {
  const before = status.conditions?.find(({ type }) => type === condition.type);
  if (before?.status === condition.status) return status;
  return { ...status, conditions: withConditions(status.conditions, [{ ...condition, lastProbeTime: now }], now) };
}
