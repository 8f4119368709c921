import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextReplicas, replicasForLoad } from "../src/world/container-apps/scale-steps.ts";
import { at, deploy, type Json, revisions, startWorld, type TestWorld, textOf } from "./container-apps-world.ts";

const counts = fc.integer({ min: 0, max: 1_000 });

describe("the step rule", () => {
  it("never leaves the limits and never takes more than one step up", () => {
    fc.assert(
      fc.property(counts, counts, counts, counts, (current, wanted, left, right) => {
        const limits = { min: Math.min(left, right), max: Math.max(left, right, 1) };
        const next = nextReplicas(current, wanted, limits);
        expect(next).toBeLessThanOrEqual(limits.max);
        if (next > current) expect(next).toBeLessThanOrEqual(current === 0 ? 1 : Math.max(4, 2 * current));
        if (next <= current) expect(next).toBeGreaterThanOrEqual(Math.min(limits.min, current));
      }),
    );
  });

  it("goes 0, 1, 4, 8, 16, 20 and falls at once", () => {
    const limits = { min: 0, max: 20 };
    const steps = [0];
    for (let step = 0; step < 5; step++) steps.push(nextReplicas(steps.at(-1) ?? 0, 500, limits));
    expect(steps).toEqual([0, 1, 4, 8, 16, 20]);
    expect(nextReplicas(20, 3, limits)).toBe(3);
  });

  it("rounds the load up", () => {
    expect(replicasForLoad(0, 15, 10)).toBe(0);
    expect(replicasForLoad(1, 15, 10)).toBe(1);
    expect(replicasForLoad(3_000, 15, 10)).toBe(20);
    expect(replicasForLoad(3_001, 15, 10)).toBe(21);
  });
});

describe("an app behind ingress", () => {
  it("sleeps after its cooldown and wakes for a request that waits", () => {
    const world = startWorld();
    const app = deploy(world, { scale: { minReplicas: 0, cooldownPeriod: 60 } });
    world.kernel.runFor(300_000);
    expect(state(world)).toMatchObject({ replicas: 0, runningState: "ScaledToZero", healthState: "None" });
    const host = textOf(at(app, "properties.configuration.ingress.fqdn"));
    const [revision = ""] = revisions(world).map(({ name }) => textOf(name));
    expect(world.dataPlane.route(host)?.backends).toMatchObject([{ endpoints: [], whenEmpty: "hold" }]);
    world.dataPlane.setStats(host, revision, { requests: 1, active: 1 });
    world.dataPlane.hold(host, revision);
    world.kernel.runFor(1_000);
    expect(world.dataPlane.route(host)?.backends).toMatchObject([{ endpoints: [], whenEmpty: "hold" }]);
    world.kernel.runFor(60_000);
    expect(state(world)).toMatchObject({ replicas: 1, runningState: "Running" });
    expect(world.dataPlane.route(host)?.backends[0]?.endpoints).toHaveLength(1);
    world.dataPlane.setStats(host, revision, { requests: 1, active: 0 });
    world.kernel.runFor(400_000);
    expect(state(world)["replicas"]).toBe(0);
  });

  it("grows with its requests by the steps, and shrinks after the stabilization", () => {
    const world = startWorld();
    const rules = [{ name: "http", http: { metadata: { concurrentRequests: "10" } } }];
    const app = deploy(world, { scale: { minReplicas: 1, maxReplicas: 12, rules } });
    const host = textOf(at(app, "properties.configuration.ingress.fqdn"));
    const [revision = ""] = revisions(world).map(({ name }) => textOf(name));
    let requests = 0;
    const load = (perSecond: number, seconds: number): void => {
      for (let second = 0; second < seconds; second++) {
        requests += perSecond;
        world.dataPlane.setStats(host, revision, { requests, active: perSecond > 0 ? 1 : 0 });
        world.kernel.runFor(1_000);
      }
    };
    load(1_000, 60);
    const grown = world.trace("revision.scaled").map(({ data }) => data["to"]);
    expect(grown).toEqual([4, 8, 12]);
    load(10, 200);
    expect(state(world)["replicas"]).toBe(12);
    load(10, 200);
    expect(state(world)["replicas"]).toBe(1);
  });

  it("of which several rules count keeps what it has when none of them is about requests", () => {
    const world = startWorld();
    const rules = [{ name: "orders", custom: { type: "azure-servicebus", metadata: { queueName: "orders" } } }];
    deploy(world, { scale: { minReplicas: 0, rules } });
    world.kernel.runFor(900_000);
    expect(state(world)["replicas"]).toBe(1);
  });
});

describe("an app without ingress, rules and minimum", () => {
  it("goes to zero for good", () => {
    const world = startWorld();
    deploy(world, { ingress: null, container: { probes: [] }, scale: { minReplicas: 0 } });
    world.kernel.runFor(900_000);
    expect(state(world)["replicas"]).toBe(0);
    expect(world.dataPlane.hosts()).toEqual([]);
  });
});

function state(world: TestWorld): Json {
  const properties = revisions(world)[0]?.["properties"];
  if (!properties) throw new Error("no revision");
  return properties;
}
