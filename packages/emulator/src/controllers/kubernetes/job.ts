import { timestamp } from "../../world/store.ts";
import { claimObjects } from "./adoption.ts";
import type { ControlPlane, WorkQueue } from "./control-plane.ts";
import { deleteOrMark } from "./delete-or-mark.ts";
import { deletionOrder } from "./deletion-order.ts";
import { createJobBackOff, type JobBackOff } from "./job-back-off.ts";
import { jobIsFinished, withCondition } from "./job-conditions.ts";
import { countEnded } from "./job-counting.ts";
import { createdIndexes, indexOf, isIndexed } from "./job-indexes.ts";
import { createJobPod, isTracked, recordOnJob, releasePod } from "./job-pods.ts";
import { failureOf, isSuccessful, matchedSuccessRule } from "./job-verdict.ts";
import { controlledObjects, controllerOf, fromKey, getObject, jobs, keyOf, pods, updateObject } from "./kinds.ts";
import { restMsFor } from "./pacing.ts";
import type { Pod } from "./pod-types.ts";
import { deletePod, isActive, isFinished, isReady, isTerminating } from "./pods.ts";
import type { Job, JobStatus } from "./workload-types.ts";

/** Runs the pods of each Job to its end. Source: kubernetes/kubernetes pkg/controller/job. */
export function startJobController(plane: ControlPlane): void {
  const backOff = createJobBackOff(plane.world.clock);
  const queue = plane.queue(
    "job",
    (key) => reconcile(plane, queue, backOff, key),
    (key) => restMsFor(sizeOf(plane, key)),
  );
  const orphans = plane.queue("job-orphans", (key) => releaseOrphan(plane, key));
  plane.watch(jobs, ({ type, object }) => {
    queue.add(keyOf(object));
    if (type !== "DELETED") return;
    backOff.forget(object);
    for (const pod of controlledObjects(plane.store, pods, object)) orphans.add(keyOf(pod));
  });
  plane.watch(pods, ({ object, previous }) => {
    const owner = controllerOf(object);
    const before = previous && controllerOf(previous);
    if (!owner && before?.kind === "Job" && isTracked(object)) orphans.add(keyOf(object));
    if (owner?.kind !== "Job") return;
    const job = getObject(plane.store, jobs, object.metadata.namespace, owner.name);
    if (job?.metadata.uid === owner.uid) queue.add(keyOf(job));
    else if (isTracked(object)) orphans.add(keyOf(object));
  });
}

function sizeOf(plane: ControlPlane, key: string): number {
  const { namespace, name } = fromKey(key);
  return getObject(plane.store, jobs, namespace, name)?.status?.active ?? 0;
}

function releaseOrphan(plane: ControlPlane, key: string): void {
  const { namespace, name } = fromKey(key);
  const pod = getObject(plane.store, pods, namespace, name);
  if (pod) releasePod(plane, pod);
}

function reconcile(plane: ControlPlane, queue: WorkQueue, backOff: JobBackOff, key: string): void {
  const { namespace, name } = fromKey(key);
  const job = getObject(plane.store, jobs, namespace, name);
  // Somebody else manages it.
  if (!job || (job.spec.managedBy !== undefined && job.spec.managedBy !== "kubernetes.io/job-controller")) return;
  if (jobIsFinished(job)) return tidy(plane, queue, job);
  const { selector } = job.spec;
  if (selector) claimObjects(plane, pods, { of: jobs, owner: job, selector });
  const started = withStart(plane, job);
  const counted = countEnded(plane, backOff, job, started);
  const judged = judge(plane, job, counted);
  const active = controlledObjects(plane.store, pods, job).filter(isActive);
  // What a success makes superfluous, and what is suspended, is not counted.
  const released = (pod: Pod): Pod => releasePod(plane, pod) ?? pod;
  if (judged.end === "failure") for (const pod of active) removePod(plane, job, pod);
  else if (judged.end === "success" || job.spec.suspend) for (const pod of active) removePod(plane, job, released(pod));
  else if (job.metadata.deletionTimestamp === undefined) matchParallelism(plane, queue, backOff, job, judged.status);
  report(plane, queue, job, judged.status);
}

