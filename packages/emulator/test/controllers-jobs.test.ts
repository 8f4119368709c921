import { describe, expect, test } from "vitest";
import { cronJobs, getObject, jobs, listObjects } from "../src/controllers/kubernetes/kinds.ts";
import type { Pod } from "../src/controllers/kubernetes/pod-types.ts";
import type { CronJob, Job } from "../src/controllers/kubernetes/workload-types.ts";
import type { KubeObject } from "../src/world/objects.ts";
import { createTestWorld, resources, type TestWorld } from "./controllers-world.ts";

const sh = (script: string): string[] => ["sh", "-c", script];

function jobSpec(script: string, spec: Record<string, unknown> = {}, podSpec: Record<string, unknown> = {}) {
  const containers = [{ name: "main", image: "busybox:1", command: sh(script) }];
  const template = { spec: { restartPolicy: "Never", containers, ...podSpec } };
  return { completions: 1, parallelism: 1, backoffLimit: 6, template, ...spec };
}

function jobOf(script: string, spec: Record<string, unknown> = {}, podSpec: Record<string, unknown> = {}): KubeObject {
  const metadata = { name: "work", namespace: "default" };
  return { apiVersion: "batch/v1", kind: "Job", metadata, spec: jobSpec(script, spec, podSpec) };
}

function started(script: string, spec: Record<string, unknown> = {}, podSpec: Record<string, unknown> = {}): TestWorld {
  const t = createTestWorld();
  t.apply(resources.jobs, jobOf(script, spec, podSpec));
  return t;
}

function job(t: TestWorld): Job {
  const found = getObject(t.cluster.store, jobs, "default", "work");
  if (!found) throw new Error("no job");
  return found;
}

const conditions = (t: TestWorld): string[] =>
  (job(t).status?.conditions ?? []).map(({ type, status, reason }) => `${type} ${status} ${reason}`);
const ended = (t: TestWorld): boolean => conditions(t).some((one) => /^(Complete|Failed) True/.test(one));
const active = (t: TestWorld): Pod[] =>
  t.pods().filter(({ status }) => !["Succeeded", "Failed"].includes(status?.phase ?? ""));

