import { type AppDescription, defineApp, FairwayError, memoryMib } from "@fairway/model";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { desiredApp, newContainerApp } from "../src/desired/container-app.ts";
import { notEquivalent } from "../src/desired/not-equivalent.ts";
import { resourcesOf } from "../src/desired/resources.ts";

const plain: AppDescription = { name: "shop", image: "registry.example/shop:1", port: 3000 };
const describeShop = (changes: Partial<AppDescription> = {}) => defineApp({ ...plain, ...changes });
const desiredOf = (changes: Partial<AppDescription> = {}) => desiredApp(describeShop(changes), 10);
const containerOf = (changes: Partial<AppDescription> = {}) => desiredOf(changes).template.containers?.[0];
const remarksOf = (changes: Partial<AppDescription> = {}) =>
  Object.fromEntries(notEquivalent(describeShop(changes)).map(({ path, effect }) => [path, effect]));

describe("cpu and memory", () => {
  test("are rounded up to the next pair that there is, and the report says so", () => {
    expect(containerOf()?.resources).toEqual({ cpu: 0.25, memory: "0.5Gi" });
    expect(containerOf({ resources: { cpu: 0.3, memory: "256Mi" } })?.resources).toEqual({ cpu: 0.5, memory: "1Gi" });
    expect(containerOf({ resources: { cpu: 0.25, memory: "1.6Gi" } })?.resources).toEqual({ cpu: 1, memory: "2Gi" });
    expect(remarksOf({ resources: { cpu: 0.3 } })).toMatchObject({ resources: "approximated" });
    expect(remarksOf()).not.toHaveProperty("resources");
  });

  test("never less than asked for, always a legal pair, and the smallest of them", () => {
    const amounts = fc.tuple(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 4, max: 8_192 }));
    fc.assert(
      fc.property(amounts, ([cpuPercent, memory]) => {
        const app = describeShop({ resources: { cpu: cpuPercent / 100, memory: `${memory}Mi` } });
        const given = resourcesOf(app);
        expect(given.cpu).toBeGreaterThanOrEqual(app.resources.cpu);
        expect(memoryMib(given.memory)).toBeGreaterThanOrEqual(memory);
        expect((given.cpu * 4) % 1).toBe(0);
        expect(memoryMib(given.memory)).toBe(given.cpu * 2_048);
        const smaller = given.cpu - 0.25;
        expect(smaller < app.resources.cpu || smaller * 2_048 < memory).toBe(true);
      }),
    );
  });

  test("more than Consumption has needs a dedicated profile", () => {
    expect(() => desiredOf({ resources: { cpu: 4.5 } })).toThrow(FairwayError);
    expect(() => desiredOf({ resources: { memory: "9Gi" } })).toThrow("8Gi at most");
    const overrides = { containerApps: { properties: { workloadProfileName: "D8" } } };
    expect(containerOf({ resources: { cpu: 6, memory: "20Gi" }, overrides })?.resources).toEqual({
      cpu: 6,
      memory: "20Gi",
    });
  });
});

describe("probes", () => {
  test("go to the app's port unless they name another", () => {
    expect(containerOf({ probes: { liveness: { path: "/live" }, readiness: { port: 9 } } })?.probes).toMatchObject([
      { type: "Liveness", httpGet: { path: "/live", port: 3000 } },
      { type: "Readiness", httpGet: { path: "/", port: 9 } },
    ]);
  });

  test("more failures than allowed become fewer further apart, with the same patience", () => {
    const startup = { periodSeconds: 5, failureThreshold: 48 };
    expect(containerOf({ probes: { startup } })?.probes?.[0]).toMatchObject({
      periodSeconds: 24,
      failureThreshold: 10,
    });
    expect(remarksOf({ probes: { startup } })).toMatchObject({ "probes.startup.failureThreshold": "approximated" });
    expect(remarksOf({ probes: { startup: { failureThreshold: 10 } } })).not.toHaveProperty(
      "probes.startup.failureThreshold",
    );
  });

  test("Kubernetes' zero delay is left out: the field starts at 1", () => {
    expect(containerOf({ probes: { startup: {} } })?.probes?.[0]).not.toHaveProperty("initialDelaySeconds");
    expect(containerOf({ probes: { startup: { initialDelaySeconds: 5 } } })?.probes?.[0]?.initialDelaySeconds).toBe(5);
  });
});