/** Sets and clears the start, as the job runs or is suspended, and says so. */
function withStart(plane: ControlPlane, job: Job): JobStatus {
  const now = timestamp(plane.world.clock.now());
  const { startTime, ...rest } = job.status ?? {};
  const wasSuspended = rest.conditions?.some(({ type, status }) => type === "Suspended" && status === "True");
  if (job.spec.suspend) {
    if (wasSuspended) return rest;
    recordOnJob(plane, job, "Normal", "Suspended", "Job suspended");
    return withCondition(
      rest,
      { type: "Suspended", status: "True", reason: "JobSuspended", message: "Job suspended" },
      now,
    );
  }
  if (!wasSuspended) return { ...rest, startTime: startTime ?? now };
  recordOnJob(plane, job, "Normal", "Resumed", "Job resumed");
  const resumed = { type: "Suspended", status: "False", reason: "JobResumed", message: "Job resumed" } as const;
  return { ...withCondition(rest, resumed, now), startTime: now };
}

interface Judged {
  readonly status: JobStatus;
  /** It is decided: what still runs has to go first. */
  readonly end: "failure" | "success" | undefined;
}

/** Decides the end; the last word is said once no pod is left. */
function judge(plane: ControlPlane, job: Job, counted: ReturnType<typeof countEnded>): Judged {
  const now = timestamp(plane.world.clock.now());
  const own = controlledObjects(plane.store, pods, job);
  const { status } = counted;
  const failure = job.spec.suspend ? undefined : failureOf(job, status, own, counted.failJob, plane.world.clock.now());
  const left = own.filter((pod) => !isFinished(pod)).length;
  if (failure) {
    const target = withCondition(status, { type: "FailureTarget", status: "True", ...failure }, now);
    if (left > 0) return { status: target, end: "failure" };
    recordOnJob(plane, job, "Warning", failure.reason, failure.message);
    return { status: withCondition(target, { type: "Failed", status: "True", ...failure }, now), end: "failure" };
  }
  const rule = matchedSuccessRule(job, status);
  const met = status.conditions?.some(({ type }) => type === "SuccessCriteriaMet");
  const isDone = rule !== undefined || isSuccessful(job, status, own.filter(isActive).length);
  if (!met && !isDone) return { status, end: undefined };
  const success =
    rule === undefined
      ? { reason: "CompletionsReached", message: "Reached expected number of succeeded pods" }
      : { reason: "SuccessPolicy", message: `Matched rules at index ${rule}` };
  const target = withCondition(status, { type: "SuccessCriteriaMet", status: "True", ...success }, now);
  if (left > 0) return { status: target, end: "success" };
  recordOnJob(plane, job, "Normal", "Completed", "Job completed");
  const complete = withCondition(target, { type: "Complete", status: "True", ...success }, now);
  return { status: { ...complete, completionTime: now }, end: "success" };
}

function matchParallelism(
  plane: ControlPlane,
  queue: WorkQueue,
  backOff: JobBackOff,
  job: Job,
  status: JobStatus,
): void {
  const own = controlledObjects(plane.store, pods, job);
  const active = own.filter(isActive);
  const waitsForEnd = job.spec.podReplacementPolicy === "Failed";
  const terminating = waitsForEnd ? own.filter((pod) => isTerminating(pod) && !isFinished(pod)) : [];
  const wanted = wantedActive(job, status, active.length);
  const surplus = surplusPods(job, active, active.length - wanted, plane.world.clock.now());
  for (const pod of surplus) removePod(plane, job, releasePod(plane, pod) ?? pod);
  if (surplus.length > 0) return;
  const missing = wanted - active.length - terminating.length;
  if (missing > 0) addPods(plane, queue, backOff, { job, status, taken: [...active, ...terminating], missing });
}

