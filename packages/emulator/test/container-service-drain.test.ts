import { describe, expect, it } from "vitest";
import {
  type Answer,
  clusterPath,
  including,
  type Json,
  poolPath,
  startWithCluster,
  sundayEveningMs,
  type TestWorld,
  type WorldOptions,
} from "./container-service-world.ts";

const deployments = { group: "apps", resource: "deployments" };
const budgets = { group: "policy", resource: "poddisruptionbudgets" };
const nodes = { group: "", resource: "nodes" };
const pods = { group: "", resource: "pods" };
const image = "web:1";

function deploy({ cluster, kernel }: TestWorld, replicas: number, spec: Record<string, unknown> = {}): void {
  const labels = { app: "web" };
  cluster().store.create(deployments, {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "default", labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } },
      template: {
        metadata: { labels },
        spec: {
          containers: [{ name: "web", image }],
          restartPolicy: "Always",
          terminationGracePeriodSeconds: 30,
          ...spec,
        },
      },
    },
  });
  kernel.runFor(60_000);
}

function protect({ cluster, kernel }: TestWorld, spec: Record<string, unknown>): void {
  cluster().store.create(budgets, {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name: "web", namespace: "default" },
    spec: { selector: { matchLabels: { app: "web" } }, ...spec },
  });
  kernel.runFor(5_000);
}

/** A deployment of two, one of them never ready, and a budget that wants one: what is ready may not go. */
function blockDrains(world: TestWorld): void {
  deploy(world, 2, { containers: [{ name: "web", image, readinessProbe: probe }] });
  protect(world, { minAvailable: 1 });
}

const probe = {
  httpGet: { path: "/ready", port: 80 },
  periodSeconds: 1,
  timeoutSeconds: 1,
  successThreshold: 1,
  failureThreshold: 3,
};

/** The first replica that starts is ready; none of the others ever is. */
function onlyFirstReady(): WorldOptions {
  let first: string | undefined;
  return {
    behaviour(spec) {
      first ??= spec.id;
      return { createMs: 500, listenAfterMs: 1_000, stopMs: 500, answers: () => spec.id === first };
    },
  };
}

function upgradeTo135(world: TestWorld): Answer {
  return world.call("PUT", clusterPath, { location: "westeurope", properties: { kubernetesVersion: "1.35.1" } });
}

function nodeNamed({ cluster }: TestWorld, name: unknown): { labels: Record<string, string>; unschedulable: boolean } {
  const node = cluster().store.get(nodes, undefined, String(name));
  const { unschedulable } = (node?.["spec"] ?? {}) as { unschedulable?: boolean };
  return { labels: node?.metadata.labels ?? {}, unschedulable: unschedulable === true };
}

function readyPods({ cluster }: TestWorld): number {
  return cluster()
    .store.list(pods)
    .filter(({ metadata, status }) => {
      const { conditions = [] } = (status ?? {}) as { conditions?: { type: string; status: string }[] };
      return (
        !metadata.deletionTimestamp && conditions.some(({ type, status: is }) => type === "Ready" && is === "True")
      );
    }).length;
}

function events({ cluster }: TestWorld): Json[] {
  return cluster().store.list({ group: "", resource: "events" }) as unknown as Json[];
}