describe("a job", () => {
  test("runs its pod to the end, counts it once and lets it be", () => {
    const t = started("echo hello; sleep 5; echo bye");
    t.until("a pod is there", () => t.pods().length === 1, 5);
    expect(t.pods()[0]?.metadata.finalizers).toEqual(["batch.kubernetes.io/job-tracking"]);
    t.until("it is complete", () => ended(t), 60);
    t.run(1);
    expect(conditions(t)).toEqual(["SuccessCriteriaMet True CompletionsReached", "Complete True CompletionsReached"]);
    expect(job(t).status).toMatchObject({ succeeded: 1, ready: 0, terminating: 0, uncountedTerminatedPods: {} });
    expect(job(t).status?.active).toBeUndefined();
    expect(t.pods()[0]?.metadata.finalizers).toBeUndefined();
    expect(t.pods()[0]?.status?.phase).toBe("Succeeded");
    expect(t.events("Completed").map(({ message }) => message)).toEqual(["Job completed"]);
  });

  test("keeps to its parallelism", () => {
    const t = started("sleep 10", { completions: 5, parallelism: 2 });
    t.watch(120, () => expect(active(t).length).toBeLessThanOrEqual(2));
    expect(job(t).status?.succeeded).toBe(5);
    expect(t.pods()).toHaveLength(5);
  });

  test("gives each index one pod, with its number in it", () => {
    const t = started("echo index $JOB_COMPLETION_INDEX", {
      completions: 3,
      parallelism: 3,
      completionMode: "Indexed",
    });
    t.until("it is complete", () => ended(t), 60);
    expect(job(t).status).toMatchObject({ succeeded: 3, completedIndexes: "0-2" });
    const pods = t.pods();
    expect(pods.map(({ spec }) => spec.hostname)).toEqual(["work-0", "work-1", "work-2"]);
    const [first] = pods;
    expect(first?.metadata.annotations).toMatchObject({ "batch.kubernetes.io/job-completion-index": "0" });
    const log = t.world.logs.read(`prod/default/${first?.metadata.name}/main/0`);
    expect(log.map(({ line }) => line)).toEqual(["index 0"]);
  });

  test("fails after its back-off limit, waiting longer each time", () => {
    const t = started("exit 3", { backoffLimit: 2 });
    t.until("it has failed", () => ended(t), 300);
    expect(conditions(t)).toEqual(["FailureTarget True BackoffLimitExceeded", "Failed True BackoffLimitExceeded"]);
    expect(job(t).status).toMatchObject({ failed: 3 });
    const created = t.pods().map(({ metadata }) => Date.parse(metadata.creationTimestamp ?? "") / 1_000);
    const [first = 0, second = 0, third = 0] = created;
    expect(second - first).toBeGreaterThanOrEqual(10);
    expect(third - second).toBeGreaterThanOrEqual(20);
    expect(t.pods()[0]?.status?.containerStatuses?.[0]?.state.terminated).toMatchObject({
      exitCode: 3,
      reason: "Error",
    });
  });

  test("counts restarts in the pod when its policy is OnFailure", () => {
    const t = started("exit 1", { backoffLimit: 1 }, { restartPolicy: "OnFailure" });
    t.until("it has failed", () => ended(t), 300);
    expect(conditions(t)).toContain("Failed True BackoffLimitExceeded");
  });

  test("gives up at its deadline", () => {
    const t = started("sleep 1000", { activeDeadlineSeconds: 30 });
    t.run(29);
    expect(ended(t)).toBe(false);
    t.until("it has failed", () => ended(t), 60);
    expect(conditions(t)).toEqual(["FailureTarget True DeadlineExceeded", "Failed True DeadlineExceeded"]);
  });

  test("stops at once for an exit code that its policy calls hopeless", () => {
    const rules = [{ action: "FailJob", onExitCodes: { operator: "In", values: [42] } }];
    const t = started("exit 42", { podFailurePolicy: { rules }, podReplacementPolicy: "Failed" });
    t.until("it has failed", () => ended(t), 60);
    expect(t.pods()).toHaveLength(1);
    const name = t.pods()[0]?.metadata.name;
    expect(job(t).status?.conditions?.at(-1)?.message).toBe(
      `Container main for pod default/${name} failed with exit code 42 matching FailJob rule at index 0`,
    );
  });

  test("does not count pods that an eviction took, when its policy ignores them", () => {
    const rules = [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }];
    const t = started("sleep 60", { backoffLimit: 0, podFailurePolicy: { rules }, podReplacementPolicy: "Failed" });
    t.until("it runs", () => t.pods()[0]?.status?.phase === "Running", 60);
    expect(t.cluster.evict("default", t.pods()[0]?.metadata.name ?? "")).toEqual({ kind: "evicted" });
    t.until("it is complete", () => ended(t), 300);
    expect(conditions(t)).toContain("Complete True CompletionsReached");
    expect(job(t).status?.failed).toBeUndefined();
  });

  test("fails single indexes by their own limit and goes on with the others", () => {
    const script = "exit $JOB_COMPLETION_INDEX";
    const spec = {
      completions: 2,
      parallelism: 2,
      completionMode: "Indexed",
      backoffLimitPerIndex: 1,
      backoffLimit: 2 ** 31 - 1,
    };
    const t = started(script, spec);
    t.until("it has failed", () => ended(t), 300);
    expect(job(t).status).toMatchObject({ completedIndexes: "0", failedIndexes: "1", succeeded: 1, failed: 2 });
    expect(conditions(t)).toContain("Failed True FailedIndexes");
  });

  test("is suspended and resumed", () => {
    const t = started("sleep 20");
    t.until("it runs", () => t.pods()[0]?.status?.phase === "Running", 60);
    t.apply(resources.jobs, jobOf("sleep 20", { suspend: true }));
    t.until("its pod is gone", () => t.pods().length === 0, 60);
    expect(conditions(t)).toEqual(["Suspended True JobSuspended"]);
    expect(job(t).status?.startTime).toBeUndefined();
    expect(job(t).status?.failed).toBeUndefined();
    t.apply(resources.jobs, jobOf("sleep 20", { suspend: false }));
    t.until("it is complete", () => ended(t), 90);
    expect(conditions(t)[0]).toBe("Suspended False JobResumed");
  });

  test("goes when its time to live is over, with its pods", () => {
    const t = started("true", { ttlSecondsAfterFinished: 20 });
    t.until("it is complete", () => ended(t), 60);
    t.run(15);
    expect(t.pods()).toHaveLength(1);
    t.run(10);
    expect(listObjects(t.cluster.store, jobs)).toEqual([]);
    expect(t.pods()).toEqual([]);
  });

  test("takes its running pods along when it is deleted", () => {
    const t = started("sleep 1000");
    t.until("it runs", () => t.pods()[0]?.status?.phase === "Running", 60);
    t.cluster.store.delete(resources.jobs, "default", "work");
    t.until("its pod is gone", () => t.pods().length === 0, 60);
  });

  test("without completions ends when one pod has succeeded and the others have ended", () => {
    const t = createTestWorld();
    const object = jobOf("sleep 5", { parallelism: 3 });
    delete (object["spec"] as Record<string, unknown>)["completions"];
    t.apply(resources.jobs, object);
    t.until("it is complete", () => ended(t), 60);
    expect(job(t).status?.succeeded).toBe(3);
    expect(t.pods()).toHaveLength(3);
  });
});

