import { describe, expect, test } from "vitest";
import { createTestWorld, deploymentOf, resources, type TestWorld } from "./controllers-world.ts";

describe("a HorizontalPodAutoscaler whose metrics cannot be had", () => {
  test.each([
    [1, 3],
    [9, 6],
    [4, 4],
  ])("takes %i replicas to %i, within its limits", (replicas, expected) => {
    const t = createTestWorld();
    t.apply(resources.deployments, deploymentOf("web", { replicas }));
    t.apply(resources.autoscalers, autoscaler());
    t.run(40);
    expect(t.deployment("web").spec.replicas).toBe(expected);
    expect(conditions(t, resources.autoscalers, "web")).toMatchObject({ AbleToScale: "True", ScalingActive: "False" });
  });

  test("leaves a target with no replicas alone", () => {
    const t = createTestWorld();
    t.apply(resources.deployments, deploymentOf("web", { replicas: 0 }));
    t.apply(resources.autoscalers, autoscaler());
    t.run(60);
    expect(t.deployment("web").spec.replicas).toBe(0);
  });
});

describe("a HorizontalPodAutoscaler with metrics", () => {
  /** A world whose containers use what `load` says, and a target with requests. */
  function loaded(load: { cpuMillicores: number; memoryMiB?: number }, replicas: number): TestWorld {
    const usage = () => ({ cpuMillicores: load.cpuMillicores, memoryBytes: (load.memoryMiB ?? 64) * 1_048_576 });
    const t = createTestWorld({ kubernetesVersion: "1.36.2", behaviour: () => ({ usage }) });
    const requests = { cpu: "200m", memory: "128Mi" };
    t.apply(resources.deployments, deploymentOf("web", { replicas, container: { resources: { requests } } }));
    t.run(400);
    return t;
  }

  test("follows the load up, twice as many at a time, and says why", () => {
    const load = { cpuMillicores: 200 };
    const t = loaded(load, 2);
    t.apply(resources.autoscalers, autoscaler({ minReplicas: 1, maxReplicas: 10 }));
    t.until("it has scaled", () => t.deployment("web").spec.replicas !== 2, 60);
    expect(t.deployment("web").spec.replicas).toBe(3);
    expect(status(t)).toMatchObject({
      currentReplicas: 2,
      desiredReplicas: 3,
      currentMetrics: [
        { type: "Resource", resource: { name: "cpu", current: { averageUtilization: 100, averageValue: "200m" } } },
      ],
    });
    expect(reasons(t)).toEqual({
      AbleToScale: "SucceededRescale",
      ScalingActive: "ValidMetricFound",
      ScalingLimited: "DesiredWithinRange",
    });
    const [event] = t.events("SuccessfulRescale");
    expect(event?.["message"]).toBe(
      "New size: 3; reason: cpu resource utilization (percentage of request) above target",
    );
    load.cpuMillicores = 1_800;
    t.until("it has scaled again", () => (t.deployment("web").spec.replicas ?? 0) > 3, 120);
    expect(t.deployment("web").spec.replicas).toBe(6);
    expect(reasons(t)).toMatchObject({ ScalingLimited: "ScaleUpLimit" });
    t.run(600);
    expect(t.deployment("web").spec.replicas).toBe(10);
    expect(reasons(t)).toMatchObject({ AbleToScale: "ReadyForNewScale", ScalingLimited: "TooManyReplicas" });
  });

  test("waits five minutes before it goes down, to its least", () => {
    const load = { cpuMillicores: 160 };
    const t = loaded(load, 4);
    t.apply(resources.autoscalers, autoscaler({ minReplicas: 2, maxReplicas: 10 }));
    t.run(60);
    expect(reasons(t)).toMatchObject({ AbleToScale: "ReadyForNewScale" });
    load.cpuMillicores = 10;
    t.run(240);
    expect(t.deployment("web").spec.replicas).toBe(4);
    expect(reasons(t)).toMatchObject({ AbleToScale: "ScaleDownStabilized" });
    t.run(120);
    expect(t.deployment("web").spec.replicas).toBe(2);
    const messages = t.events("SuccessfulRescale").map((event) => event["message"]);
    expect(messages).toEqual(["New size: 2; reason: All metrics below target"]);
    t.run(60);
    expect(reasons(t)).toMatchObject({ ScalingLimited: "TooFewReplicas" });
  });

  test("keeps to its own tolerance", () => {
    const t = loaded({ cpuMillicores: 168 }, 4);
    t.apply(resources.autoscalers, autoscaler({ minReplicas: 1, maxReplicas: 10 }));
    t.run(60);
    expect(t.deployment("web").spec.replicas).toBe(4);
    t.apply(
      resources.autoscalers,
      autoscaler({ minReplicas: 1, maxReplicas: 5, behavior: { scaleUp: { tolerance: "0.01" } } }),
    );
    t.run(60);
    expect(t.deployment("web").spec.replicas).toBe(5);
  });

  test("does not go down while one of its metrics cannot be had, and says which", () => {
    const t = loaded({ cpuMillicores: 10 }, 4);
    const pods = {
      type: "Pods",
      pods: { metric: { name: "rps" }, target: { type: "AverageValue", averageValue: "10" } },
    };
    t.apply(
      resources.autoscalers,
      autoscaler({ minReplicas: 1, maxReplicas: 10, metrics: [...autoscaler().spec.metrics, pods] }),
    );
    t.run(600);
    expect(t.deployment("web").spec.replicas).toBe(4);
    const text =
      "unable to get metric rps: unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered";
    expect(status(t).conditions).toMatchObject([
      { type: "AbleToScale", status: "True", reason: "SucceededGetScale" },
      {
        type: "ScalingActive",
        status: "False",
        reason: "FailedGetPodsMetric",
        message: `the HPA was unable to compute the replica count: ${text}`,
      },
    ]);
    expect(status(t).currentMetrics).toMatchObject([{ type: "Resource" }, { type: "" }]);
    const [event] = t.events("FailedComputeMetricsReplicas");
    expect(event?.["message"]).toBe(
      `invalid metrics (1 invalid out of 2), first error is: failed to get pods metric value: ${text}`,
    );
  });

  test.each<[string, Record<string, unknown>, string, string]>([
    [
      "utilization without requests",
      { type: "Resource", resource: { name: "ephemeral-storage", target: percent } },
      "FailedGetResourceMetric",
      "failed to get ephemeral-storage utilization: did not receive metrics for targeted pods (pods might be unready)",
    ],
    [
      "a container that is not there",
      { type: "ContainerResource", containerResource: { name: "cpu", container: "nope", target: percent } },
      "FailedGetContainerResourceMetric",
      "failed to get cpu utilization: did not receive metrics for targeted pods (pods might be unready)",
    ],
    [
      "an object",
      {
        type: "Object",
        object: {
          metric: { name: "hits" },
          describedObject: { apiVersion: "v1", kind: "Service", name: "s" },
          target: { type: "Value", value: "10" },
        },
      },
      "FailedGetObjectMetric",
      "unable to get metric hits: Service on default s/unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered",
    ],
    [
      "an external metric",
      {
        type: "External",
        external: {
          metric: { name: "queue", selector: { matchLabels: { q: "a" } } },
          target: { type: "AverageValue", averageValue: "30" },
        },
      },
      "FailedGetExternalMetric",
      "unable to get external metric default/queue/&LabelSelector{MatchLabels:map[string]string{q: a,},MatchExpressions:[]LabelSelectorRequirement{},}: unable to fetch metrics from external metrics API: the server could not find the requested resource (get queue.external.metrics.k8s.io)",
    ],
  ])("says what is wrong with %s", (_, metric, reason, message) => {
    const t = loaded({ cpuMillicores: 10 }, 1);
    t.apply(resources.autoscalers, autoscaler({ minReplicas: 1, metrics: [metric] }));
    t.run(30);
    expect(status(t).conditions[1]).toMatchObject({
      reason,
      message: `the HPA was unable to compute the replica count: ${message}`,
    });
    expect(t.events(reason)[0]?.["message"]).toBe(message);
  });

  test("finds requests missing", () => {
    const t = createTestWorld();
    t.apply(resources.deployments, deploymentOf("web", { replicas: 1 }));
    t.run(400);
    t.apply(resources.autoscalers, autoscaler({ minReplicas: 1 }));
    t.run(30);
    const [pod] = t.pods();
    expect(t.events("FailedGetResourceMetric")[0]?.["message"]).toBe(
      `failed to get cpu utilization: missing request for cpu in container app of Pod ${pod?.metadata.name}`,
    );
  });

  test.each([
    ["apps/v1", "Deployment", "nope", 'deployments.apps "nope" not found'],
    ["apps/v1", "Foo", "web", 'no matches for kind "Foo" in group "apps"'],
    ["apps/v1", "DaemonSet", "web", "the server could not find the requested resource"],
  ])("knows no scale of %s %s %s", (apiVersion, kind, name, reason) => {
    const t = createTestWorld();
    t.apply(resources.autoscalers, autoscaler({ scaleTargetRef: { apiVersion, kind, name } }));
    t.run(30);
    expect(status(t)).toMatchObject({
      desiredReplicas: 0,
      conditions: [
        {
          type: "AbleToScale",
          status: "False",
          reason: "FailedGetScale",
          message: `the HPA controller was unable to get the target's current scale: ${reason}`,
        },
      ],
    });
  });

  test("shares its pods with no other", () => {
    const t = loaded({ cpuMillicores: 10 }, 1);
    t.apply(resources.autoscalers, autoscaler({ minReplicas: 1 }));
    const second = autoscaler({ minReplicas: 1 });
    t.apply(resources.autoscalers, { ...second, metadata: { ...second.metadata, name: "web2" } });
    t.run(40);
    expect(status(t).conditions[1]).toMatchObject({
      reason: "AmbiguousSelector",
      message: "pods by selector app=web are controlled by multiple HPAs: [default/web default/web2]",
    });
  });
});

