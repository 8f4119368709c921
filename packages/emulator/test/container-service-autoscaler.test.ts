import { describe, expect, it } from "vitest";
import {
  clusterPath,
  including,
  type Json,
  poolPath,
  startWithCluster,
  type TestWorld,
  withUserPool,
} from "./container-service-world.ts";

const deployments = { group: "apps", resource: "deployments" };
const minuteMs = 60_000;

/** Two of them fill a node of the pool `work`: Standard_D4s_v5 leaves 3.86 cores to pods. */
function deploy({ cluster }: TestWorld, replicas: number, spec: Record<string, unknown> = {}): void {
  const labels = { app: "busy" };
  cluster().store.create(deployments, {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "busy", namespace: "default", labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: { labels },
        spec: {
          containers: [{ name: "busy", image: "busy:1", resources: { requests: { cpu: "1500m" } } }],
          nodeSelector: { agentpool: "work" },
          restartPolicy: "Always",
          ...spec,
        },
      },
    },
  });
}

function scale({ cluster }: TestWorld, replicas: number): void {
  cluster().store.update(deployments, "default", "busy", (current) => ({
    ...current,
    spec: { ...(current["spec"] as object), replicas },
    metadata: { ...current.metadata, generation: (current.metadata.generation ?? 1) + 1 },
  }));
}

function protect({ cluster }: TestWorld): void {
  cluster().store.create(
    { group: "policy", resource: "poddisruptionbudgets" },
    {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name: "busy", namespace: "default" },
      spec: { selector: { matchLabels: { app: "busy" } }, maxUnavailable: 0 },
    },
  );
}

const autoscaled = (minCount: number, maxCount: number, more: Record<string, unknown> = {}) => ({
  enableAutoScaling: true,
  minCount,
  maxCount,
  count: minCount,
  ...more,
});

const countOf = ({ call }: TestWorld): number => call("GET", poolPath("work")).body["properties"]["count"];

const runningPods = ({ cluster }: TestWorld): number =>
  cluster()
    .store.list({ group: "", resource: "pods" })
    .filter((pod) => (pod["status"] as { phase?: string } | undefined)?.phase === "Running").length;

const events = ({ cluster }: TestWorld): Json[] =>
  (cluster().store.list({ group: "", resource: "events" }) as unknown as Json[]).filter(
    ({ source }) => source?.["component"] === "cluster-autoscaler",
  );