describe("a cron job", () => {
  const cronOf = (schedule: string, spec: Record<string, unknown> = {}, script = "sleep 5"): KubeObject => ({
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "tick", namespace: "default" },
    spec: { schedule, jobTemplate: { spec: jobSpec(script) }, ...spec },
  });
  const cron = (t: TestWorld): CronJob => {
    const found = getObject(t.cluster.store, cronJobs, "default", "tick");
    if (!found) throw new Error("no cron job");
    return found;
  };
  const own = (t: TestWorld): Job[] => listObjects(t.cluster.store, jobs, "default");
  const running = (t: TestWorld): Job[] => own(t).filter(({ status }) => status?.completionTime === undefined);

  test("starts a job each time, and keeps three that succeeded", () => {
    const t = createTestWorld();
    t.apply(resources.cronJobs, cronOf("*/5 * * * *"));
    t.run(30 * 60);
    expect(
      t.events("SuccessfulCreate").filter(({ message }) => String(message).startsWith("Created job")),
    ).toHaveLength(6);
    expect(own(t)).toHaveLength(3);
    const minutes = own(t).map(({ metadata }) => Number(metadata.name.slice("tick-".length)) % 5);
    expect(minutes).toEqual([0, 0, 0]);
    expect(own(t)[0]?.spec).toMatchObject({ completionMode: "NonIndexed" });
    expect(cron(t).status?.lastScheduleTime).toMatch(/:[0-5][05]:00Z$/);
  });

  test("does not overlap when it is told not to, or replaces what runs", () => {
    const t = createTestWorld();
    t.apply(resources.cronJobs, cronOf("* * * * *", { concurrencyPolicy: "Forbid" }, "sleep 150"));
    t.watch(600, () => expect(running(t).length).toBeLessThanOrEqual(1));
    expect(t.events("JobAlreadyActive").length).toBeGreaterThan(0);
    const other = createTestWorld();
    other.apply(resources.cronJobs, cronOf("* * * * *", { concurrencyPolicy: "Replace" }, "sleep 150"));
    other.run(300);
    expect(own(other)).toHaveLength(1);
    expect(other.events("SuccessfulDelete").length).toBeGreaterThan(0);
  });

  test("stands still while it is suspended, and does not make up for what a deadline has passed", () => {
    const t = createTestWorld();
    t.apply(resources.cronJobs, cronOf("*/10 * * * *", { suspend: true }));
    t.run(3_600);
    expect(own(t)).toEqual([]);
    t.apply(resources.cronJobs, cronOf("*/10 * * * *", { suspend: false, startingDeadlineSeconds: 15 }));
    t.run(1);
    expect(own(t)).toEqual([]);
  });

  test("knows what hour it is elsewhere", () => {
    const t = createTestWorld();
    t.apply(resources.cronJobs, cronOf("30 12 * * *", { timeZone: "Asia/Kolkata" }));
    t.run(24 * 3_600);
    expect(cron(t).status?.lastScheduleTime?.slice(11)).toBe("07:00:00Z");
  });
});

