import { nextTime, parseCron } from "../../world/cron-schedule.ts";
import { generateJobSelector, setJobDefaults } from "../../world/kubernetes/defaults/batch.ts";
import { timestamp } from "../../world/store.ts";
import type { ControlPlane, WorkQueue } from "./control-plane.ts";
import { deleteOrMark } from "./delete-or-mark.ts";
import { finishedCondition, jobIsFinished } from "./job-conditions.ts";
import {
  controlledObjects,
  controllerOf,
  controllerReference,
  createObject,
  cronJobs,
  fromKey,
  getObject,
  involved,
  jobs,
  keyOf,
  updateObject,
} from "./kinds.ts";
import { quotaRefusal } from "./quota-refusal.ts";
import type { CronJob, Job } from "./workload-types.ts";

/** Starts the jobs of each CronJob when they fall due. Source: kubernetes/kubernetes pkg/controller/cronjob. */
export function startCronJobController(plane: ControlPlane): void {
  const queue = plane.queue("cronjob", (key) => reconcile(plane, queue, key));
  plane.watch(cronJobs, ({ object }) => queue.add(keyOf(object)));
  plane.watch(jobs, ({ object }) => {
    const owner = controllerOf(object);
    if (owner?.kind === "CronJob") queue.add(`${object.metadata.namespace}/${owner.name}`);
  });
}

function reconcile(plane: ControlPlane, queue: WorkQueue, key: string): void {
  const { namespace, name } = fromKey(key);
  const cron = getObject(plane.store, cronJobs, namespace, name);
  if (!cron) return;
  noteFinished(plane, cron);
  for (const job of surplusJobs(cron, controlledObjects(plane.store, jobs, cron))) removeJob(plane, cron, job);
  const latest = getObject(plane.store, cronJobs, namespace, name);
  if (latest && !latest.metadata.deletionTimestamp && !latest.spec.suspend) runDue(plane, queue, latest);
}

/** Jobs that have ended leave the list of active ones; a last success counts whoever has started it. */
function noteFinished(plane: ControlPlane, cron: CronJob): void {
  const own = controlledObjects(plane.store, jobs, cron);
  const known = new Set(cron.status?.active?.map(({ uid }) => uid));
  let { lastSuccessfulTime } = cron.status ?? {};
  for (const { metadata, status } of own) {
    const { name, uid = "" } = metadata;
    const end = finishedCondition(status);
    if (!end && !known.has(uid)) {
      const message = `Saw a job that the controller did not create or forgot: ${name}`;
      record(plane, cron, "Warning", "UnexpectedJob", message);
    } else if (end && known.delete(uid)) {
      record(plane, cron, "Normal", "SawCompletedJob", `Saw completed job: ${name}, condition: ${end.type}`);
    }
    if (end?.type === "Complete") lastSuccessfulTime = later(lastSuccessfulTime, status?.completionTime);
  }
  const uids = new Set(own.map(({ metadata }) => metadata.uid));
  for (const { name, uid } of cron.status?.active ?? []) {
    if (uids.has(uid)) continue;
    known.delete(uid);
    record(plane, cron, "Normal", "MissingJob", `Active job went missing: ${name}`);
  }
  const active = (cron.status?.active ?? []).filter(({ uid }) => known.has(uid));
  updateStatus(plane, cron, { active, ...(lastSuccessfulTime === undefined ? {} : { lastSuccessfulTime }) });
}

function later(a: string | undefined, b: string | undefined): string | undefined {
  return a === undefined || (b !== undefined && Date.parse(b) > Date.parse(a)) ? b : a;
}

function updateStatus(plane: ControlPlane, cron: CronJob, change: NonNullable<CronJob["status"]>): void {
  updateObject(plane.store, cronJobs, cron, (current) => {
    const { active, ...rest } = { ...current.status, ...change };
    return { ...current, status: { ...(active && active.length > 0 ? { active } : {}), ...rest } };
  });
}

/** Those beyond the limits of the history, the oldest first. */
function surplusJobs({ spec }: CronJob, own: readonly Job[]): Job[] {
  const ended = (type: string): Job[] => own.filter(({ status }) => finishedCondition(status)?.type === type);
  const beyond = (some: readonly Job[], limit: number): Job[] =>
    some
      .toSorted((a, b) => Date.parse(a.status?.startTime ?? "") - Date.parse(b.status?.startTime ?? ""))
      .slice(0, Math.max(0, some.length - limit));
  return [
    ...beyond(ended("Complete"), spec.successfulJobsHistoryLimit ?? 3),
    ...beyond(ended("Failed"), spec.failedJobsHistoryLimit ?? 1),
  ];
}

