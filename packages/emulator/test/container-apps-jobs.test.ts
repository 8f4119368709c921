import type { Job } from "@azure/arm-appcontainers";
import { describe, expect, it } from "vitest";
import type { ContainerSpec } from "../src/world/ports.ts";
import { prepare, startServer } from "./container-apps-server.ts";
import {
  type Answer,
  at,
  environmentPath,
  groupPath,
  itemsOf,
  type Json,
  listOf,
  startWorld,
  type TestWorld,
  textOf,
} from "./container-apps-world.ts";

const jobPath = `${groupPath}/providers/Microsoft.App/jobs/settle`;

function jobBody(configuration: Record<string, unknown> = {}, container: Record<string, unknown> = {}) {
  return {
    location: "West Europe",
    properties: {
      environmentId: environmentPath,
      configuration: {
        triggerType: "Manual",
        replicaTimeout: 300,
        replicaRetryLimit: 1,
        manualTriggerConfig: { parallelism: 1, replicaCompletionCount: 1 },
        ...configuration,
      },
      template: {
        containers: [
          { name: "settle", image: "shop/settle:1.0.0", resources: { cpu: 0.25, memory: "0.5Gi" }, ...container },
        ],
      },
    },
  };
}

/** Every container of a job ends after `afterMs`; those for which `fails` says so with exit code 1. */
function endingAfter(afterMs: number, fails: (spec: ContainerSpec) => boolean = () => false) {
  return {
    behaviour: (spec: ContainerSpec) => ({
      createMs: 100,
      stopMs: 100,
      crash: { afterMs, exitCode: fails(spec) ? 1 : 0 },
    }),
  };
}

function create(world: TestWorld, body: unknown = jobBody()): Answer {
  const accepted = world.call("PUT", jobPath, body);
  expect(accepted.status).toBe(201);
  world.settle(accepted);
  return accepted;
}

function startOne(world: TestWorld, body?: unknown): string {
  const started = world.call("POST", `${jobPath}/start`, body);
  expect(started.status).toBe(200);
  return textOf(started.body["name"]);
}

function execution(world: TestWorld, name: string): Json {
  return at(world.call("GET", `${jobPath}/executions/${name}`).body, "properties");
}

function statuses(world: TestWorld): readonly unknown[] {
  return itemsOf(world.call("GET", `${jobPath}/executions`)).map((item) => at(item, "properties.status"));
}