describe("a drain", () => {
  it("moves every pod off before its node is reimaged, and waits until it is really gone", () => {
    const world = startWithCluster({ behaviour: () => ({ createMs: 500, listenAfterMs: 1_000, stopMs: 20_000 }) });
    deploy(world, 6);
    expect(readyPods(world)).toBe(6);
    const upgrade = upgradeTo135(world);
    let onReimaged = 0;
    world.kernel.trace.follow(({ kind, data }) => {
      if (kind !== "node.reimaging") return;
      const there = world.cluster().store.list(pods);
      onReimaged += there.filter((pod) => (pod["spec"] as { nodeName?: string }).nodeName === data["node"]).length;
    });
    expect(world.settle(upgrade)["status"]).toBe("Succeeded");
    expect(onReimaged).toBe(0);
    const [cordoned, drained] = world.trace("node.cordoned", "node.drained");
    expect((drained?.timeMs ?? 0) - (cordoned?.timeMs ?? 0)).toBeGreaterThanOrEqual(20_000);
    world.kernel.runFor(60_000);
    expect(readyPods(world)).toBe(6);
  });

  it("keeps a budget at every moment, and goes on as soon as it allows", () => {
    const behaviour = () => ({ createMs: 500, listenAfterMs: 30_000, stopMs: 500 });
    const world = startWithCluster({ behaviour, pool: { upgradeSettings: { maxSurge: "100%" } } });
    deploy(world, 3, { containers: [{ name: "web", image, readinessProbe: probe }] });
    world.kernel.runFor(60_000);
    protect(world, { minAvailable: 2 });
    let least = readyPods(world);
    const upgrade = upgradeTo135(world);
    const stop = world.cluster().store.subscribe(() => {
      least = Math.min(least, readyPods(world));
    });
    expect(world.settle(upgrade)["status"]).toBe("Succeeded");
    stop();
    expect(least).toBe(2);
    const refused = world.trace("node.eviction-blocked");
    expect(refused.length).toBeGreaterThan(0);
  });

  it("leaves pods of DaemonSets and mirror pods alone", () => {
    const world = startWithCluster();
    const [node] = world.cluster().store.list(nodes);
    const set = world
      .cluster()
      .store.create(
        { group: "apps", resource: "daemonsets" },
        { apiVersion: "apps/v1", kind: "DaemonSet", metadata: { name: "agent", namespace: "kube-system" } },
      );
    const uid = set?.metadata.uid ?? "";
    const owner = { apiVersion: "apps/v1", kind: "DaemonSet", name: "agent", uid, controller: true };
    const metas = [
      { name: "agent", ownerReferences: [owner] },
      { name: "mirror", annotations: { "kubernetes.io/config.mirror": "1" } },
    ];
    for (const metadata of metas) {
      world.cluster().store.create(pods, {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { ...metadata, namespace: "kube-system" },
        spec: { nodeName: node?.metadata.name, containers: [] },
        status: { phase: "Running" },
      });
    }
    const upgrade = upgradeTo135(world);
    while (world.trace("node.drained").length === 0) world.kernel.step();
    expect(world.cluster().store.list(pods, "kube-system")).toHaveLength(2);
    expect(world.settle(upgrade)["status"]).toBe("Succeeded");
  });

  it("tells of itself in events on the nodes, and marks nodes while they are upgraded", () => {
    const world = startWithCluster(onlyFirstReady());
    blockDrains(world);
    const upgrade = upgradeTo135(world);
    while (world.trace("node.eviction-blocked").length === 0) world.kernel.step();
    const [blocked] = world.trace("node.eviction-blocked");
    const node = world.cluster().store.get(nodes, undefined, String(blocked?.data["node"]));
    expect(node?.metadata.annotations).toMatchObject({
      "cluster-autoscaler.kubernetes.io/scale-down-disabled": "true",
      "kubernetes.azure.com/azure-cluster-autoscaler-scale-down-disabled-reason": "upgrade",
    });
    world.kernel.runFor(1_000);
    const seen = events(world).map((event) =>
      [event["type"], event["reason"], event["involvedObject"]["kind"]].join(" "),
    );
    expect(seen).toContain("Normal Surge Node");
    expect(seen).toContain("Normal Drain Node");
    expect(seen).toContain("Warning Drain Node");
    world.settle(upgrade);
    const after = world.cluster().store.get(nodes, undefined, String(blocked?.data["node"]));
    expect(Object.keys(after?.metadata.annotations ?? {}).join()).not.toContain("scale-down-disabled");
  });
});