describe("a ScaledObject", () => {
  test("makes and owns an autoscaler that keeps its limits", () => {
    const t = createTestWorld();
    t.apply(resources.deployments, deploymentOf("web", { replicas: 1 }));
    t.apply(resources.scaledObjects, scaledObject({ minReplicaCount: 2, maxReplicaCount: 5, triggers: [serviceBus] }));
    t.run(40);
    expect(t.deployment("web").spec.replicas).toBe(2);
    const made = t.cluster.store.get(resources.autoscalers, "default", "keda-hpa-web");
    expect(made).toMatchObject({
      metadata: { ownerReferences: [{ kind: "ScaledObject", name: "web", controller: true }] },
      spec: { minReplicas: 2, maxReplicas: 5, scaleTargetRef: { kind: "Deployment", name: "web" } },
    });
    expect(conditions(t, resources.scaledObjects, "web")).toMatchObject({ Ready: "False" });
    t.cluster.store.delete(resources.scaledObjects, "default", "web");
    t.run(5);
    expect(t.cluster.store.get(resources.autoscalers, "default", "keda-hpa-web")).toBeUndefined();
  });

  test("never goes to zero on a trigger that it knows nothing of", () => {
    const t = createTestWorld();
    t.apply(resources.deployments, deploymentOf("web", { replicas: 3 }));
    t.apply(resources.scaledObjects, scaledObject({ minReplicaCount: 0, triggers: [serviceBus] }));
    t.run(3_000);
    expect(t.deployment("web").spec.replicas).toBe(3);
  });

  test("follows a cron window up, and down to zero after the cooldown", () => {
    // The world starts on Monday, 5 January 2026, 08:00 UTC.
    const t = createTestWorld();
    t.apply(resources.deployments, deploymentOf("web", { replicas: 1 }));
    const cron = {
      type: "cron",
      metadata: { timezone: "UTC", start: "30 8 * * *", end: "0 9 * * *", desiredReplicas: "4" },
    };
    t.apply(resources.scaledObjects, scaledObject({ minReplicaCount: 0, triggers: [cron] }));
    t.run(120);
    expect(t.deployment("web").spec.replicas).toBe(0);
    t.kernel.runUntil(Date.UTC(2026, 0, 5, 8, 32));
    expect(t.deployment("web").spec.replicas).toBe(4);
    expect(conditions(t, resources.scaledObjects, "web")).toMatchObject({ Ready: "True", Active: "True" });
    t.kernel.runUntil(Date.UTC(2026, 0, 5, 9, 4));
    expect(t.deployment("web").spec.replicas).toBe(4);
    t.kernel.runUntil(Date.UTC(2026, 0, 5, 9, 8));
    expect(t.deployment("web").spec.replicas).toBe(0);
  });
});

