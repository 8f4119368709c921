import type { AppDescription } from "@fairway/model";
import { describe, expect, test } from "vitest";
import { kinds, only, paths, render, yaml } from "./rendering.ts";

describe("the disruption budget", () => {
  const spec = (description: Partial<AppDescription>) => only("PodDisruptionBudget", description)?.["spec"];

  test("takes one replica at a time when nothing is said and there are several", () => {
    expect(spec({ scale: { min: 2, max: 2 } })).toMatchObject({
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: "AlwaysAllow",
    });
  });

  test("is as described", () => {
    expect(spec({ availability: { minAvailable: 1 } })).toMatchObject({ minAvailable: 1 });
    expect(spec({ availability: { maxUnavailable: "30%" } })).toMatchObject({ maxUnavailable: "30%" });
  });

  test("is not there for a single replica, which the plan says", () => {
    expect(kinds({})).not.toContain("PodDisruptionBudget");
    expect(paths({})).toContain("availability");
  });

  test("is not there when no replica has to be available, which the plan says", () => {
    const description: Partial<AppDescription> = { scale: { min: 3, max: 3 }, availability: { minAvailable: 0 } };
    expect(kinds(description)).not.toContain("PodDisruptionBudget");
    expect(paths(description)).toContain("availability.minAvailable");
  });

  test.each([
    [{ scale: { min: 2, max: 4 }, availability: { minAvailable: 2 } }, "availability.minAvailable"],
    [{ scale: { min: 2, max: 4 }, availability: { minAvailable: "51%" } }, "availability.minAvailable"],
    [{ scale: { min: 2, max: 4 }, availability: { maxUnavailable: 0 } }, "availability.maxUnavailable"],
  ])("that blocks every drain is reported: %j", (description, path) => {
    expect(paths(description)).toContain(path);
  });

  test("that leaves a replica to drain is not reported", () => {
    expect(paths({ scale: { min: 2, max: 4 }, availability: { minAvailable: "50%" } })).toEqual([
      "ingress",
      "scale.rules",
    ]);
  });
});

describe("scaling", () => {
  const queue = { type: "serviceBus", namespace: "bus", queue: "orders", connectionSecret: "bus" } as const;
  const secrets = { bus: "Endpoint=sb://bus" };

  test("with KEDA is a ScaledObject and what its triggers log in with", () => {
    const description: Partial<AppDescription> = {
      secrets,
      scale: {
        min: 0,
        max: 20,
        rules: [
          queue,
          { type: "cron", timezone: "Europe/Oslo", start: "0 8 * * *", end: "0 18 * * *", replicas: 4 },
          {
            type: "keda",
            trigger: "prometheus",
            metadata: { query: "up" },
            auth: [{ secret: "bus", parameter: "token" }],
          },
        ],
      },
    };
    expect(
      yaml([
        ...render(description).filter(({ kind }) => kind === "TriggerAuthentication"),
        only("ScaledObject", description),
      ]),
    ).toMatchInlineSnapshot(`
      "apiVersion: keda.sh/v1alpha1
      kind: TriggerAuthentication
      metadata:
        labels:
          app.kubernetes.io/name: shop
          app.kubernetes.io/managed-by: fairway
          fairway.dev/app: shop
          fairway.dev/revision: shop--a1b2c3d4
        name: shop--a1b2c3d4-0
        namespace: payments
      spec:
        secretTargetRef:
          - parameter: connection
            name: shop--a1b2c3d4
            key: bus
      ---
      apiVersion: keda.sh/v1alpha1
      kind: TriggerAuthentication
      metadata:
        labels:
          app.kubernetes.io/name: shop
          app.kubernetes.io/managed-by: fairway
          fairway.dev/app: shop
          fairway.dev/revision: shop--a1b2c3d4
        name: shop--a1b2c3d4-2
        namespace: payments
      spec:
        secretTargetRef:
          - parameter: token
            name: shop--a1b2c3d4
            key: bus
      ---
      apiVersion: keda.sh/v1alpha1
      kind: ScaledObject
      metadata:
        labels:
          app.kubernetes.io/name: shop
          app.kubernetes.io/managed-by: fairway
          fairway.dev/app: shop
          fairway.dev/revision: shop--a1b2c3d4
        name: shop--a1b2c3d4
        namespace: payments
      spec:
        scaleTargetRef:
          apiVersion: apps/v1
          kind: Deployment
          name: shop--a1b2c3d4
        pollingInterval: 30
        cooldownPeriod: 300
        minReplicaCount: 0
        maxReplicaCount: 20
        triggers:
          - type: azure-servicebus
            metadata:
              namespace: bus
              queueName: orders
              messageCount: '5'
              activationMessageCount: '0'
            authenticationRef:
              name: shop--a1b2c3d4-0
          - type: cron
            metadata:
              timezone: Europe/Oslo
              start: 0 8 * * *
              end: 0 18 * * *
              desiredReplicas: '4'
          - type: prometheus
            metadata:
              query: up
            authenticationRef:
              name: shop--a1b2c3d4-2
      "
    `);
  });

  test("without KEDA is a HorizontalPodAutoscaler, and rules that it cannot follow are reported", () => {
    const description: Partial<AppDescription> = {
      secrets,
      scale: { min: 0, max: 9, rules: [queue, { type: "memory", utilization: 60 }] },
    };
    expect(yaml([only("HorizontalPodAutoscaler", description, false)])).toMatchInlineSnapshot(`
      "apiVersion: autoscaling/v2
      kind: HorizontalPodAutoscaler
      metadata:
        labels:
          app.kubernetes.io/name: shop
          app.kubernetes.io/managed-by: fairway
          fairway.dev/app: shop
          fairway.dev/revision: shop--a1b2c3d4
        name: shop--a1b2c3d4
        namespace: payments
      spec:
        maxReplicas: 9
        metrics:
          - resource:
              name: memory
              target:
                averageUtilization: 60
                type: Utilization
            type: Resource
        minReplicas: 1
        scaleTargetRef:
          apiVersion: apps/v1
          kind: Deployment
          name: shop--a1b2c3d4
      "
    `);
    expect(paths(description, false)).toEqual([
      "ingress",
      "scale.min",
      "scale.rules[0]",
      "scale.rules[1]",
      "availability",
    ]);
  });

  test("by requests is by CPU, which the plan says", () => {
    const description: Partial<AppDescription> = { scale: { min: 2, max: 4, rules: [{ type: "http" }] } };
    expect(only("ScaledObject", description)?.["spec"]).toMatchObject({
      minReplicaCount: 2,
      triggers: [{ type: "cpu", metricType: "Utilization", metadata: { value: "80" } }],
    });
    expect(paths(description)).toContain("scale.rules[0]");
  });

  test("between equal bounds is none", () => {
    expect(kinds({ scale: { min: 3, max: 3 } })).toEqual(["Deployment", "Service", "PodDisruptionBudget"]);
  });
});