describe("a pod that has an end", () => {
  const podOf = (spec: Record<string, unknown>): KubeObject => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "one", namespace: "default" },
    spec,
  });
  const phase = (t: TestWorld): string | undefined => t.pods()[0]?.status?.phase;

  test("says with what code and word its container ended", () => {
    const t = createTestWorld();
    const containers = [{ name: "main", image: "busybox", command: sh("echo because > /dev/termination-log; exit 7") }];
    t.apply(resources.pods, podOf({ restartPolicy: "Never", containers }));
    t.until("it has failed", () => phase(t) === "Failed", 60);
    expect(t.pods()[0]?.status?.containerStatuses?.[0]?.state.terminated).toMatchObject({
      exitCode: 7,
      message: "because",
      reason: "Error",
    });
  });

  test("shows the end of its log instead when it is told to", () => {
    const t = createTestWorld();
    const container = { name: "main", image: "busybox", command: sh("echo no good; exit 1") };
    const containers = [{ ...container, terminationMessagePolicy: "FallbackToLogsOnError" }];
    t.apply(resources.pods, podOf({ restartPolicy: "Never", containers }));
    t.until("it has failed", () => phase(t) === "Failed", 60);
    expect(t.pods()[0]?.status?.containerStatuses?.[0]?.state.terminated?.message).toBe("no good\n");
  });

  test("is tried again until it succeeds, when its policy is OnFailure", () => {
    const t = createTestWorld({
      behaviour: ({ id }) => (id.endsWith("/2") ? {} : { crash: { afterMs: 10, exitCode: 1 } }),
    });
    t.apply(
      resources.pods,
      podOf({ restartPolicy: "OnFailure", containers: [{ name: "main", image: "busybox", command: sh("exit 0") }] }),
    );
    t.until("it has succeeded", () => phase(t) === "Succeeded", 120);
    expect(t.pods()[0]?.status?.containerStatuses?.[0]?.restartCount).toBe(2);
  });

  test("starts its sidecars before its containers and ends them after", () => {
    const t = createTestWorld();
    t.apply(
      resources.pods,
      podOf({
        restartPolicy: "Never",
        initContainers: [
          { name: "proxy", image: "proxy:1", restartPolicy: "Always" },
          { name: "setup", image: "busybox", command: sh("sleep 3") },
        ],
        containers: [{ name: "main", image: "busybox", command: sh("sleep 10") }],
      }),
    );
    t.until("it runs", () => phase(t) === "Running", 60);
    const statuses = () => t.pods()[0]?.status?.initContainerStatuses ?? [];
    expect(statuses().find(({ name }) => name === "proxy")?.state.running).toBeDefined();
    expect(statuses().find(({ name }) => name === "setup")?.state.terminated?.exitCode).toBe(0);
    t.until("it has succeeded", () => phase(t) === "Succeeded", 60);
    t.run(30);
    expect(statuses().find(({ name }) => name === "proxy")?.state.terminated).toBeDefined();
    expect(phase(t)).toBe("Succeeded");
  });

  test("fails when it has been active for too long", () => {
    const t = createTestWorld();
    const containers = [{ name: "main", image: "nginx" }];
    t.apply(resources.pods, podOf({ activeDeadlineSeconds: 20, containers }));
    t.until("it has failed", () => phase(t) === "Failed", 90);
    expect(t.pods()[0]?.status?.reason).toBe("DeadlineExceeded");
  });
});
