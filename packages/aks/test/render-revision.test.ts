import { type AppDescription, defineApp } from "@fairway/model";
import { describe, expect, test } from "vitest";
import { revisionName } from "../src/manifests/revision.ts";
import { kinds, minimal, only, render, yaml } from "./rendering.ts";

describe("a revision", () => {
  test("of an app with everything", () => {
    const manifests = render({
      port: 3000,
      command: ["node"],
      args: ["main.js"],
      env: { MODE: "live", DATABASE_URL: { secret: "database" } },
      secrets: { database: "postgres://shop" },
      resources: { cpu: 0.5, memory: "1.5Gi" },
      probes: {
        startup: { path: "/started", periodSeconds: 2, failureThreshold: 60 },
        liveness: { path: "/alive" },
        readiness: { path: "/ready", port: 3001 },
      },
      ingress: { exposure: "public", transport: "http2" },
      scale: { min: 2, max: 6, rules: [{ type: "cpu", utilization: 70 }] },
      availability: { minAvailable: "50%", spread: "zone" },
      dapr: { protocol: "grpc" },
      shutdown: { graceSeconds: 40, drainDelaySeconds: 5 },
    }).map(({ metadata: { annotations: _notes, ...metadata }, ...manifest }) => ({ ...manifest, metadata }));
    expect(yaml(manifests)).toMatchInlineSnapshot(`
      "apiVersion: v1
      data:
        database: cG9zdGdyZXM6Ly9zaG9w
      immutable: true
      kind: Secret
      metadata:
        labels:
          app.kubernetes.io/name: shop
          app.kubernetes.io/managed-by: fairway
          fairway.dev/app: shop
          fairway.dev/revision: shop--a1b2c3d4
        name: shop--a1b2c3d4
        namespace: payments
      type: Opaque
      ---
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        labels:
          app.kubernetes.io/name: shop
          app.kubernetes.io/managed-by: fairway
          fairway.dev/app: shop
          fairway.dev/revision: shop--a1b2c3d4
        name: shop--a1b2c3d4
        namespace: payments
      spec:
        revisionHistoryLimit: 1
        selector:
          matchLabels:
            fairway.dev/revision: shop--a1b2c3d4
        strategy:
          rollingUpdate:
            maxSurge: 25%
            maxUnavailable: 0
          type: RollingUpdate
        template:
          metadata:
            annotations:
              dapr.io/enabled: 'true'
              dapr.io/app-id: shop
              dapr.io/app-port: '3000'
              dapr.io/app-protocol: grpc
            labels:
              app.kubernetes.io/name: shop
              app.kubernetes.io/managed-by: fairway
              fairway.dev/app: shop
              fairway.dev/revision: shop--a1b2c3d4
          spec:
            containers:
              - args:
                  - main.js
                command:
                  - node
                env:
                  - name: MODE
                    value: live
                  - name: DATABASE_URL
                    valueFrom:
                      secretKeyRef:
                        key: database
                        name: shop--a1b2c3d4
                image: registry.example/shop:1.0.0
                lifecycle:
                  preStop:
                    sleep:
                      seconds: 5
                livenessProbe:
                  failureThreshold: 3
                  httpGet:
                    path: /alive
                    port: 3000
                    scheme: HTTP
                  periodSeconds: 10
                  successThreshold: 1
                  timeoutSeconds: 1
                name: app
                ports:
                  - containerPort: 3000
                    name: app
                    protocol: TCP
                readinessProbe:
                  failureThreshold: 3
                  httpGet:
                    path: /ready
                    port: 3001
                    scheme: HTTP
                  periodSeconds: 10
                  successThreshold: 1
                  timeoutSeconds: 1
                resources:
                  limits:
                    memory: 1536Mi
                  requests:
                    cpu: 500m
                    memory: 1536Mi
                securityContext:
                  allowPrivilegeEscalation: false
                startupProbe:
                  failureThreshold: 60
                  httpGet:
                    path: /started
                    port: 3000
                    scheme: HTTP
                  periodSeconds: 2
                  successThreshold: 1
                  timeoutSeconds: 1
            securityContext:
              seccompProfile:
                type: RuntimeDefault
            terminationGracePeriodSeconds: 40
            topologySpreadConstraints:
              - labelSelector:
                  matchLabels:
                    fairway.dev/revision: shop--a1b2c3d4
                maxSkew: 1
                topologyKey: topology.kubernetes.io/zone
                whenUnsatisfiable: ScheduleAnyway
              - labelSelector:
                  matchLabels:
                    fairway.dev/revision: shop--a1b2c3d4
                maxSkew: 1
                topologyKey: kubernetes.io/hostname
                whenUnsatisfiable: ScheduleAnyway
      ---
      apiVersion: v1
      kind: Service
      metadata:
        labels:
          app.kubernetes.io/name: shop
          app.kubernetes.io/managed-by: fairway
          fairway.dev/app: shop
          fairway.dev/revision: shop--a1b2c3d4
        name: shop--a1b2c3d4
        namespace: payments
      spec:
        ports:
          - appProtocol: kubernetes.io/h2c
            name: http
            port: 80
            protocol: TCP
            targetPort: 3000
        selector:
          fairway.dev/revision: shop--a1b2c3d4
        type: ClusterIP
      ---
      apiVersion: policy/v1
      kind: PodDisruptionBudget
      metadata:
        labels:
          app.kubernetes.io/name: shop
          app.kubernetes.io/managed-by: fairway
          fairway.dev/app: shop
          fairway.dev/revision: shop--a1b2c3d4
        name: shop--a1b2c3d4
        namespace: payments
      spec:
        minAvailable: 50%
        selector:
          matchLabels:
            fairway.dev/revision: shop--a1b2c3d4
        unhealthyPodEvictionPolicy: AlwaysAllow
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
        minReplicaCount: 2
        maxReplicaCount: 6
        triggers:
          - type: cpu
            metricType: Utilization
            metadata:
              value: '70'
      "
    `);
  });

  test("of the least that can be said", () => {
    expect(
      yaml(render({}).map(({ metadata, ...manifest }) => ({ ...manifest, name: metadata.name }))),
    ).toMatchInlineSnapshot(`
      "apiVersion: apps/v1
      kind: Deployment
      spec:
        revisionHistoryLimit: 1
        selector:
          matchLabels:
            fairway.dev/revision: shop--a1b2c3d4
        strategy:
          rollingUpdate:
            maxSurge: 25%
            maxUnavailable: 0
          type: RollingUpdate
        template:
          metadata:
            labels:
              app.kubernetes.io/name: shop
              app.kubernetes.io/managed-by: fairway
              fairway.dev/app: shop
              fairway.dev/revision: shop--a1b2c3d4
          spec:
            containers:
              - image: registry.example/shop:1.0.0
                name: app
                ports:
                  - containerPort: 8080
                    name: app
                    protocol: TCP
                readinessProbe:
                  failureThreshold: 5
                  periodSeconds: 1
                  successThreshold: 1
                  tcpSocket:
                    port: 8080
                  timeoutSeconds: 3
                resources:
                  limits:
                    memory: 512Mi
                  requests:
                    cpu: 250m
                    memory: 512Mi
                securityContext:
                  allowPrivilegeEscalation: false
            securityContext:
              seccompProfile:
                type: RuntimeDefault
            terminationGracePeriodSeconds: 30
            topologySpreadConstraints:
              - labelSelector:
                  matchLabels:
                    fairway.dev/revision: shop--a1b2c3d4
                maxSkew: 1
                topologyKey: kubernetes.io/hostname
                whenUnsatisfiable: ScheduleAnyway
      ---
      apiVersion: v1
      kind: Service
      spec:
        ports:
          - name: http
            port: 80
            protocol: TCP
            targetPort: 8080
        selector:
          fairway.dev/revision: shop--a1b2c3d4
        type: ClusterIP
      ---
      apiVersion: keda.sh/v1alpha1
      kind: ScaledObject
      spec:
        scaleTargetRef:
          apiVersion: apps/v1
          kind: Deployment
          name: shop--a1b2c3d4
        pollingInterval: 30
        cooldownPeriod: 300
        minReplicaCount: 1
        maxReplicaCount: 10
        triggers:
          - type: cpu
            metricType: Utilization
            metadata:
              value: '80'
      name: shop--a1b2c3d4
      "
    `);
  });

  test("keeps its description without the values of secrets", () => {
    const deployment = only("Deployment", { secrets: { token: "hunter2" } });
    expect(JSON.stringify(deployment)).not.toContain("hunter2");
    expect(JSON.parse(deployment?.metadata.annotations?.["fairway.dev/description"] ?? "")).toMatchObject({
      name: "shop",
      secrets: { token: "" },
    });
  });

  test("without ingress has no Service and no probe of the port", () => {
    const description = { ingress: { exposure: "none" } } as const;
    expect(kinds(description)).not.toContain("Service");
    expect(JSON.stringify(only("Deployment", description))).not.toContain("readinessProbe");
  });
});

