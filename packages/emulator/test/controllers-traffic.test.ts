import { describe, expect, test } from "vitest";
import { endpointSlices, listObjects } from "../src/controllers/kubernetes/kinds.ts";
import {
  createTestWorld,
  deploymentOf,
  resources,
  serviceOf,
  type TestWorld,
  type TestWorldOptions,
} from "./controllers-world.ts";

const host = "web.default.prod";

test("a service is a host of its namespace's scope, under each of its DNS names", () => {
  const t = serving({ replicas: 2 });
  for (const name of ["web", "web.default", "web.default.svc", "web.default.svc.cluster.local"]) {
    expect(t.dataPlane.route(`${name}.default.prod`)?.backends).toMatchObject([{ name: "web", whenEmpty: "reject" }]);
  }
  expect(t.dataPlane.route("web.default.svc.cluster.local.kube-system.prod")).toBeDefined();
  expect(t.dataPlane.route("web.kube-system.prod")).toBeUndefined();
  t.cluster.store.delete(resources.services, "default", "web");
  t.run(10);
  expect(t.dataPlane.hosts().filter((name) => name.startsWith("web."))).toEqual([]);
});

test("a killed pod still gets traffic until the data plane has learned of it", () => {
  const t = serving({ replicas: 2 });
  const [victim] = t.pods();
  const address = addressOf(t, 0);
  t.cluster.store.delete(resources.pods, "default", victim?.metadata.name ?? "");
  const killedAtMs = t.kernel.clock.now();
  t.run(0.1);
  expect(addresses(t)).toContain(address);
  t.until("the data plane has forgotten it", () => !addresses(t).includes(address), 20);
  const staleMs = t.kernel.clock.now() - killedAtMs;
  expect(staleMs).toBeGreaterThanOrEqual(300);
  expect(staleMs).toBeLessThanOrEqual(5_000);
});

test("the delay is around one second, and rarely above two", () => {
  const delays = Array.from({ length: 40 }, (_, seed) => staleMs(seed)).toSorted((a, b) => a - b);
  expect(delays[20]).toBeGreaterThan(700);
  expect(delays[20]).toBeLessThan(1_400);
  expect(delays[32]).toBeLessThan(2_000);

  function staleMs(seed: number): number {
    const t = serving({ replicas: 2 }, { seed });
    const address = addressOf(t, 0);
    t.cluster.store.delete(resources.pods, "default", t.pods()[0]?.metadata.name ?? "");
    const killedAtMs = t.kernel.clock.now();
    t.until("the data plane has forgotten it", () => !addresses(t).includes(address), 30);
    return t.kernel.clock.now() - killedAtMs;
  }
});

describe("a pod that is told to stop", () => {
  test("leaves the route while it still works, and shows as terminating", () => {
    const t = serving({ replicas: 2 }, { behaviour: () => ({ stopMs: 20_000 }) });
    const [pod] = t.pods();
    const address = addressOf(t, 0);
    t.cluster.evict("default", pod?.metadata.name ?? "");
    t.run(10);
    expect(addresses(t)).not.toContain(address);
    const [slice] = listObjects(t.cluster.store, endpointSlices, "default");
    const leaving = slice?.endpoints?.find(({ targetRef }) => targetRef?.uid === pod?.metadata.uid);
    expect(leaving?.conditions).toEqual({ ready: false, serving: true, terminating: true });
  });

  test("is marked, gets SIGTERM at once, stays in the route for a moment, and goes when it has ended", () => {
    const t = serving(
      { replicas: 1, spec: { strategy: { type: "Recreate" } } },
      { behaviour: () => ({ stopMs: 8_000 }) },
    );
    const [pod] = t.pods();
    const id = `prod/default/${pod?.metadata.name}/app/0`;
    const address = addressOf(t, 0);
    const startMs = t.kernel.clock.now();
    t.cluster.evict("default", pod?.metadata.name ?? "");
    t.run(0.1);
    expect(recordOf(t, "replica.terminating", id)).toMatchObject({ timeMs: startMs, data: { graceMs: 30_000 } });
    expect(t.pods()[0]?.metadata.deletionGracePeriodSeconds).toBe(30);
    expect(addresses(t)).toContain(address);
    t.run(7);
    expect(t.pods().map(({ metadata }) => metadata.name)).toContain(pod?.metadata.name);
    t.run(2);
    expect(recordOf(t, "replica.exited", id)).toMatchObject({ timeMs: startMs + 8_000, data: { exitCode: 0 } });
    expect(t.pods().map(({ metadata }) => metadata.name)).not.toContain(pod?.metadata.name);
  });

  test("is killed when its grace has passed", () => {
    const t = serving(
      { replicas: 1, podSpec: { terminationGracePeriodSeconds: 12 } },
      { behaviour: () => ({ stopMs: "never" }) },
    );
    const [pod] = t.pods();
    const startMs = t.kernel.clock.now();
    t.cluster.evict("default", pod?.metadata.name ?? "");
    t.run(30);
    const exit = recordOf(t, "replica.exited", `prod/default/${pod?.metadata.name}/app/0`);
    expect(exit).toMatchObject({ timeMs: startMs + 12_000, data: { exitCode: 137 } });
  });

  test("waits for its preStop sleep before SIGTERM, inside the grace", () => {
    const lifecycle = { preStop: { sleep: { seconds: 5 } } };
    const t = serving({ replicas: 1, container: { lifecycle } }, { behaviour: () => ({ stopMs: 1_000 }) });
    const [pod] = t.pods();
    const startMs = t.kernel.clock.now();
    t.cluster.evict("default", pod?.metadata.name ?? "");
    t.run(30);
    const exit = recordOf(t, "replica.exited", `prod/default/${pod?.metadata.name}/app/0`);
    expect(exit?.timeMs).toBe(startMs + 6_000);
  });
});