test("scale rules in the words of KEDA", () => {
  const { template } = desiredOf({
    secrets: { bus: "Endpoint=x" },
    scale: {
      min: 0,
      max: 30,
      pollingSeconds: 15,
      cooldownSeconds: 60,
      rules: [
        { type: "http", concurrentRequests: 50 },
        { type: "cpu", utilization: 70 },
        { type: "serviceBus", namespace: "bus", queue: "orders", connectionSecret: "bus" },
        { type: "serviceBus", namespace: "bus", topic: "paid", subscription: "shop", messageCount: 20 },
        { type: "cron", timezone: "Europe/Oslo", start: "0 8 * * *", end: "0 18 * * *", replicas: 4 },
        {
          type: "keda",
          trigger: "rabbitmq",
          metadata: { queueName: "q" },
          auth: [{ secret: "bus", parameter: "host" }],
        },
      ],
    },
  });
  expect(template.scale).toEqual({
    minReplicas: 0,
    maxReplicas: 30,
    pollingInterval: 15,
    cooldownPeriod: 60,
    rules: [
      { name: "http-0", http: { metadata: { concurrentRequests: "50" } } },
      { name: "cpu-1", custom: { type: "cpu", metadata: { type: "Utilization", value: "70" } } },
      {
        name: "servicebus-2",
        custom: {
          type: "azure-servicebus",
          metadata: { namespace: "bus", queueName: "orders", messageCount: "5", activationMessageCount: "0" },
          auth: [{ secretRef: "bus", triggerParameter: "connection" }],
        },
      },
      {
        name: "servicebus-3",
        custom: {
          type: "azure-servicebus",
          metadata: {
            namespace: "bus",
            topicName: "paid",
            subscriptionName: "shop",
            messageCount: "20",
            activationMessageCount: "0",
          },
          identity: "system",
        },
      },
      {
        name: "cron-4",
        custom: {
          type: "cron",
          metadata: { timezone: "Europe/Oslo", start: "0 8 * * *", end: "0 18 * * *", desiredReplicas: "4" },
        },
      },
      {
        name: "keda-5",
        custom: {
          type: "rabbitmq",
          metadata: { queueName: "q" },
          auth: [{ secretRef: "bus", triggerParameter: "host" }],
        },
      },
    ],
  });
  expect(desiredOf({ scale: { rules: [{ type: "serviceBus", namespace: "bus", queue: "q" }] } }).identity).toEqual({
    type: "SystemAssigned",
  });
});

test("the whole app, with environment, secrets, Dapr and the first split", () => {
  const desired = desiredOf({
    env: { MODE: "live", KEY: { secret: "key" } },
    secrets: { key: "s3cret" },
    ingress: { exposure: "public", transport: "http2" },
    dapr: { protocol: "grpc" },
    shutdown: { graceSeconds: 60 },
    args: ["--verbose"],
  });
  expect(newContainerApp(desired, { id: "/environments/main", location: "West Europe" })).toEqual({
    location: "West Europe",
    environmentId: "/environments/main",
    tags: { "managed-by": "fairway" },
    configuration: {
      activeRevisionsMode: "Multiple",
      maxInactiveRevisions: 10,
      ingress: {
        external: true,
        targetPort: 3000,
        transport: "http2",
        allowInsecure: false,
        traffic: [{ revisionName: desired.revision, weight: 100 }],
      },
      dapr: { enabled: true, appId: "shop", appPort: 3000, appProtocol: "grpc" },
      secrets: [{ name: "key", value: "s3cret" }],
    },
    template: {
      revisionSuffix: desired.revision.replace("shop--", ""),
      containers: [
        {
          name: "shop",
          image: "registry.example/shop:1",
          args: ["--verbose"],
          env: [
            { name: "MODE", value: "live" },
            { name: "KEY", secretRef: "key" },
          ],
          resources: { cpu: 0.25, memory: "0.5Gi" },
        },
      ],
      scale: { minReplicas: 1, maxReplicas: 10, pollingInterval: 30, cooldownPeriod: 300 },
      terminationGracePeriodSeconds: 60,
    },
  });
});

describe("the name of the revision", () => {
  const nameOf = (changes: Partial<AppDescription> = {}) => desiredOf(changes).revision;

  test("changes with what the revision is made of, secrets included", () => {
    const names = [
      nameOf(),
      nameOf({ image: "registry.example/shop:2" }),
      nameOf({ env: { A: "1" } }),
      nameOf({ scale: { max: 11 } }),
      nameOf({ probes: { liveness: {} } }),
      nameOf({ secrets: { key: "1" } }),
      nameOf({ secrets: { key: "2" } }),
      nameOf({ overrides: { containerApps: { properties: { template: { volumes: [] } } } } }),
    ];
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^shop--[a-z][a-z0-9]{7}$/);
  });

  test("stays with what all revisions share", () => {
    expect(nameOf({ ingress: { exposure: "public" } })).toBe(nameOf());
    expect(nameOf({ dapr: {} })).toBe(nameOf());
    expect(nameOf({ availability: { minAvailable: 1 } })).toBe(nameOf());
    expect(desiredApp(describeShop(), 3).revision).toBe(nameOf());
  });
});

test("what Container Apps does otherwise or not at all is said, field by field", () => {
  const demanding: Partial<AppDescription> = {
    ingress: { exposure: "public", sticky: true, host: "shop.example.com", transport: "tcp" },
    availability: { minAvailable: "50%", spread: "zone" },
    shutdown: { graceSeconds: 60, drainDelaySeconds: 10 },
    dependsOn: ["config-server"],
    scale: { min: 2, max: 2 },
    probes: { liveness: {} },
    overrides: { aks: { Deployment: {} } },
  };
  expect(remarksOf(demanding)).toEqual({
    "ingress.sticky": "ignored",
    "ingress.host": "ignored",
    "ingress.transport": "approximated",
    "availability.minAvailable": "ignored",
    "availability.spread": "approximated",
    "shutdown.drainDelaySeconds": "ignored",
    dependsOn: "ignored",
    "overrides.aks": "ignored",
  });
  expect(remarksOf()).toEqual({ probes: "approximated", "scale.rules": "approximated" });
  expect(remarksOf({ ingress: { exposure: "none" } })).toEqual({ "ingress.exposure": "approximated" });
});