describe("a drain that is blocked", () => {
  it("fails the upgrade after the drain timeout, names node, pod and budget, and opens the node again", () => {
    const settings = { upgradeSettings: { maxSurge: "1", drainTimeoutInMinutes: 10 } };
    const world = startWithCluster({ ...onlyFirstReady(), pool: settings });
    blockDrains(world);
    const end = world.settle(upgradeTo135(world));
    const [failed] = world.trace("node.drain-failed");
    const node = String(failed?.data["node"]);
    expect(end).toMatchObject({ status: "Failed", error: { code: "UpgradeFailed" } });
    const { message } = end["error"];
    expect(message).toContain(node);
    expect(message).toMatch(/default\/web-[a-z0-9]+-[a-z0-9]{5}/);
    expect(message).toMatch(/Too Many Requests/);
    expect(message).toMatch(/disruption budget web/i);
    const draining = world.trace("node.cordoned").find(({ data }) => data["node"] === node);
    expect((failed?.timeMs ?? 0) - (draining?.timeMs ?? 0)).toBe(10 * 60_000);
    expect(nodeNamed(world, node).unschedulable).toBe(false);
    expect(world.call("GET", clusterPath).body["properties"]).toMatchObject({
      provisioningState: "Failed",
      currentKubernetesVersion: "1.35.1",
      agentPoolProfiles: [{ provisioningState: "Failed", currentOrchestratorVersion: "1.34.2" }],
    });
    expect(readyPods(world)).toBe(1);
  });

  it("tries again every five seconds until then, and succeeds when the budget goes", () => {
    const world = startWithCluster(onlyFirstReady());
    blockDrains(world);
    const upgrade = upgradeTo135(world);
    while (world.trace("node.eviction-blocked").length === 0) world.kernel.step();
    world.kernel.runFor(60_000);
    const drained = world.trace("node.drained").length;
    world.cluster().store.delete(budgets, "default", "web");
    world.kernel.runFor(5_000 + 31_000);
    expect(world.trace("node.drained").length).toBe(drained + 1);
    expect(world.settle(upgrade)["status"]).toBe("Succeeded");
  });

  it("goes on where it stopped at the next PUT, with what is not upgraded yet", () => {
    const world = startWithCluster(onlyFirstReady());
    blockDrains(world);
    expect(world.settle(upgradeTo135(world))["status"]).toBe("Failed");
    const done = world.trace("node.reimaged").length;
    world.cluster().store.delete(budgets, "default", "web");
    expect(world.settle(upgradeTo135(world))["status"]).toBe("Succeeded");
    expect(world.trace("controlplane.upgraded")).toHaveLength(1);
    expect(world.trace("node.reimaged")).toHaveLength(3);
    expect(done).toBeLessThan(3);
    expect(world.call("GET", clusterPath).body["properties"]["provisioningState"]).toBe("Succeeded");
    expect(world.cluster().store.list(nodes)).toHaveLength(3);
  });

  it("sets the node aside in Cordon mode, keeps a surge node for it, goes on, and fails in the end", () => {
    const settings = {
      upgradeSettings: { maxSurge: "2", drainTimeoutInMinutes: 10, undrainableNodeBehavior: "Cordon" },
    };
    const world = startWithCluster({ ...onlyFirstReady(), pool: settings });
    blockDrains(world);
    expect(world.settle(upgradeTo135(world))).toMatchObject({ status: "Failed", error: { code: "UpgradeFailed" } });
    const [aside] = world.trace("node.quarantined");
    expect(nodeNamed(world, aside?.data["node"])).toMatchObject({
      unschedulable: true,
      labels: { "kubernetes.azure.com/upgrade-status": "Quarantined" },
    });
    expect(world.trace("node.reimaged")).toHaveLength(2);
    expect(world.cluster().store.list(nodes)).toHaveLength(4);
    expect(nodeNamed(world, aside?.data["replacement"]).unschedulable).toBe(false);

    world.cluster().store.delete(budgets, "default", "web");
    expect(world.settle(world.call("PUT", clusterPath, { location: "westeurope" }))["status"]).toBe("Succeeded");
    const left = world
      .cluster()
      .store.list(nodes)
      .map(({ metadata }) => metadata.name);
    expect(left).toHaveLength(3);
    expect(left).not.toContain(aside?.data["node"]);
  });

  it("is canceled in Cordon mode when blocked nodes have used up the surge nodes", () => {
    const settings = {
      upgradeSettings: { maxSurge: "1", drainTimeoutInMinutes: 5, undrainableNodeBehavior: "Cordon" },
    };
    const world = startWithCluster({ ...onlyFirstReady(), pool: settings });
    blockDrains(world);
    const first = world
      .cluster()
      .store.list(pods)
      .find((pod) => readyPods(world) === 1 && isReady(pod));
    const holder = (first?.["spec"] as { nodeName?: string } | undefined)?.nodeName;
    const end = world.settle(upgradeTo135(world));
    const [aside] = world.trace("node.quarantined");
    expect(aside?.data["node"]).toBe(holder);
    const remaining = 2 - world.trace("node.reimaged").length;
    if (remaining === 0) expect(end["status"]).toBe("Failed");
    else {
      expect(end).toMatchObject({ status: "Canceled", error: { code: "UpgradeFailed" } });
      expect(end["error"]["message"]).toContain(`${remaining} nodes remain`);
    }
  });

  it("does not stop a forced upgrade: the pod goes down with its node", () => {
    const until = new Date(Date.UTC(2026, 5, 1)).toISOString();
    const upgradeSettings = { overrideSettings: { forceUpgrade: true, until } };
    const pool = { upgradeSettings: { maxSurge: "1", drainTimeoutInMinutes: 5 } };
    const world = startWithCluster({ ...onlyFirstReady(), pool, properties: { upgradeSettings } });
    blockDrains(world);
    expect(world.settle(upgradeTo135(world))["status"]).toBe("Succeeded");
    expect(world.trace("node.drain-failed").length).toBeGreaterThan(0);
  });
});