describe("the name of a revision", () => {
  const name = (description: Partial<AppDescription>) => revisionName(defineApp({ ...minimal, ...description }));

  test("stands for what the replicas are", () => {
    expect(name({})).toMatch(/^shop--[a-z][a-z0-9]{7}$/);
    const other = [
      name({ image: "registry.example/shop:1.0.1" }),
      name({ env: { MODE: "test" } }),
      name({ secrets: { token: "a" } }),
      name({ secrets: { token: "b" } }),
      name({ probes: { liveness: {} } }),
      name({ overrides: { aks: { Deployment: { spec: { minReadySeconds: 5 } } } } }),
    ];
    expect(new Set([name({}), ...other]).size).toBe(other.length + 1);
  });

  test("does not depend on the order of variables, nor on scale, budget and host", () => {
    expect(name({ env: { A: "1", B: "2" } })).toBe(name({ env: { B: "2", A: "1" } }));
    const same = [
      name({ scale: { min: 3, max: 5 } }),
      name({ availability: { minAvailable: 1 } }),
      name({ ingress: { exposure: "public", host: "shop.example" } }),
    ];
    expect(new Set([name({}), ...same]).size).toBe(1);
  });
});

describe("overrides", () => {
  test("are merged into the kind that they name, and cannot rename it", () => {
    const deployment = only("Deployment", {
      overrides: {
        aks: {
          Deployment: {
            metadata: { name: "other", labels: { team: "shop", "fairway.dev/app": "other" } },
            spec: { minReadySeconds: 7, strategy: null },
          },
        },
      },
    });
    expect(deployment?.metadata).toMatchObject({
      name: "shop--a1b2c3d4",
      labels: { team: "shop", "fairway.dev/app": "shop" },
    });
    expect(deployment?.["spec"]).toMatchObject({ minReadySeconds: 7 });
    expect(deployment?.["spec"]).not.toHaveProperty("strategy");
  });
});