describe("a job", () => {
  it("is accepted with 201 and an operation of its own kind, and shown with every unset field null", () => {
    const world = startWorld({ apiVersion: "2025-10-02-preview" });
    const accepted = create(world);
    expect(accepted.headers["azure-asyncoperation"]).toMatch(/\/containerappsjobOperationStatuses\/[0-9a-f-]{36}\?/);
    expect(accepted.headers["x-ms-async-operation-timeout"]).toBe("PT15M");
    expect(at(accepted.body, "properties.provisioningState")).toBe("InProgress");
    const { body } = world.call("GET", jobPath);
    expect(body).toMatchObject({
      id: jobPath,
      name: "settle",
      type: "Microsoft.App/jobs",
      location: "West Europe",
      identity: { type: "None" },
      properties: {
        provisioningState: "Succeeded",
        runningStatus: "Ready",
        environmentId: environmentPath,
        workloadProfileName: "Consumption",
        template: {
          initContainers: null,
          volumes: null,
          containers: [{ imageType: "ContainerImage", resources: { ephemeralStorage: "1Gi" } }],
        },
      },
    });
    expect(at(body, "properties.configuration")).toEqual({
      secrets: null,
      triggerType: "Manual",
      replicaTimeout: 300,
      replicaRetryLimit: 1,
      manualTriggerConfig: { parallelism: 1, replicaCompletionCount: 1 },
      scheduleTriggerConfig: null,
      eventTriggerConfig: null,
      registries: null,
      dapr: null,
      identitySettings: [],
    });
  });

  it("runs an execution as a replica that ends, and lists it with what its containers did", () => {
    const world = startWorld({ apiVersion: "2025-10-02-preview", ...endingAfter(20_000) });
    create(world);
    const name = startOne(world);
    expect(name).toMatch(/^settle-[a-z0-9]{7}$/);
    world.kernel.runFor(10_000);
    expect(execution(world, name)).toMatchObject({
      status: "Running",
      startTime: expect.stringMatching(/\+00:00$/) as unknown,
      template: { initContainers: [], containers: [{ name: "settle", image: "shop/settle:1.0.0" }] },
      detailedStatus: {
        replicas: [{ containers: [{ name: "settle", status: "Running", code: -1, additionalInformation: "" }] }],
      },
    });
    const [replica] = itemsOf(world.call("GET", `${jobPath}/executions/${name}/replicas`));
    expect(at(replica, "properties")).toMatchObject({ runningState: "Running", containers: [{ restartCount: 0 }] });
    world.kernel.runFor(30_000);
    expect(execution(world, name)).toMatchObject({ status: "Succeeded", endTime: expect.any(String) as unknown });
    expect(at(execution(world, name), "detailedStatus.replicas.0.containers.0")).toMatchObject({
      status: "Terminated",
      code: 0,
    });
  });

  it("retries as often as it may, then fails for the back-off limit", () => {
    const world = startWorld({ apiVersion: "2025-10-02-preview", ...endingAfter(1_000, () => true) });
    create(world, jobBody({ replicaRetryLimit: 2 }));
    const name = startOne(world);
    world.kernel.runFor(200_000);
    expect(execution(world, name)).toMatchObject({
      status: "Failed",
      reason: "BackoffLimitExceeded",
      message: "Job has reached the specified backoff limit",
    });
    expect(listOf(at(execution(world, name), "detailedStatus.replicas"))).toHaveLength(3);
  });

  it("fails when its time is up, and is stopped on request", () => {
    const world = startWorld({ apiVersion: "2025-10-02-preview", ...endingAfter(600_000) });
    create(world, jobBody({ replicaTimeout: 60 }));
    const late = startOne(world);
    world.kernel.runFor(59_000);
    expect(at(execution(world, late), "status")).toBe("Running");
    world.kernel.runFor(2_000);
    expect(execution(world, late)).toMatchObject({ status: "Failed", reason: "DeadlineExceeded" });
    const [one, two, three] = [startOne(world), startOne(world), startOne(world)];
    world.kernel.runFor(10_000);
    expect(world.call("POST", `${jobPath}/stop/${one}`).status).toBe(200);
    expect(world.call("POST", `${jobPath}/executions/${two}/stop`).status).toBe(200);
    expect(statuses(world)).toEqual(["Running", "Stopped", "Stopped", "Failed"]);
    expect(at(world.call("POST", `${jobPath}/stop`).body, "value.0.name")).toBe(three);
    expect(at(execution(world, three ?? ""), "status")).toBe("Stopped");
  });

  it("runs replicas side by side until enough have succeeded", () => {
    const world = startWorld({ apiVersion: "2025-10-02-preview", ...endingAfter(30_000) });
    create(world, jobBody({ manualTriggerConfig: { parallelism: 2, replicaCompletionCount: 3 } }));
    const name = startOne(world);
    world.kernel.runFor(20_000);
    expect(listOf(at(execution(world, name), "detailedStatus.replicas"))).toHaveLength(2);
    world.kernel.runFor(30_000);
    expect(listOf(at(execution(world, name), "detailedStatus.replicas"))).toHaveLength(3);
    world.kernel.runFor(40_000);
    expect(at(execution(world, name), "status")).toBe("Succeeded");
  });

  it("takes other containers for one execution, and keeps its own", () => {
    const world = startWorld({ apiVersion: "2025-10-02-preview", ...endingAfter(5_000) });
    create(world);
    const containers = [
      { name: "settle", env: [{ name: "DAY", value: "17 May" }], resources: { cpu: 0.5, memory: "1Gi" } },
    ];
    const name = startOne(world, { containers });
    expect(at(execution(world, name), "template.containers.0")).toMatchObject({
      image: "shop/settle:1.0.0",
      env: [{ name: "DAY", value: "17 May" }],
    });
    expect(at(world.call("GET", jobPath).body, "properties.template.containers.0")).not.toHaveProperty("env");
    expect(world.call("POST", `${jobPath}/start`, { containers: [null] }).status).toBe(400);
  });

  it("starts by its schedule in UTC, unless it is suspended", () => {
    const world = startWorld({ apiVersion: "2025-10-02-preview", ...endingAfter(5_000) });
    const scheduleTriggerConfig = { cronExpression: "*/10 * * * *", parallelism: 1, replicaCompletionCount: 1 };
    create(world, jobBody({ triggerType: "Schedule", manualTriggerConfig: null, scheduleTriggerConfig }));
    expect(at(world.call("GET", jobPath).body, "properties.configuration")).toMatchObject({
      manualTriggerConfig: null,
      scheduleTriggerConfig,
    });
    world.kernel.runFor(30 * 60_000);
    expect(statuses(world)).toHaveLength(3);
    const suspended = world.call("POST", `${jobPath}/suspend`);
    expect(suspended.status).toBe(202);
    world.settle(suspended);
    expect(at(world.call("GET", jobPath).body, "properties.runningStatus")).toBe("Suspended");
    world.kernel.runFor(30 * 60_000);
    expect(statuses(world)).toHaveLength(3);
    world.settle(world.call("POST", `${jobPath}/resume`));
    world.kernel.runFor(10 * 60_000);
    expect(statuses(world)).toHaveLength(4);
  });

  it("starts an execution for what waits in a queue, up to its limit", () => {
    const world = startWorld({ apiVersion: "2025-10-02-preview", ...endingAfter(100_000) });
    const rule = {
      name: "orders",
      type: "azure-servicebus",
      metadata: { queueName: "orders", namespace: "ns1", messageCount: "2" },
      auth: [{ secretRef: "bus", triggerParameter: "connection" }],
    };
    const eventTriggerConfig = {
      parallelism: 1,
      replicaCompletionCount: 1,
      scale: { minExecutions: 0, maxExecutions: 3, pollingInterval: 30, rules: [rule] },
    };
    const secrets = [{ name: "bus", value: "Endpoint=sb://ns1" }];
    create(world, jobBody({ triggerType: "Event", manualTriggerConfig: null, eventTriggerConfig, secrets }));
    expect(at(world.call("GET", jobPath).body, "properties.configuration")).toMatchObject({
      eventTriggerConfig,
      secrets: [{ name: "bus" }],
    });
    const orders = (value: number): void =>
      world.apps.metrics.set({ type: "azure-servicebus", metadata: { queueName: "orders" }, value });
    world.kernel.runFor(60_000);
    expect(statuses(world)).toEqual([]);
    orders(3);
    world.kernel.runFor(31_000);
    expect(statuses(world)).toEqual(["Running", "Running"]);
    orders(50);
    world.kernel.runFor(31_000);
    expect(statuses(world)).toHaveLength(3);
  });

  it("answers PATCH and DELETE with a location only, refuses a write during a write, and holds its environment", () => {
    const world = startWorld({ apiVersion: "2025-10-02-preview", ...endingAfter(1_000) });
    create(world);
    const patched = world.call("PATCH", jobPath, { properties: { configuration: { replicaTimeout: 77 } } });
    expect([patched.status, patched.body, patched.headers["azure-asyncoperation"]]).toEqual([202, null, undefined]);
    expect(patched.headers["location"]).toContain("/containerappsjobOperationResults/");
    const refused = world.call("POST", `${jobPath}/start`);
    expect([refused.status, at(refused.body, "error.code")]).toEqual([409, "ContainerAppsJobOperationInProgress"]);
    expect(world.settle(patched)).toMatchObject({
      status: 200,
      body: { properties: { configuration: { replicaTimeout: 77, replicaRetryLimit: 1 } } },
    });
    expect(at(world.call("DELETE", environmentPath).body, "error.code")).toBe("ManagedEnvironmentHasJobs");
    const deleted = world.call("DELETE", jobPath);
    expect([deleted.status, deleted.headers["azure-asyncoperation"]]).toEqual([202, undefined]);
    expect(world.settle(deleted).status).toBe(204);
    expect(world.call("GET", jobPath).status).toBe(404);
    expect(world.call("DELETE", jobPath).status).toBe(204);
  });

  it("refuses what it cannot run", () => {
    const world = startWorld({ apiVersion: "2025-10-02-preview" });
    const refusal = (configuration: Record<string, unknown>): readonly unknown[] => {
      const { status, body } = world.call("PUT", jobPath, jobBody(configuration));
      return [status, textOf(at(body, "error.message"))];
    };
    const text = (part: string): readonly unknown[] => [400, expect.stringContaining(part) as unknown];
    expect(refusal({ replicaTimeout: null })).toEqual(text("replicaTimeout is required"));
    expect(refusal({ triggerType: "Schedule", scheduleTriggerConfig: { cronExpression: "soon" } })).toEqual(
      text("must be a cron expression"),
    );
    expect(refusal({ triggerType: "Event", eventTriggerConfig: { scale: {} } })).toEqual(text("at least one rule"));
    expect(refusal({ manualTriggerConfig: { parallelism: 0 } })).toEqual(text("parallelism"));
    expect(world.call("GET", jobPath).status).toBe(404);
  });
});

