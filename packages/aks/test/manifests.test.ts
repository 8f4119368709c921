import { type AppDescription, defineApp } from "@fairway/model";
import { describe, expect, test } from "vitest";
import { gatewaySettings, renderGateway } from "../src/manifests/gateway.ts";
import { notEquivalent } from "../src/manifests/not-equivalent.ts";
import { renderRevision, revisionName } from "../src/manifests/revision.ts";
import { renderLabelRoute, renderRoute } from "../src/manifests/route.ts";
import { renderAppService } from "../src/manifests/service.ts";

const minimal: AppDescription = { name: "shop", image: "registry.example/shop:1.0.0" };

function render(description: Partial<AppDescription>, keda = true) {
  const app = defineApp({ ...minimal, ...description });
  const context = { namespace: "payments", revision: "shop--a1b2c3d4", createdAt: "2026-01-05T08:00:00.000Z", keda };
  const { workload, guards } = renderRevision(app, context);
  return [...workload, ...guards];
}

function kinds(description: Partial<AppDescription>, keda = true): string[] {
  return render(description, keda).map(({ kind }) => kind);
}

function only(kind: string, description: Partial<AppDescription>, keda = true) {
  const found = render(description, keda).filter((manifest) => manifest.kind === kind);
  expect(found).toHaveLength(1);
  return found[0];
}

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
    expect(manifests).toMatchInlineSnapshot(`
      [
        {
          "apiVersion": "v1",
          "data": {
            "database": "cG9zdGdyZXM6Ly9zaG9w",
          },
          "immutable": true,
          "kind": "Secret",
          "metadata": {
            "labels": {
              "app.kubernetes.io/managed-by": "fairway",
              "app.kubernetes.io/name": "shop",
              "fairway.dev/app": "shop",
              "fairway.dev/revision": "shop--a1b2c3d4",
            },
            "name": "shop--a1b2c3d4",
            "namespace": "payments",
          },
          "type": "Opaque",
        },
        {
          "apiVersion": "apps/v1",
          "kind": "Deployment",
          "metadata": {
            "labels": {
              "app.kubernetes.io/managed-by": "fairway",
              "app.kubernetes.io/name": "shop",
              "fairway.dev/app": "shop",
              "fairway.dev/revision": "shop--a1b2c3d4",
            },
            "name": "shop--a1b2c3d4",
            "namespace": "payments",
          },
          "spec": {
            "revisionHistoryLimit": 1,
            "selector": {
              "matchLabels": {
                "fairway.dev/revision": "shop--a1b2c3d4",
              },
            },
            "strategy": {
              "rollingUpdate": {
                "maxSurge": "25%",
                "maxUnavailable": 0,
              },
              "type": "RollingUpdate",
            },
            "template": {
              "metadata": {
                "annotations": {
                  "dapr.io/app-id": "shop",
                  "dapr.io/app-port": "3000",
                  "dapr.io/app-protocol": "grpc",
                  "dapr.io/enabled": "true",
                },
                "labels": {
                  "app.kubernetes.io/managed-by": "fairway",
                  "app.kubernetes.io/name": "shop",
                  "fairway.dev/app": "shop",
                  "fairway.dev/revision": "shop--a1b2c3d4",
                },
              },
              "spec": {
                "containers": [
                  {
                    "args": [
                      "main.js",
                    ],
                    "command": [
                      "node",
                    ],
                    "env": [
                      {
                        "name": "MODE",
                        "value": "live",
                      },
                      {
                        "name": "DATABASE_URL",
                        "valueFrom": {
                          "secretKeyRef": {
                            "key": "database",
                            "name": "shop--a1b2c3d4",
                          },
                        },
                      },
                    ],
                    "image": "registry.example/shop:1.0.0",
                    "lifecycle": {
                      "preStop": {
                        "sleep": {
                          "seconds": 5,
                        },
                      },
                    },
                    "livenessProbe": {
                      "failureThreshold": 3,
                      "httpGet": {
                        "path": "/alive",
                        "port": 3000,
                        "scheme": "HTTP",
                      },
                      "initialDelaySeconds": 0,
                      "periodSeconds": 10,
                      "successThreshold": 1,
                      "timeoutSeconds": 1,
                    },
                    "name": "app",
                    "ports": [
                      {
                        "containerPort": 3000,
                        "name": "app",
                        "protocol": "TCP",
                      },
                    ],
                    "readinessProbe": {
                      "failureThreshold": 3,
                      "httpGet": {
                        "path": "/ready",
                        "port": 3001,
                        "scheme": "HTTP",
                      },
                      "initialDelaySeconds": 0,
                      "periodSeconds": 10,
                      "successThreshold": 1,
                      "timeoutSeconds": 1,
                    },
                    "resources": {
                      "limits": {
                        "memory": "1536Mi",
                      },
                      "requests": {
                        "cpu": "500m",
                        "memory": "1536Mi",
                      },
                    },
                    "securityContext": {
                      "allowPrivilegeEscalation": false,
                    },
                    "startupProbe": {
                      "failureThreshold": 60,
                      "httpGet": {
                        "path": "/started",
                        "port": 3000,
                        "scheme": "HTTP",
                      },
                      "initialDelaySeconds": 0,
                      "periodSeconds": 2,
                      "successThreshold": 1,
                      "timeoutSeconds": 1,
                    },
                  },
                ],
                "securityContext": {
                  "seccompProfile": {
                    "type": "RuntimeDefault",
                  },
                },
                "terminationGracePeriodSeconds": 40,
                "topologySpreadConstraints": [
                  {
                    "labelSelector": {
                      "matchLabels": {
                        "fairway.dev/revision": "shop--a1b2c3d4",
                      },
                    },
                    "maxSkew": 1,
                    "topologyKey": "topology.kubernetes.io/zone",
                    "whenUnsatisfiable": "ScheduleAnyway",
                  },
                  {
                    "labelSelector": {
                      "matchLabels": {
                        "fairway.dev/revision": "shop--a1b2c3d4",
                      },
                    },
                    "maxSkew": 1,
                    "topologyKey": "kubernetes.io/hostname",
                    "whenUnsatisfiable": "ScheduleAnyway",
                  },
                ],
              },
            },
          },
        },
        {
          "apiVersion": "v1",
          "kind": "Service",
          "metadata": {
            "labels": {
              "app.kubernetes.io/managed-by": "fairway",
              "app.kubernetes.io/name": "shop",
              "fairway.dev/app": "shop",
              "fairway.dev/revision": "shop--a1b2c3d4",
            },
            "name": "shop--a1b2c3d4",
            "namespace": "payments",
          },
          "spec": {
            "ports": [
              {
                "appProtocol": "kubernetes.io/h2c",
                "name": "http",
                "port": 80,
                "protocol": "TCP",
                "targetPort": 3000,
              },
            ],
            "selector": {
              "fairway.dev/revision": "shop--a1b2c3d4",
            },
            "type": "ClusterIP",
          },
        },
        {
          "apiVersion": "policy/v1",
          "kind": "PodDisruptionBudget",
          "metadata": {
            "labels": {
              "app.kubernetes.io/managed-by": "fairway",
              "app.kubernetes.io/name": "shop",
              "fairway.dev/app": "shop",
              "fairway.dev/revision": "shop--a1b2c3d4",
            },
            "name": "shop--a1b2c3d4",
            "namespace": "payments",
          },
          "spec": {
            "minAvailable": "50%",
            "selector": {
              "matchLabels": {
                "fairway.dev/revision": "shop--a1b2c3d4",
              },
            },
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
          },
        },
        {
          "apiVersion": "keda.sh/v1alpha1",
          "kind": "ScaledObject",
          "metadata": {
            "labels": {
              "app.kubernetes.io/managed-by": "fairway",
              "app.kubernetes.io/name": "shop",
              "fairway.dev/app": "shop",
              "fairway.dev/revision": "shop--a1b2c3d4",
            },
            "name": "shop--a1b2c3d4",
            "namespace": "payments",
          },
          "spec": {
            "cooldownPeriod": 300,
            "maxReplicaCount": 6,
            "minReplicaCount": 2,
            "pollingInterval": 30,
            "scaleTargetRef": {
              "apiVersion": "apps/v1",
              "kind": "Deployment",
              "name": "shop--a1b2c3d4",
            },
            "triggers": [
              {
                "metadata": {
                  "value": "70",
                },
                "metricType": "Utilization",
                "type": "cpu",
              },
            ],
          },
        },
      ]
    `);
  });

  test("of the least that can be said", () => {
    expect(
      render({}).map(({ metadata, ...manifest }) => ({ ...manifest, name: metadata.name })),
    ).toMatchInlineSnapshot(`
      [
        {
          "apiVersion": "apps/v1",
          "kind": "Deployment",
          "name": "shop--a1b2c3d4",
          "spec": {
            "revisionHistoryLimit": 1,
            "selector": {
              "matchLabels": {
                "fairway.dev/revision": "shop--a1b2c3d4",
              },
            },
            "strategy": {
              "rollingUpdate": {
                "maxSurge": "25%",
                "maxUnavailable": 0,
              },
              "type": "RollingUpdate",
            },
            "template": {
              "metadata": {
                "labels": {
                  "app.kubernetes.io/managed-by": "fairway",
                  "app.kubernetes.io/name": "shop",
                  "fairway.dev/app": "shop",
                  "fairway.dev/revision": "shop--a1b2c3d4",
                },
              },
              "spec": {
                "containers": [
                  {
                    "image": "registry.example/shop:1.0.0",
                    "name": "app",
                    "ports": [
                      {
                        "containerPort": 8080,
                        "name": "app",
                        "protocol": "TCP",
                      },
                    ],
                    "readinessProbe": {
                      "failureThreshold": 5,
                      "periodSeconds": 1,
                      "successThreshold": 1,
                      "tcpSocket": {
                        "port": 8080,
                      },
                      "timeoutSeconds": 3,
                    },
                    "resources": {
                      "limits": {
                        "memory": "512Mi",
                      },
                      "requests": {
                        "cpu": "250m",
                        "memory": "512Mi",
                      },
                    },
                    "securityContext": {
                      "allowPrivilegeEscalation": false,
                    },
                  },
                ],
                "securityContext": {
                  "seccompProfile": {
                    "type": "RuntimeDefault",
                  },
                },
                "terminationGracePeriodSeconds": 30,
                "topologySpreadConstraints": [
                  {
                    "labelSelector": {
                      "matchLabels": {
                        "fairway.dev/revision": "shop--a1b2c3d4",
                      },
                    },
                    "maxSkew": 1,
                    "topologyKey": "kubernetes.io/hostname",
                    "whenUnsatisfiable": "ScheduleAnyway",
                  },
                ],
              },
            },
          },
        },
        {
          "apiVersion": "v1",
          "kind": "Service",
          "name": "shop--a1b2c3d4",
          "spec": {
            "ports": [
              {
                "name": "http",
                "port": 80,
                "protocol": "TCP",
                "targetPort": 8080,
              },
            ],
            "selector": {
              "fairway.dev/revision": "shop--a1b2c3d4",
            },
            "type": "ClusterIP",
          },
        },
        {
          "apiVersion": "keda.sh/v1alpha1",
          "kind": "ScaledObject",
          "name": "shop--a1b2c3d4",
          "spec": {
            "cooldownPeriod": 300,
            "maxReplicaCount": 10,
            "minReplicaCount": 1,
            "pollingInterval": 30,
            "scaleTargetRef": {
              "apiVersion": "apps/v1",
              "kind": "Deployment",
              "name": "shop--a1b2c3d4",
            },
            "triggers": [
              {
                "metadata": {
                  "value": "80",
                },
                "metricType": "Utilization",
                "type": "cpu",
              },
            ],
          },
        },
      ]
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
    expect([
      ...render(description).filter(({ kind }) => kind === "TriggerAuthentication"),
      only("ScaledObject", description),
    ]).toMatchInlineSnapshot(`
      [
        {
          "apiVersion": "keda.sh/v1alpha1",
          "kind": "TriggerAuthentication",
          "metadata": {
            "labels": {
              "app.kubernetes.io/managed-by": "fairway",
              "app.kubernetes.io/name": "shop",
              "fairway.dev/app": "shop",
              "fairway.dev/revision": "shop--a1b2c3d4",
            },
            "name": "shop--a1b2c3d4-0",
            "namespace": "payments",
          },
          "spec": {
            "secretTargetRef": [
              {
                "key": "bus",
                "name": "shop--a1b2c3d4",
                "parameter": "connection",
              },
            ],
          },
        },
        {
          "apiVersion": "keda.sh/v1alpha1",
          "kind": "TriggerAuthentication",
          "metadata": {
            "labels": {
              "app.kubernetes.io/managed-by": "fairway",
              "app.kubernetes.io/name": "shop",
              "fairway.dev/app": "shop",
              "fairway.dev/revision": "shop--a1b2c3d4",
            },
            "name": "shop--a1b2c3d4-2",
            "namespace": "payments",
          },
          "spec": {
            "secretTargetRef": [
              {
                "key": "bus",
                "name": "shop--a1b2c3d4",
                "parameter": "token",
              },
            ],
          },
        },
        {
          "apiVersion": "keda.sh/v1alpha1",
          "kind": "ScaledObject",
          "metadata": {
            "labels": {
              "app.kubernetes.io/managed-by": "fairway",
              "app.kubernetes.io/name": "shop",
              "fairway.dev/app": "shop",
              "fairway.dev/revision": "shop--a1b2c3d4",
            },
            "name": "shop--a1b2c3d4",
            "namespace": "payments",
          },
          "spec": {
            "cooldownPeriod": 300,
            "maxReplicaCount": 20,
            "minReplicaCount": 0,
            "pollingInterval": 30,
            "scaleTargetRef": {
              "apiVersion": "apps/v1",
              "kind": "Deployment",
              "name": "shop--a1b2c3d4",
            },
            "triggers": [
              {
                "authenticationRef": {
                  "name": "shop--a1b2c3d4-0",
                },
                "metadata": {
                  "activationMessageCount": "0",
                  "messageCount": "5",
                  "namespace": "bus",
                  "queueName": "orders",
                },
                "type": "azure-servicebus",
              },
              {
                "metadata": {
                  "desiredReplicas": "4",
                  "end": "0 18 * * *",
                  "start": "0 8 * * *",
                  "timezone": "Europe/Oslo",
                },
                "type": "cron",
              },
              {
                "authenticationRef": {
                  "name": "shop--a1b2c3d4-2",
                },
                "metadata": {
                  "query": "up",
                },
                "type": "prometheus",
              },
            ],
          },
        },
      ]
    `);
  });

  test("without KEDA is a HorizontalPodAutoscaler, and rules that it cannot follow are reported", () => {
    const description: Partial<AppDescription> = {
      secrets,
      scale: { min: 0, max: 9, rules: [queue, { type: "memory", utilization: 60 }] },
    };
    expect(only("HorizontalPodAutoscaler", description, false)?.["spec"]).toMatchInlineSnapshot(`
      {
        "maxReplicas": 9,
        "metrics": [
          {
            "resource": {
              "name": "memory",
              "target": {
                "averageUtilization": 60,
                "type": "Utilization",
              },
            },
            "type": "Resource",
          },
        ],
        "minReplicas": 1,
        "scaleTargetRef": {
          "apiVersion": "apps/v1",
          "kind": "Deployment",
          "name": "shop--a1b2c3d4",
        },
      }
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

describe("routing", () => {
  const app = defineApp({ ...minimal, ingress: { exposure: "public" } });
  const gateway = gatewaySettings({}, "payments");
  const context = { namespace: "payments", gateway, host: "shop.payments.example.com" };

  test("of a public app", () => {
    expect([
      ...renderGateway(gateway),
      renderRoute(app, context, { "shop--b": 10, "shop--a": 90, "shop--c": 0 }),
      renderAppService(app, { namespace: "payments", revision: "shop--a" }),
    ]).toMatchInlineSnapshot(`
      [
        {
          "apiVersion": "gateway.networking.k8s.io/v1",
          "kind": "Gateway",
          "metadata": {
            "labels": {
              "app.kubernetes.io/managed-by": "fairway",
            },
            "name": "fairway",
            "namespace": "payments",
          },
          "spec": {
            "gatewayClassName": "azure-alb-external",
            "listeners": [
              {
                "allowedRoutes": {
                  "namespaces": {
                    "from": "Same",
                  },
                },
                "name": "http",
                "port": 80,
                "protocol": "HTTP",
              },
            ],
          },
        },
        {
          "apiVersion": "gateway.networking.k8s.io/v1",
          "kind": "HTTPRoute",
          "metadata": {
            "labels": {
              "app.kubernetes.io/managed-by": "fairway",
              "app.kubernetes.io/name": "shop",
              "fairway.dev/app": "shop",
            },
            "name": "shop",
            "namespace": "payments",
          },
          "spec": {
            "hostnames": [
              "shop.payments.example.com",
            ],
            "parentRefs": [
              {
                "group": "gateway.networking.k8s.io",
                "kind": "Gateway",
                "name": "fairway",
                "namespace": "payments",
              },
              {
                "group": "",
                "kind": "Service",
                "name": "shop",
                "port": 80,
              },
            ],
            "rules": [
              {
                "backendRefs": [
                  {
                    "group": "",
                    "kind": "Service",
                    "name": "shop--a",
                    "port": 80,
                    "weight": 90,
                  },
                  {
                    "group": "",
                    "kind": "Service",
                    "name": "shop--b",
                    "port": 80,
                    "weight": 10,
                  },
                  {
                    "group": "",
                    "kind": "Service",
                    "name": "shop--c",
                    "port": 80,
                    "weight": 0,
                  },
                ],
                "matches": [
                  {
                    "path": {
                      "type": "PathPrefix",
                      "value": "/",
                    },
                  },
                ],
              },
            ],
          },
        },
        {
          "apiVersion": "v1",
          "kind": "Service",
          "metadata": {
            "labels": {
              "app.kubernetes.io/managed-by": "fairway",
              "app.kubernetes.io/name": "shop",
              "fairway.dev/app": "shop",
            },
            "name": "shop",
            "namespace": "payments",
          },
          "spec": {
            "ports": [
              {
                "name": "http",
                "port": 80,
                "protocol": "TCP",
                "targetPort": 8080,
              },
            ],
            "selector": {
              "fairway.dev/revision": "shop--a",
            },
            "type": "ClusterIP",
          },
        },
      ]
    `);
  });

  test("of an internal app has no gateway and no host name", () => {
    const internal = defineApp(minimal);
    expect(renderRoute(internal, context, { "shop--a": 100 }).spec).toMatchObject({
      parentRefs: [{ kind: "Service", name: "shop" }],
    });
    expect(renderRoute(internal, context, { "shop--a": 100 }).spec).not.toHaveProperty("hostnames");
  });

  test("of a label is a host name of its own", () => {
    const route = renderLabelRoute({ app: "shop", label: "canary", revision: "shop--b" }, context);
    expect(route.metadata.name).toBe("shop---canary");
    expect(route.spec.hostnames).toEqual(["shop---canary.payments.example.com"]);
  });

  test("uses a Gateway that is named and makes none", () => {
    const named = gatewaySettings({ name: "edge", namespace: "infra" }, "payments");
    expect(renderGateway(named)).toEqual([]);
    expect(renderRoute(app, { ...context, gateway: named }, { "shop--a": 100 }).spec.parentRefs[0]).toMatchObject({
      name: "edge",
      namespace: "infra",
    });
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

function paths(description: Partial<AppDescription>, keda = true): string[] {
  return notEquivalent(defineApp({ ...minimal, ...description }), { keda }).map(({ path }) => path);
}
