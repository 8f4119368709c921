import type { Clock } from "@fairway/kernel";
import type { Job } from "./workload-types.ts";

const firstMs = 10_000;
const longestMs = 600_000;

/** How long a job waits with a new pod after others of it have failed: 10 s, 20 s … 10 min, for each index alone if so. */
export interface JobBackOff {
  succeeded(job: Job, index: number | undefined): void;
  failed(job: Job, index: number | undefined): void;
  dueMs(job: Job, index: number | undefined): number;
  failures(job: Job, index: number | undefined): number;
  /** The API server has refused a pod. Returns when the next one may be tried: 1 s, 2 s … 1 min later. */
  refused(job: Job): number;
  /** No pod was refused any more. */
  allowed(job: Job): void;
  /** Pods are not created before; 0 for at once. */
  refusedUntilMs(job: Job): number;
  forget(job: Job): void;
}

const firstRefusalMs = 1_000;
const longestRefusalMs = 60_000;

interface Failures {
  readonly count: number;
  readonly lastMs: number;
}

/** Source: kubernetes/kubernetes pkg/controller/job/backoff_utils.go. */
export function createJobBackOff(clock: Clock): JobBackOff {
  const known = new Map<string, Map<string, Failures>>();
  const refusals = new Map<string, { readonly count: number; readonly untilMs: number }>();
  const uidOf = ({ metadata }: Job): string => metadata.uid ?? "";

  function of(job: Job): Map<string, Failures> {
    const uid = uidOf(job);
    const failures = known.get(uid) ?? new Map<string, Failures>();
    known.set(uid, failures);
    return failures;
  }
  /** Indexes wait alone only when they have a limit of their own. */
  const keyOf = (job: Job, index: number | undefined): string =>
    job.spec.backoffLimitPerIndex === undefined ? "" : String(index);

  return {
    succeeded: (job, index) => void of(job).delete(keyOf(job, index)),
    failed(job, index) {
      const key = keyOf(job, index);
      const count = (of(job).get(key)?.count ?? 0) + 1;
      of(job).set(key, { count, lastMs: clock.now() });
    },
    dueMs(job, index) {
      const failures = of(job).get(keyOf(job, index));
      if (!failures) return 0;
      return failures.lastMs + Math.min(longestMs, firstMs * 2 ** Math.min(failures.count - 1, 20));
    },
    failures: (job, index) => of(job).get(keyOf(job, index))?.count ?? 0,
    refused(job) {
      const count = (refusals.get(uidOf(job))?.count ?? 0) + 1;
      const untilMs = clock.now() + Math.min(longestRefusalMs, firstRefusalMs * 2 ** Math.min(count - 1, 6));
      refusals.set(uidOf(job), { count, untilMs });
      return untilMs;
    },
    allowed: (job) => void refusals.delete(uidOf(job)),
    refusedUntilMs: (job) => refusals.get(uidOf(job))?.untilMs ?? 0,
    forget(job) {
      known.delete(uidOf(job));
      refusals.delete(uidOf(job));
    },
  };
}
