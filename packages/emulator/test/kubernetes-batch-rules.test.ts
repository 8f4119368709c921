import { AppsV1Api, BatchV1Api, CoreV1Api, SchedulingV1Api } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { merge, refusal, startTestApi, type TestApi, webDeployment } from "./kubernetes-fixture.ts";

/** What the API itself does with jobs, sets, priority classes and claims: defaults, refusals, immutable fields. */
describe("workloads at the door", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  });
  afterAll(() => api[Symbol.asyncDispose]());

  const job = (name: string, spec: object = {}, podSpec: object = {}) => ({
    metadata: { name },
    spec: {
      template: { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "busybox:1" }], ...podSpec } },
      ...spec,
    },
  });

  it("fills in a job and finds its pods by its uid", async () => {
    const batch = api.config.makeApiClient(BatchV1Api);
    const made = await batch.createNamespacedJob({ namespace: "default", body: job("plain") });
    const uid = made.metadata?.uid ?? "";
    expect(made.spec).toMatchObject({
      backoffLimit: 6,
      completionMode: "NonIndexed",
      completions: 1,
      manualSelector: false,
      parallelism: 1,
      podReplacementPolicy: "TerminatingOrFailed",
      selector: { matchLabels: { "batch.kubernetes.io/controller-uid": uid } },
      suspend: false,
    });
    expect(made.spec?.template.metadata?.labels).toEqual({
      "batch.kubernetes.io/controller-uid": uid,
      "batch.kubernetes.io/job-name": "plain",
      "controller-uid": uid,
      "job-name": "plain",
    });
  });

  it("refuses jobs as the API server does", async () => {
    const batch = api.config.makeApiClient(BatchV1Api);
    const create = (body: object) => refusal(batch.createNamespacedJob({ namespace: "default", body }));
    const always = await create(job("always", {}, { restartPolicy: "Always" }));
    expect(always.body).toMatchObject({
      message:
        'Job.batch "always" is invalid: spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
    });
    const indexed = await create(job("indexed", { completionMode: "Indexed", parallelism: 2 }));
    expect(indexed.body).toMatchObject({
      message: 'Job.batch "indexed" is invalid: spec.completions: Required value: when completion mode is Indexed',
    });
    await batch.createNamespacedJob({ namespace: "default", body: job("fixed") });
    const patch = { name: "fixed", namespace: "default", body: { spec: { completions: 3 } } };
    const changed = await refusal(batch.patchNamespacedJob(patch, merge));
    expect(changed).toMatchObject({ code: 422, body: { details: { causes: [{ field: "spec.completions" }] } } });
  });

  it("reads the schedules and time zones of cron jobs", async () => {
    const batch = api.config.makeApiClient(BatchV1Api);
    const cron = (spec: object) => ({ metadata: { name: "cron" }, spec: { jobTemplate: job("x"), ...spec } });
    const create = (spec: object) =>
      refusal(batch.createNamespacedCronJob({ namespace: "default", body: cron(spec) as never }));
    const causes = async (spec: object) => (await create(spec)).body["details"];
    expect(await causes({ schedule: "* * * *" })).toMatchObject({
      causes: [
        { field: "spec.schedule", message: 'Invalid value: "* * * *": expected exactly 5 fields, found 4: [* * * *]' },
      ],
    });
    expect(await causes({ schedule: "60 * * * *" })).toMatchObject({
      causes: [{ message: 'Invalid value: "60 * * * *": end of range (60) above maximum (59): 60' }],
    });
    expect(await causes({ schedule: "@daily", timeZone: "Mars/Olympus" })).toMatchObject({
      causes: [{ field: "spec.timeZone", message: 'Invalid value: "Mars/Olympus": unknown time zone Mars/Olympus' }],
    });
    const made = await batch.createNamespacedCronJob({
      namespace: "default",
      body: cron({ schedule: "@hourly" }) as never,
    });
    expect(made.spec).toMatchObject({
      concurrencyPolicy: "Allow",
      failedJobsHistoryLimit: 1,
      successfulJobsHistoryLimit: 3,
    });
  });

  it("fills in and guards stateful sets", async () => {
    const apps = api.config.makeApiClient(AppsV1Api);
    const { spec } = webDeployment("db");
    const claim = {
      metadata: { name: "data" },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    };
    const body = { metadata: { name: "db" }, spec: { ...spec, serviceName: "db", volumeClaimTemplates: [claim] } };
    const made = await apps.createNamespacedStatefulSet({ namespace: "default", body });
    expect(made.spec).toMatchObject({
      podManagementPolicy: "OrderedReady",
      revisionHistoryLimit: 10,
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
      volumeClaimTemplates: [
        { kind: "PersistentVolumeClaim", spec: { volumeMode: "Filesystem" }, status: { phase: "Pending" } },
      ],
    });
    const patch = { name: "db", namespace: "default", body: { spec: { serviceName: "other" } } };
    const refused = await refusal(apps.patchNamespacedStatefulSet(patch, merge));
    expect(refused).toMatchObject({
      code: 422,
      body: {
        message: `StatefulSet.apps "db" is invalid: spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden`,
      },
    });
  });

  it("fills in and guards daemon sets, and counts their templates", async () => {
    const apps = api.config.makeApiClient(AppsV1Api);
    const { selector, template } = webDeployment("agent").spec;
    const place = { name: "agent", namespace: "default" };
    const body = { metadata: { name: "agent" }, spec: { selector, template } };
    const made = await apps.createNamespacedDaemonSet({ namespace: "default", body });
    expect(made.spec?.updateStrategy).toEqual({
      type: "RollingUpdate",
      rollingUpdate: { maxSurge: 0, maxUnavailable: 1 },
    });
    const image = [{ op: "replace", path: "/spec/template/spec/containers/0/image", value: "nginx:2" }];
    const changed = await apps.patchNamespacedDaemonSet({ ...place, body: image });
    expect(changed.metadata?.annotations?.["deprecated.daemonset.template.generation"]).toBe("2");
    const rollingUpdate = { maxSurge: 1, maxUnavailable: 1 };
    const both = await refusal(
      apps.patchNamespacedDaemonSet({ ...place, body: { spec: { updateStrategy: { rollingUpdate } } } }, merge),
    );
    expect(both.body).toMatchObject({
      message:
        'DaemonSet.apps "agent" is invalid: spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero',
    });
  });

  it("keeps system priorities to itself and priorities as they are", async () => {
    const scheduling = api.config.makeApiClient(SchedulingV1Api);
    const create = (name: string, value: number) =>
      scheduling.createPriorityClass({ body: { metadata: { name }, value } });
    expect((await refusal(create("system-mine", 5))).code).toBe(422);
    expect((await refusal(create("too-high", 1_000_000_001))).body).toMatchObject({
      message:
        'PriorityClass.scheduling.k8s.io "too-high" is invalid: value: Forbidden: maximum allowed value of a user defined priority is 1000000000',
    });
    expect(await create("high", 100)).toMatchObject({ preemptionPolicy: "PreemptLowerPriority", value: 100 });
    expect((await refusal(scheduling.patchPriorityClass({ name: "high", body: { value: 5 } }, merge))).code).toBe(422);
  });

  it("gives claims the default class and protects them", async () => {
    const core = api.config.makeApiClient(CoreV1Api);
    const spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "4Gi" } } };
    const claim = await core.createNamespacedPersistentVolumeClaim({
      namespace: "default",
      body: { metadata: { name: "data" }, spec },
    });
    expect(claim).toMatchObject({
      metadata: { finalizers: ["kubernetes.io/pvc-protection"] },
      spec: { storageClassName: "default", volumeMode: "Filesystem" },
      status: { phase: "Pending" },
    });
  });
});
