import { describe, expect, it } from "vitest";
import { createControlDoor } from "../src/http/door/control-door.ts";
import { at, deploy, revisions, startWorld, type TestWorld, textOf } from "./container-apps-world.ts";

function start(rules: readonly unknown[], scale: Record<string, unknown> = {}): TestWorld {
  const world = startWorld();
  deploy(world, { scale: { minReplicas: 0, maxReplicas: 20, rules, ...scale } });
  return world;
}

function replicas(world: TestWorld): unknown {
  return at(revisions(world)[0], "properties.replicas");
}

function scaledTo(world: TestWorld): readonly unknown[] {
  return world.trace("revision.scaled").map(({ data }) => data["to"]);
}

const queueRule = {
  name: "orders",
  custom: {
    type: "azure-servicebus",
    metadata: { queueName: "orders", namespace: "ns1", messageCount: "5", activationMessageCount: "10" },
  },
};

function orders(world: TestWorld, value: number): void {
  world.apps.metrics.set({ type: "azure-servicebus", metadata: { queueName: "orders" }, value });
}

describe("a rule that watches a queue", () => {
  it("asks for a replica for every so many messages, by the steps", () => {
    const world = start([queueRule], { pollingInterval: 60 });
    orders(world, 95);
    world.kernel.runFor(300_000);
    expect(scaledTo(world)).toEqual([4, 8, 16, 19]);
  });

  it("sleeps when the queue is not above its activation, and wakes when it is", () => {
    const world = start([queueRule]);
    orders(world, 10);
    world.kernel.runFor(700_000);
    expect(replicas(world)).toBe(0);
    orders(world, 11);
    world.kernel.runFor(35_000);
    expect(scaledTo(world).at(-1)).toBe(3);
    expect(replicas(world)).toBe(3);
  });

  it("keeps what it has while its source has no value, whatever other rules say", () => {
    const world = start([queueRule, { name: "http", http: { metadata: { concurrentRequests: "10" } } }]);
    world.kernel.runFor(900_000);
    expect(replicas(world)).toBe(1);
    orders(world, 0);
    world.kernel.runFor(900_000);
    expect(replicas(world)).toBe(0);
  });

  it("takes storage queues by their own member, and the largest demand of several rules", () => {
    const world = start([
      queueRule,
      { name: "blob", azureQueue: { accountName: "acct", queueName: "jobs", queueLength: 2 } },
    ]);
    orders(world, 15);
    world.apps.metrics.set({ type: "azure-queue", metadata: { queueName: "jobs" }, value: 14 });
    world.kernel.runFor(120_000);
    expect(replicas(world)).toBe(7);
  });
});

describe("a cron rule", () => {
  it("keeps its replicas inside the window, and lets the revision sleep after it", () => {
    const world = startWorld();
    const hour = new Date(world.kernel.clock.now()).getUTCHours();
    const [from, to] = [(hour + 1) % 24, (hour + 2) % 24];
    const metadata = { timezone: "Etc/UTC", start: `0 ${from} * * *`, end: `0 ${to} * * *`, desiredReplicas: "6" };
    deploy(world, {
      scale: { minReplicas: 0, maxReplicas: 20, rules: [{ name: "peak", custom: { type: "cron", metadata } }] },
    });
    const until = (hours: number): void => {
      const day = Math.floor(world.kernel.clock.now() / 3_600_000) * 3_600_000;
      world.kernel.runFor(day + hours * 3_600_000 - world.kernel.clock.now());
    };
    world.kernel.runFor(600_000);
    expect(replicas(world)).toBe(0);
    until(1);
    world.kernel.runFor(120_000);
    expect(replicas(world)).toBe(6);
    until(1);
    world.kernel.runFor(900_000);
    expect(replicas(world)).toBe(0);
  });
});

describe("a cpu rule", () => {
  it("scales by use, and cannot take a revision to zero by itself", () => {
    const rules = [{ name: "busy", custom: { type: "cpu", metadata: { type: "Utilization", value: "50" } } }];
    const world = start(rules);
    const cpu = (value: number): void => world.apps.metrics.set({ type: "cpu", app: "web", metadata: {}, value });
    cpu(100);
    world.kernel.runFor(31_000);
    expect(replicas(world)).toBe(2);
    cpu(0);
    world.kernel.runFor(1_200_000);
    expect(replicas(world)).toBe(1);
  });
});

describe("a custom rule of type http", () => {
  it("counts requests as an http rule does", () => {
    const world = startWorld();
    const rules = [{ name: "web", custom: { type: "http", metadata: { concurrentRequests: "2" } } }];
    const app = deploy(world, { scale: { minReplicas: 1, maxReplicas: 20, rules } });
    const host = textOf(at(app, "properties.configuration.ingress.fqdn"));
    const revision = textOf(revisions(world)[0]?.["name"]);
    world.dataPlane.setStats(host, revision, { requests: 90, active: 1 });
    world.kernel.runFor(16_000);
    expect(replicas(world)).toBe(3);
  });
});

describe("the control door", () => {
  it("takes the values that rules read, and refuses what is no value", () => {
    const world = start([queueRule]);
    const { metrics } = world.apps;
    const door = createControlDoor({
      world: world.world,
      faults: undefined as never,
      clusters: () => [],
      metrics: { list: () => metrics.list(), set: (metric) => metrics.set(metric) },
    });
    const send = (body: unknown) => door("PUT", "/_emulator/metrics", new URLSearchParams(), body);
    const metric = { type: "azure-servicebus", metadata: { queueName: "orders" }, value: 40 };
    expect(send(metric)).toEqual({ status: 200, body: metric });
    expect(door("GET", "/_emulator/metrics", new URLSearchParams(), undefined)?.body).toEqual({ metrics: [metric] });
    world.kernel.runFor(90_000);
    expect(replicas(world)).toBe(8);
    for (const bad of [
      undefined,
      {},
      { ...metric, value: "many" },
      { ...metric, value: -1 },
      { ...metric, metadata: { a: 1 } },
    ]) {
      expect(send(bad)?.status).toBe(400);
    }
  });
});