function isReady(pod: { readonly [field: string]: unknown }): boolean {
  const { conditions = [] } = (pod["status"] ?? {}) as { conditions?: { type: string; status: string }[] };
  return conditions.some(({ type, status }) => type === "Ready" && status === "True");
}

describe("before an upgrade starts", () => {
  it.each([
    [{ maxUnavailable: 0 }, 2],
    [{ minAvailable: 2 }, 2],
    [{ minAvailable: "100%" }, 2],
  ])("a budget that allows nothing is refused: %j", (spec, replicas) => {
    const world = startWithCluster({ startMs: sundayEveningMs });
    deploy(world, replicas);
    protect(world, spec);
    for (const refused of [upgradeTo135(world), rollImage(world)]) {
      expect(refused).toMatchObject({
        status: 400,
        body: { code: "UnsatisfiablePDB", message: including("default/web") },
      });
      expect(refused.body["message"]).toContain("forceUpgrade");
    }
    expect(world.trace("controlplane.upgrading")).toEqual([]);
  });

  it.each([
    [{ maxUnavailable: 1 }, 2],
    [{ minAvailable: 1 }, 2],
    [{ minAvailable: "50%" }, 2],
    [{ minAvailable: 3 }, 2],
  ])("one that may be satisfied is not: %j", (spec, replicas) => {
    const world = startWithCluster();
    deploy(world, replicas);
    protect(world, spec);
    expect(upgradeTo135(world).status).toBe(200);
  });

  it("a budget that asks for more pods than there are is refused when the switch says so", () => {
    const world = startWithCluster({ blockOnUnmetBudgets: true });
    deploy(world, 2);
    protect(world, { minAvailable: 3 });
    expect(upgradeTo135(world).body["code"]).toBe("UnsatisfiablePDB");
  });

  it("is overridden by a force that has not run out", () => {
    const world = startWithCluster();
    deploy(world, 2);
    protect(world, { maxUnavailable: 0 });
    const put = (until: string) =>
      world.call("PUT", clusterPath, {
        location: "westeurope",
        properties: {
          kubernetesVersion: "1.35.1",
          upgradeSettings: { overrideSettings: { forceUpgrade: true, until } },
        },
      });
    expect(put("2020-01-01T00:00:00Z").status).toBe(400);
    expect(put("2026-06-01T00:00:00Z").status).toBe(200);
  });

  /** A new image comes out on Monday. */
  function rollImage(world: TestWorld): Answer {
    world.kernel.runFor(5 * 3_600_000);
    return world.call("POST", `${poolPath("nodepool1")}/upgradeNodeImageVersion`);
  }
});

describe("a node of a pool that is deleted", () => {
  const work = {
    properties: { count: 1, vmSize: "Standard_D4s_v5", mode: "User", upgradeSettings: { drainTimeoutInMinutes: 5 } },
  };

  it("is drained, unless budgets are to be ignored", () => {
    const world = startWithCluster(onlyFirstReady());
    world.settle(world.call("PUT", poolPath("work"), work));
    deploy(world, 2, {
      nodeSelector: { agentpool: "work" },
      containers: [{ name: "web", image, readinessProbe: probe }],
    });
    protect(world, { minAvailable: 1 });
    const kept = world.settle(world.call("DELETE", poolPath("work")));
    expect(kept).toMatchObject({ status: "Failed", error: { code: "PodDrainFailure" } });
    const query = "?api-version=2026-06-01&ignore-pod-disruption-budget=true";
    expect(world.settle(world.call("DELETE", `${poolPath("work")}${query}`))["status"]).toBe("Succeeded");
    expect(world.cluster().store.list(nodes)).toHaveLength(3);
  });
});