/** Pods of indexes that are no longer wanted, or that another pod has, and then as many more as are too many. */
function surplusPods(job: Job, active: readonly Pod[], count: number, nowMs: number): Pod[] {
  const ordered = deletionOrder(active, nowMs);
  const seen = new Set<number>();
  const isSpare = (pod: Pod): boolean => {
    const index = isIndexed(job) ? (indexOf(pod) ?? -1) : undefined;
    if (index === undefined) return false;
    const spare = index < 0 || index >= (job.spec.completions ?? 0) || seen.has(index);
    seen.add(index);
    return spare;
  };
  const spare = new Set(ordered.toReversed().filter(isSpare));
  const others = ordered.filter((pod) => !spare.has(pod)).slice(0, Math.max(0, count - spare.size));
  return [...spare, ...others];
}

function wantedActive({ spec }: Job, { succeeded = 0 }: JobStatus, active: number): number {
  const parallelism = spec.parallelism ?? 1;
  // A work queue: once one pod has succeeded, nothing new begins.
  if (spec.completions === undefined) return succeeded > 0 ? Math.min(active, parallelism) : parallelism;
  return Math.max(0, Math.min(parallelism, spec.completions - succeeded));
}

interface Missing {
  readonly job: Job;
  readonly status: JobStatus;
  readonly taken: readonly Pod[];
  readonly missing: number;
}

/** As many as are missing; after failures only when the back-off has passed. */
function addPods(
  plane: ControlPlane,
  queue: WorkQueue,
  backOff: JobBackOff,
  { job, status, taken, missing }: Missing,
): void {
  const nowMs = plane.world.clock.now();
  const refusedUntilMs = backOff.refusedUntilMs(job);
  if (refusedUntilMs > nowMs) return queue.addAt(keyOf(job), refusedUntilMs);
  const slots = isIndexed(job)
    ? createdIndexes(job, status, taken, missing)
    : Array.from({ length: missing }, () => undefined);
  for (const index of slots) {
    const dueMs = backOff.dueMs(job, index);
    if (dueMs > nowMs) queue.addAt(keyOf(job), dueMs);
    else if (!createJobPod(plane, job, index, backOff.failures(job, index))) {
      return queue.addAt(keyOf(job), backOff.refused(job));
    }
  }
  backOff.allowed(job);
}

function removePod(plane: ControlPlane, job: Job, pod: Pod): void {
  deletePod(plane.store, pod, plane.world.clock.now());
  recordOnJob(plane, job, "Normal", "SuccessfulDelete", `Deleted pod: ${pod.metadata.name}`);
}

function report(plane: ControlPlane, queue: WorkQueue, job: Job, status: JobStatus): void {
  const own = controlledObjects(plane.store, pods, job);
  const active = own.filter(isActive);
  const { active: _active, ...rest } = status;
  const next: JobStatus = {
    ...rest,
    ...(active.length > 0 ? { active: active.length } : {}),
    ready: active.filter(isReady).length,
    terminating: own.filter((pod) => isTerminating(pod) && !isFinished(pod)).length,
    uncountedTerminatedPods: {},
  };
  updateObject(plane.store, jobs, job, (current) => ({ ...current, status: next }));
  const { activeDeadlineSeconds } = job.spec;
  if (activeDeadlineSeconds === undefined || status.startTime === undefined) return;
  queue.addAt(
    keyOf(job),
    Math.max(Date.parse(status.startTime) + activeDeadlineSeconds * 1_000, plane.world.clock.now() + 1),
  );
}

/** After the end: pods are no longer held, and the job itself goes when its time has come. */
function tidy(plane: ControlPlane, queue: WorkQueue, job: Job): void {
  for (const pod of controlledObjects(plane.store, pods, job)) if (isTracked(pod)) releasePod(plane, pod);
  const { ttlSecondsAfterFinished: ttl } = job.spec;
  if (ttl === undefined) return;
  const end = job.status?.conditions?.find(
    ({ type, status }) => (type === "Complete" || type === "Failed") && status === "True",
  );
  const dueMs = Date.parse(end?.lastTransitionTime ?? "") + ttl * 1_000;
  if (plane.world.clock.now() < dueMs) return queue.addAt(keyOf(job), dueMs);
  deleteOrMark(plane, jobs, job);
}