describe("@azure/arm-appcontainers with jobs", () => {
  it("creates a job, starts it, reads its executions, and deletes it", async () => {
    await using server = await startServer({
      behaviour: () => ({ createMs: 5, stopMs: 5, crash: { afterMs: 60_000, exitCode: 0 } }),
    });
    await prepare(server);
    const { jobs, jobsExecutions } = server.client;
    const { location, properties } = jobBody();
    const job = { location, ...properties } as unknown as Job;
    expect(await jobs.createOrUpdate("shop", "settle", job)).toMatchObject({ provisioningState: "Succeeded" });
    const { name = "" } = (await jobs.start("shop", "settle")) ?? {};
    expect((await server.client.jobExecution("shop", "settle", name)).status).toBe("Running");
    const names: unknown[] = [];
    for await (const item of jobsExecutions.list("shop", "settle")) names.push(item.name);
    expect(names).toEqual([name]);
    await jobs.stopExecution("shop", "settle", name);
    expect((await server.client.jobExecution("shop", "settle", name)).status).toBe("Stopped");
    await jobs.suspend("shop", "settle");
    expect((await jobs.get("shop", "settle")).runningState).toBe("Suspended");
    expect(await jobs.listSecrets("shop", "settle")).toEqual({ value: [] });
    await jobs.update("shop", "settle", { tags: { team: "payments" } });
    await jobs.delete("shop", "settle");
    await expect(jobs.get("shop", "settle")).rejects.toMatchObject({ code: "ResourceNotFound" });
  });
});