const serviceBus = { type: "azure-servicebus", metadata: { queueName: "payments", messageCount: "5" } };

const percent = { type: "Utilization", averageUtilization: 80 };

interface Status {
  readonly conditions: readonly { readonly type: string; readonly status: string; readonly reason: string }[];
  readonly currentMetrics: readonly unknown[];
}

function status(t: TestWorld): Status {
  return t.cluster.store.get(resources.autoscalers, "default", "web")?.["status"] as unknown as Status;
}

function reasons(t: TestWorld): Record<string, string> {
  return Object.fromEntries(status(t).conditions.map(({ type, reason }) => [type, reason]));
}

function autoscaler(changes: Record<string, unknown> = {}) {
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "web", namespace: "default" },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      minReplicas: 3,
      maxReplicas: 6,
      metrics: [
        { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } },
      ] as object[],
      ...changes,
    },
  };
}

function scaledObject(spec: Record<string, unknown>) {
  return {
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledObject",
    metadata: { name: "web", namespace: "default" },
    spec: { scaleTargetRef: { name: "web" }, ...spec },
  };
}

function conditions(t: TestWorld, resource: { group: string; resource: string }, name: string): Record<string, string> {
  const status = t.cluster.store.get(resource, "default", name)?.["status"] as {
    conditions: { type: string; status: string }[];
  };
  return Object.fromEntries(status.conditions.map((one) => [one.type, one.status]));
}
