import type { ControlPlane } from "./control-plane.ts";
import type { JobBackOff } from "./job-back-off.ts";
import { type FailureMatch, matchFailure } from "./job-failure-policy.ts";
import { formatIndexes, indexOf, isIndexed, parseIndexes } from "./job-indexes.ts";
import { isTracked, releasePod } from "./job-pods.ts";
import { controlledObjects, pods } from "./kinds.ts";
import type { Pod } from "./pod-types.ts";
import { isTerminating } from "./pods.ts";
import type { Job, JobStatus } from "./workload-types.ts";

export interface Counted {
  readonly status: JobStatus;
  /** What the policy says when a pod's failure is that of the whole job. */
  readonly failJob: string | undefined;
}

/** Takes pods that have ended into the numbers of the job, each once: its finalizer says that it is still to be counted. */
export function countEnded(plane: ControlPlane, backOff: JobBackOff, job: Job, status: JobStatus): Counted {
  const tally = new Tally(job, status);
  for (const pod of controlledObjects(plane.store, pods, job)) {
    const end = isTracked(pod) ? endOf(job, pod) : undefined;
    if (end === undefined) continue;
    const index = indexOf(pod);
    if (end === "succeeded") {
      tally.addSuccess(index);
      backOff.succeeded(job, index);
    } else {
      const counts = tally.addFailure(pod, index, backOff.failures(job, index));
      // What the policy ignores delays the next pod all the same.
      if (counts || job.spec.backoffLimitPerIndex === undefined) backOff.failed(job, index);
    }
    releasePod(plane, pod);
  }
  return { status: tally.status(), failJob: tally.failJob };
}

function endOf({ spec }: Job, pod: Pod): "succeeded" | "failed" | undefined {
  if (pod.status?.phase === "Succeeded") return "succeeded";
  if (pod.status?.phase === "Failed") return "failed";
  if (!isTerminating(pod)) return undefined;
  const countsAtOnce = spec.podReplacementPolicy !== "Failed" || pod.status?.phase === "Pending";
  return countsAtOnce ? "failed" : undefined;
}

class Tally {
  failJob: string | undefined;
  readonly #job: Job;
  readonly #before: JobStatus;
  readonly #completed: Set<number>;
  readonly #failedIndexes: Set<number>;
  #succeeded: number;
  #failed: number;

  constructor(job: Job, status: JobStatus) {
    this.#job = job;
    this.#before = status;
    this.#completed = parseIndexes(status.completedIndexes);
    this.#failedIndexes = parseIndexes(status.failedIndexes);
    this.#succeeded = status.succeeded ?? 0;
    this.#failed = status.failed ?? 0;
  }

  addSuccess(index: number | undefined): void {
    if (!isIndexed(this.#job)) this.#succeeded += 1;
    else if (index !== undefined && index < (this.#job.spec.completions ?? 0)) this.#completed.add(index);
  }

  /** False: the policy takes no notice of it. */
  addFailure(pod: Pod, index: number | undefined, failuresBefore: number): boolean {
    const match: FailureMatch = matchFailure(this.#job, pod);
    if (match.action === "Ignore") return false;
    this.#failed += 1;
    if (match.action === "FailJob") this.failJob ??= match.message;
    const limit = this.#job.spec.backoffLimitPerIndex;
    if (index !== undefined && limit !== undefined && (match.action === "FailIndex" || failuresBefore >= limit)) {
      this.#failedIndexes.add(index);
    }
    return true;
  }

  status(): JobStatus {
    const {
      succeeded: _succeeded,
      failed: _failed,
      completedIndexes: _done,
      failedIndexes: _lost,
      ...rest
    } = this.#before;
    const indexed = isIndexed(this.#job);
    const succeeded = indexed ? this.#completed.size : this.#succeeded;
    return {
      ...rest,
      ...(succeeded > 0 ? { succeeded } : {}),
      ...(this.#failed > 0 ? { failed: this.#failed } : {}),
      ...(indexed && this.#completed.size > 0 ? { completedIndexes: formatIndexes(this.#completed) } : {}),
      ...(this.#job.spec.backoffLimitPerIndex === undefined
        ? {}
        : { failedIndexes: formatIndexes(this.#failedIndexes) }),
    };
  }
}