describe("the cluster autoscaler", () => {
  it("orders as many nodes as pending pods need, and takes them away when they are not needed any more", () => {
    const world = withUserPool(autoscaled(1, 4));
    deploy(world, 6);
    world.kernel.runFor(10 * minuteMs);
    expect(countOf(world)).toBe(3);
    expect(runningPods(world)).toBe(6);
    expect(events(world)).toContainEqual(
      expect.objectContaining({
        reason: "TriggeredScaleUp",
        message: including("pod triggered scale-up: [{aks-work-"),
      }),
    );
    scale(world, 1);
    world.kernel.runFor(9 * minuteMs);
    expect(countOf(world)).toBe(3);
    world.kernel.runFor(30 * minuteMs);
    expect(countOf(world)).toBe(1);
    expect(runningPods(world)).toBe(1);
    const removed = world.trace("autoscaler.scaling-down");
    expect(removed).toHaveLength(2);
    expect(world.call("GET", poolPath("work")).body["properties"]["provisioningState"]).toBe("Succeeded");
  });

  it("orders nothing twice while nodes are on their way", () => {
    const world = withUserPool(autoscaled(1, 10));
    deploy(world, 6);
    world.kernel.runFor(10 * minuteMs);
    const orders = world.trace("autoscaler.scaling-up").map(({ data }) => [data["from"], data["to"]]);
    expect(orders).toEqual([[1, 3]]);
  });

  it("stops at the maximum and tells the pods why", () => {
    const world = withUserPool(autoscaled(1, 2));
    deploy(world, 6);
    world.kernel.runFor(10 * minuteMs);
    expect(countOf(world)).toBe(2);
    expect(runningPods(world)).toBe(4);
    expect(events(world)).toContainEqual(
      expect.objectContaining({
        reason: "NotTriggerScaleUp",
        message: "pod didn't trigger scale-up: 1 max node group size reached",
      }),
    );
  });

  it("lets a user pool start from nothing", () => {
    const world = withUserPool(autoscaled(0, 3));
    expect(countOf(world)).toBe(0);
    deploy(world, 2);
    world.kernel.runFor(10 * minuteMs);
    expect(countOf(world)).toBe(1);
    scale(world, 0);
    world.kernel.runFor(40 * minuteMs);
    expect(countOf(world)).toBe(0);
  });

  it("empties a node that is hardly used, unless a budget keeps its pods", () => {
    for (const kept of [false, true]) {
      const world = withUserPool(autoscaled(1, 3, { count: 2 }));
      deploy(world, 2, { containers: [{ name: "busy", image: "busy:1", resources: { requests: { cpu: "500m" } } }] });
      if (kept) protect(world);
      world.kernel.runFor(30 * minuteMs);
      expect(countOf(world)).toBe(kept ? 2 : 1);
      expect(world.trace("autoscaler.scaling-down")).toHaveLength(kept ? 0 : 1);
      expect(runningPods(world)).toBe(2);
    }
  });

  it("pauses after a scale-up that its quota does not allow", () => {
    const world = startWithCluster({ vcpuQuota: () => 16 });
    const properties = { vmSize: "Standard_D4s_v5", mode: "User", ...autoscaled(1, 5) };
    world.settle(world.call("PUT", poolPath("work"), { properties }));
    deploy(world, 6);
    world.kernel.runFor(20 * minuteMs);
    expect(countOf(world)).toBe(1);
    const failures = world.trace("autoscaler.scale-up-failed").map(({ data }) => data["backOffSeconds"]);
    expect(failures).toEqual([300, 600, 1_200]);
    expect(events(world).map(({ reason }) => reason)).toContain("FailedToScaleUpGroup");
  });

  it("ends when the pool is scaled by hand again, and with the cluster", () => {
    const world = withUserPool(autoscaled(1, 4));
    const off = world.call("PUT", poolPath("work"), { properties: { enableAutoScaling: false, count: 2 } });
    world.settle(off);
    expect(world.call("GET", poolPath("work")).body["properties"]["maxCount"]).toBeUndefined();
    deploy(world, 8);
    world.kernel.runFor(20 * minuteMs);
    expect(countOf(world)).toBe(2);
    world.settle(world.call("DELETE", clusterPath));
  });

  it("fills its profile in, and refuses bad bounds and profiles", () => {
    const world = withUserPool(autoscaled(1, 4));
    const { call } = world;
    expect(call("GET", clusterPath).body["properties"]["autoScalerProfile"]).toMatchObject({
      expander: "random",
      "scan-interval": "10s",
      "scale-down-unneeded-time": "10m",
    });
    const bad: [Record<string, unknown>, string][] = [
      [{ enableAutoScaling: true, minCount: 3, maxCount: 2 }, "minCount"],
      [{ enableAutoScaling: true, minCount: 1 }, "maxCount"],
      [{ enableAutoScaling: true, minCount: 1, maxCount: 5, count: 9 }, "count"],
    ];
    for (const [properties, field] of bad) {
      const pool = { vmSize: "Standard_D4s_v5", mode: "User", count: 1, ...properties };
      const answer = call("PUT", poolPath("other"), { properties: pool });
      expect(answer, field).toMatchObject({
        status: 400,
        body: { code: "InvalidParameter", message: including(field) },
      });
    }
    const profile = { autoScalerProfile: { expander: "cheapest" } };
    expect(call("PUT", clusterPath, { location: "westeurope", properties: profile })).toMatchObject({
      status: 400,
      body: { message: including("autoScalerProfile.expander") },
    });
  });
});
