import { describe, expect, test } from "vitest";
import { createTestWorld, deploymentOf, resources, type TestWorld } from "./controllers-world.ts";

describe("a HorizontalPodAutoscaler without metrics", () => {
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

function autoscaler() {
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
      ],
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