function runDue(plane: ControlPlane, queue: WorkQueue, cron: CronJob): void {
  const { startingDeadlineSeconds, concurrencyPolicy } = cron.spec;
  const nowMs = plane.world.clock.now();
  const due = dueTimes(cron, nowMs);
  if (due.nextMs !== undefined) queue.addAt(keyOf(cron), due.nextMs);
  if (due.nextMs === undefined && due.latestMs === undefined) {
    const why = "time difference between two schedules is less than 1 second";
    record(plane, cron, "Warning", "InvalidSchedule", `invalid schedule: ${cron.spec.schedule} : ${why}`);
  }
  if (due.tooMany) {
    const text = `too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew`;
    record(plane, cron, "Warning", "TooManyMissedTimes", text);
  }
  const { latestMs } = due;
  if (latestMs === undefined) return;
  if (startingDeadlineSeconds !== undefined && latestMs + startingDeadlineSeconds * 1_000 < nowMs) {
    const text = `Missed scheduled time to start a job: ${new Date(latestMs).toUTCString().replace("GMT", "+0000")}`;
    return record(plane, cron, "Warning", "MissSchedule", text);
  }
  const running = controlledObjects(plane.store, jobs, cron).filter(
    (job) => !jobIsFinished(job) && cron.status?.active?.some(({ uid }) => uid === job.metadata.uid),
  );
  if (concurrencyPolicy === "Forbid" && running.length > 0) {
    const text = "Not starting job because prior execution is running and concurrency policy is Forbid";
    return record(plane, cron, "Normal", "JobAlreadyActive", text);
  }
  if (concurrencyPolicy === "Replace") for (const job of running) removeJob(plane, cron, job);
  if (!startJob(plane, cron, latestMs)) queue.retry(keyOf(cron));
}

interface Due {
  /** The last time that has passed since the last start. */
  readonly latestMs: number | undefined;
  readonly nextMs: number | undefined;
  readonly tooMany: boolean;
}

/** Missed times above which something is wrong (pkg/controller/cronjob utils.go). */
const manyMissed = 100;

function dueTimes({ spec, status, metadata }: CronJob, nowMs: number): Due {
  const schedule = parseCron(spec.schedule);
  if (typeof schedule === "string") return { latestMs: undefined, nextMs: undefined, tooMany: false };
  const zone = spec.timeZone ?? "UTC";
  const sinceMs = Date.parse(status?.lastScheduleTime ?? metadata.creationTimestamp ?? "");
  const oldestMs = spec.startingDeadlineSeconds === undefined ? sinceMs : nowMs - spec.startingDeadlineSeconds * 1_000;
  let latestMs: number | undefined;
  let missed = 0;
  let nextMs = nextTime(schedule, Math.max(sinceMs, oldestMs), zone);
  while (nextMs !== undefined && nextMs <= nowMs) {
    latestMs = nextMs;
    missed += 1;
    nextMs = nextTime(schedule, nextMs, zone);
  }
  return { latestMs, nextMs, tooMany: missed > manyMissed };
}

/** One job for one scheduled time: its name has the minute in it. False when a quota has no room for it. */
function startJob(plane: ControlPlane, cron: CronJob, scheduledMs: number): boolean {
  const { namespace, name } = cron.metadata;
  const { metadata = {}, spec } = cron.spec.jobTemplate;
  const jobName = `${name}-${Math.floor(scheduledMs / 60_000)}`;
  const draft = structuredClone({
    apiVersion: jobs.apiVersion,
    kind: jobs.kind,
    metadata: {
      ...metadata,
      name: jobName,
      ...(namespace === undefined ? {} : { namespace }),
      annotations: {
        ...metadata.annotations,
        "batch.kubernetes.io/cronjob-scheduled-timestamp": timestamp(scheduledMs),
      },
      ownerReferences: [controllerReference(cronJobs, cron)],
    },
    spec: spec as unknown as Record<string, unknown>,
  });
  setJobDefaults(draft);
  const complete = { ...generateJobSelector(draft, plane), status: {} };
  const refusal = quotaRefusal(plane, jobs, complete);
  if (refusal !== undefined) {
    record(plane, cron, "Warning", "FailedCreate", `Error creating job: ${refusal}`);
    return false;
  }
  const job = createObject<Job>(plane.store, jobs, complete as unknown as Job);
  const lastScheduleTime = timestamp(scheduledMs);
  if (!job) {
    updateStatus(plane, cron, { lastScheduleTime });
    return true;
  }
  record(plane, cron, "Normal", "SuccessfulCreate", `Created job ${jobName}`);
  const { uid = "", resourceVersion } = job.metadata;
  const place = { ...(namespace === undefined ? {} : { namespace }), ...(resourceVersion ? { resourceVersion } : {}) };
  const reference = { apiVersion: jobs.apiVersion, kind: jobs.kind, name: jobName, uid, ...place };
  updateStatus(plane, cron, { active: [...activeOf(plane, cron), reference], lastScheduleTime });
  return true;
}

/** As the status has them now. */
function activeOf({ store }: ControlPlane, { metadata }: CronJob): ActiveJobs {
  return getObject(store, cronJobs, metadata.namespace, metadata.name)?.status?.active ?? [];
}

type ActiveJobs = NonNullable<NonNullable<CronJob["status"]>["active"]>;

/** Its pods go with it. */
function removeJob(plane: ControlPlane, cron: CronJob, job: Job): void {
  deleteOrMark(plane, jobs, job);
  const active = activeOf(plane, cron).filter(({ uid }) => uid !== job.metadata.uid);
  updateStatus(plane, cron, { active });
  record(plane, cron, "Normal", "SuccessfulDelete", `Deleted job ${job.metadata.name}`);
}

function record(plane: ControlPlane, cron: CronJob, type: "Normal" | "Warning", reason: string, message: string): void {
  plane.recordEvent({ type, reason, message, source: "cronjob-controller", involved: involved(cronJobs, cron) });
}