describe("an HTTPRoute", () => {
  test("divides a host by weight between services", () => {
    const t = serving({ replicas: 2 });
    t.apply(resources.services, serviceOf("next"));
    t.apply(resources.deployments, deploymentOf("next", { replicas: 1 }));
    t.apply(resources.gateways, gateway());
    t.apply(
      resources.httpRoutes,
      route([
        { name: "web", port: 80, weight: 90 },
        { name: "next", port: 80, weight: 10 },
      ]),
    );
    t.run(30);
    expect(t.dataPlane.route("pay.prod.example")?.backends).toMatchObject([
      { name: "web", weight: 90, endpoints: [{ port: 8_080 }, { port: 8_080 }] },
      { name: "next", weight: 10, endpoints: [{ port: 8_080 }] },
    ]);
    expect(conditions(t)).toEqual({ Accepted: "True", ResolvedRefs: "True", Programmed: "True" });
    expect(t.cluster.store.get(resources.gateways, "default", "public")?.["status"]).toMatchObject({
      addresses: [{ value: "10.224.0.100" }],
    });
  });

  test("is Programmed only when the data plane has its weights", () => {
    const t = serving({ replicas: 1 });
    t.apply(resources.gateways, gateway());
    t.apply(resources.httpRoutes, route([{ name: "web", port: 80, weight: 100 }]));
    t.run(30);
    t.apply(resources.httpRoutes, route([{ name: "web", port: 80, weight: 50 }]));
    t.run(0.01);
    expect(conditions(t)).toMatchObject({ Programmed: "False" });
    t.until("the data plane has it", () => t.dataPlane.route("pay.prod.example")?.backends[0]?.weight === 50, 20);
    t.run(0);
    expect(conditions(t)).toMatchObject({ Programmed: "True" });
  });

  test("answers 500 for a service that is not there and when no backend has weight, 503 for one without pods", () => {
    const t = serving({ replicas: 1 });
    t.apply(resources.services, serviceOf("empty"));
    t.apply(resources.gateways, gateway());
    t.apply(
      resources.httpRoutes,
      route([
        { name: "ghost", port: 80, weight: 1 },
        { name: "empty", port: 80, weight: 1 },
      ]),
    );
    t.run(20);
    const backends = t.dataPlane.route("pay.prod.example")?.backends;
    expect(backends).toEqual([
      { name: "ghost", weight: 1, endpoints: [], whenEmpty: "reject", rejectStatus: 500 },
      { name: "empty", weight: 1, endpoints: [], whenEmpty: "reject" },
    ]);
    expect(conditions(t)).toMatchObject({ ResolvedRefs: "False" });
    t.apply(resources.httpRoutes, route([{ name: "web", port: 80, weight: 0 }]));
    t.run(20);
    expect(t.dataPlane.route("pay.prod.example")?.backends).toMatchObject([{ weight: 1, rejectStatus: 500 }]);
  });

  test("is not accepted without its gateway, nor with rules that hosts cannot express", () => {
    const t = serving({ replicas: 1 });
    t.apply(resources.httpRoutes, route([{ name: "web", port: 80 }]));
    t.run(5);
    expect(conditions(t)).toMatchObject({ Accepted: "False" });
    expect(t.dataPlane.route("pay.prod.example")).toBeUndefined();
    t.apply(resources.gateways, gateway());
    t.run(5);
    expect(conditions(t)).toMatchObject({ Accepted: "True" });
    t.apply(resources.httpRoutes, route([{ name: "web", port: 80 }], [{ path: { type: "PathPrefix", value: "/v2" } }]));
    t.run(5);
    expect(conditions(t)).toMatchObject({ Accepted: "False", Programmed: "False" });
  });
});

function serving(
  options: Parameters<typeof deploymentOf>[1] & { replicas: number },
  world: TestWorldOptions = {},
): TestWorld {
  const t = createTestWorld(world);
  t.apply(resources.services, serviceOf("web"));
  t.apply(resources.deployments, deploymentOf("web", options));
  t.until("traffic flows", () => addresses(t).length === options.replicas, 120);
  return t;
}

function addresses(t: TestWorld): string[] {
  return (t.dataPlane.route(host)?.backends[0]?.endpoints ?? []).map((one) => one.host);
}

/** The real address of a pod, by the order of the slice. */
function addressOf(t: TestWorld, index: number): string {
  return addresses(t)[index] ?? "";
}

function recordOf(t: TestWorld, kind: string, id: string) {
  return t.kernel.trace.records().find((record) => record.kind === kind && record.data["id"] === id);
}

function gateway() {
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    metadata: { name: "public", namespace: "default" },
    spec: { gatewayClassName: "azure-alb-external", listeners: [{ name: "http", port: 80, protocol: "HTTP" }] },
  };
}

function route(backendRefs: readonly Record<string, unknown>[], matches?: readonly Record<string, unknown>[]) {
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name: "pay", namespace: "default" },
    spec: {
      parentRefs: [{ name: "public" }],
      hostnames: ["pay.prod.example"],
      rules: [{ backendRefs, ...(matches ? { matches } : {}) }],
    },
  };
}

function conditions(t: TestWorld): Record<string, string> {
  const status = t.cluster.store.get(resources.httpRoutes, "default", "pay")?.["status"] as {
    parents: { conditions: { type: string; status: string }[] }[];
  };
  return Object.fromEntries((status.parents[0]?.conditions ?? []).map((one) => [one.type, one.status]));
}
