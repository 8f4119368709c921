import { describe, expect, test } from "vitest";
import {
  budgetOf,
  createTestWorld,
  deploymentOf,
  nodeSpec,
  resources,
  serviceOf,
  type TestWorld,
} from "./controllers-world.ts";

const probe = { httpGet: { path: "/healthz", port: 8_080 }, periodSeconds: 5 };

describe("while the API server is away", () => {
  test("workloads and their traffic go on, and nothing is written", () => {
    const t = withWeb();
    t.cluster.apiServer.set(false);
    const { version } = t.cluster.store;
    t.run(600);
    expect(t.cluster.store.version).toBe(version);
    expect(endpoints(t)).toHaveLength(3);
  });

  test("what had just been ordered waits", () => {
    const t = withWeb();
    t.apply(resources.deployments, deploymentOf("late", { replicas: 1 }));
    t.cluster.apiServer.set(false);
    const { version } = t.cluster.store;
    t.run(60);
    expect(t.cluster.store.version).toBe(version);
    t.cluster.apiServer.set(true);
    t.until("it runs", () => t.ready().length === 4, 60);
  });

  test("crashed containers restart, but traffic learns of it only afterwards", () => {
    let crashed = false;
    const t = withWeb({ behaviour: () => ({ listenAfterMs: 1_000, createMs: 500, answers: () => !crashed }) });
    t.cluster.apiServer.set(false);
    crashed = true;
    t.run(120);
    const restarts = t.kernel.trace.records().filter(({ kind }) => kind === "replica.started").length - 3;
    expect(restarts).toBeGreaterThanOrEqual(6);
    expect(endpoints(t)).toHaveLength(3);
    t.cluster.apiServer.set(true);
    t.until("traffic has stopped", () => endpoints(t).length === 0, 20);
    expect(t.pods().every((pod) => (pod.status?.containerStatuses?.[0]?.restartCount ?? 0) >= 2)).toBe(true);
  });

  test("a container that came back is found under its new address at once", () => {
    const t = withWeb({
      behaviour: ({ id }) => ({
        createMs: 500,
        listenAfterMs: 0,
        ...(id.endsWith("/0") ? { crash: { afterMs: 60_000, exitCode: 1 } } : {}),
      }),
    });
    t.cluster.apiServer.set(false);
    const before = endpoints(t);
    t.run(120);
    expect(endpoints(t)).toHaveLength(3);
    expect(endpoints(t).filter((host) => before.includes(host))).toEqual([]);
  });

  test("lost pods are not replaced, and are once it is back", () => {
    const t = withWeb();
    const { nodeName = "" } = t.pods()[0]?.spec ?? {};
    t.cluster.apiServer.set(false);
    t.cluster.removeNode(nodeName);
    t.run(600);
    expect(t.cluster.store.get({ group: "", resource: "nodes" }, undefined, nodeName)).toBeDefined();
    expect(t.pods().filter((pod) => pod.spec.nodeName === nodeName)).toHaveLength(1);
    t.cluster.apiServer.set(true);
    t.until(
      "three are ready elsewhere",
      () => t.ready().filter((pod) => pod.spec.nodeName !== nodeName).length === 3,
      120,
    );
  });

  test("a silent node gets a new grace when it is back", () => {
    const t = withWeb();
    t.cluster.apiServer.set(false);
    t.cluster.loseNode(nodeSpec(0).name);
    t.run(300);
    t.cluster.apiServer.set(true);
    const backAtMs = t.kernel.clock.now();
    t.until("it is NotReady", () => t.kernel.trace.records().some(({ kind }) => kind === "node.not-ready"), 90);
    expect(t.kernel.clock.now() - backAtMs).toBeGreaterThanOrEqual(50_000);
  });
});

test("the same seed gives the same trace, another seed another one", () => {
  expect(traceOf(7)).toEqual(traceOf(7));
  expect(traceOf(7)).not.toEqual(traceOf(8));

  function traceOf(seed: number): unknown {
    const t = withWeb({ seed, systemPods: true });
    t.apply(resources.budgets, budgetOf("web", { minAvailable: 2 }));
    t.apply(
      resources.deployments,
      deploymentOf("web", { image: "web:2.0.0", container: { readinessProbe: probe, livenessProbe: probe } }),
    );
    t.run(20);
    t.cluster.loseNode(nodeSpec(0).name);
    t.run(500);
    return {
      records: t.kernel.trace.records(),
      objects: t.cluster.store.list(resources.pods),
      version: t.cluster.store.version,
    };
  }
});

test("the system's own pods run and can be drained one at a time", () => {
  const t = createTestWorld({ systemPods: true });
  t.until("four system pods are ready", () => t.ready("kube-system").length === 4, 60);
  t.run(1);
  const dns = t.pods("kube-system").filter(({ metadata }) => metadata.name.startsWith("coredns-"));
  expect(dns).toHaveLength(2);
  expect(t.cluster.evict("kube-system", dns[0]?.metadata.name ?? "")).toEqual({ kind: "evicted" });
  expect(t.cluster.evict("kube-system", dns[1]?.metadata.name ?? "")).toMatchObject({ status: 429 });
});

test("a closed cluster leaves nothing running and no timer that does anything", () => {
  const t = withWeb();
  t.cluster.close();
  const { version } = t.cluster.store;
  t.run(1_000);
  expect(t.cluster.store.version).toBe(version);
  expect(t.dataPlane.hosts()).toEqual([]);
  expect(t.kernel.next()).toBeUndefined();
});

function withWeb(options: Parameters<typeof createTestWorld>[0] = {}): TestWorld {
  const t = createTestWorld(options);
  t.apply(resources.services, serviceOf("web"));
  t.apply(resources.deployments, deploymentOf("web", { container: { readinessProbe: probe, livenessProbe: probe } }));
  t.until("traffic flows", () => endpoints(t).length === 3, 60);
  return t;
}

function endpoints(t: TestWorld): string[] {
  return (t.dataPlane.route("web.default.prod")?.backends[0]?.endpoints ?? []).map(({ host }) => host);
}
