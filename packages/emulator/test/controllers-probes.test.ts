import { describe, expect, test } from "vitest";
import { createTestWorld, deploymentOf, resources, serviceOf, type TestWorld } from "./controllers-world.ts";

const http = { httpGet: { path: "/healthz", port: 8_080 } };
const slow = { createMs: 500, listenAfterMs: 120_000 };

describe("a service that needs two minutes to start (F1)", () => {
  test("is killed by its liveness probe for ever", () => {
    const t = createTestWorld({ behaviour: () => slow });
    t.apply(
      resources.deployments,
      deploymentOf("config", { replicas: 1, container: { livenessProbe: { ...http, periodSeconds: 10 } } }),
    );
    t.watch(1_800, () => expect(statusOf(t)?.state.running ? uptimeSeconds(t) : 0).toBeLessThan(60));
    expect(statusOf(t)?.restartCount).toBeGreaterThanOrEqual(6);
    expect(statusOf(t)?.lastState.terminated).toBeDefined();
    expect(t.events("Killing")[0]?.["message"]).toBe("Container app failed liveness probe, will be restarted");
    t.until("it waits again", () => statusOf(t)?.state.waiting?.reason === "CrashLoopBackOff", 400);
    expect(statusOf(t)?.state.waiting?.message).toMatch(
      /^back-off (2m40s|5m0s) restarting failed container=app pod=config-[a-z0-9]+-[a-z0-9]{5}_default\([0-9a-f-]{36}\)$/,
    );
  });

  test("lives when a startup probe waits for it", () => {
    const t = createTestWorld({ behaviour: () => slow });
    const startupProbe = { ...http, failureThreshold: 30 };
    t.apply(
      resources.deployments,
      deploymentOf("config", { replicas: 1, container: { livenessProbe: http, startupProbe, readinessProbe: http } }),
    );
    t.run(110);
    expect(statusOf(t)).toMatchObject({ started: false, ready: false, restartCount: 0 });
    t.run(60);
    expect(statusOf(t)).toMatchObject({ started: true, ready: true, restartCount: 0 });
  });

  test("is killed when the startup probe gives up", () => {
    const t = createTestWorld({ behaviour: () => slow });
    t.apply(
      resources.deployments,
      deploymentOf("config", { replicas: 1, container: { startupProbe: { ...http, failureThreshold: 3 } } }),
    );
    t.until("it is restarted", () => statusOf(t)?.restartCount === 1, 40);
    expect(t.events("Killing")[0]?.["message"]).toBe("Container app failed startup probe, will be restarted");
  });
});

test("default liveness kills a hung container after three periods, then waits for its grace", () => {
  let hungSinceMs = Number.POSITIVE_INFINITY;
  const t = createTestWorld({
    behaviour: () => ({
      createMs: 0,
      listenAfterMs: 0,
      stopMs: "never",
      answers: () => t.kernel.clock.now() < hungSinceMs,
    }),
  });
  t.apply(resources.deployments, deploymentOf("web", { replicas: 1, container: { livenessProbe: http } }));
  t.run(60);
  hungSinceMs = t.kernel.clock.now();
  t.until("it is killed", () => killed(t) !== undefined, 120);
  const failed = t.kernel.trace
    .records()
    .find(({ kind, data }) => kind === "replica.unhealthy" && data["probe"] === "liveness");
  const unhealthyAfterMs = (failed?.timeMs ?? 0) - hungSinceMs;
  expect(unhealthyAfterMs).toBeGreaterThanOrEqual(20_000);
  expect(unhealthyAfterMs).toBeLessThanOrEqual(30_000);
  expect((killed(t)?.timeMs ?? 0) - (failed?.timeMs ?? 0)).toBe(30_000);
  expect(killed(t)?.data).toMatchObject({ exitCode: 137 });
});

test("a failing readiness probe takes the pod out of the endpoints and nothing else", () => {
  let isHealthy = true;
  const t = createTestWorld({ behaviour: () => ({ answers: () => isHealthy }) });
  t.apply(resources.services, serviceOf("web"));
  t.apply(
    resources.deployments,
    deploymentOf("web", { replicas: 2, container: { readinessProbe: { ...http, periodSeconds: 5 } } }),
  );
  t.until("traffic flows", () => endpointCount(t) === 2, 60);
  isHealthy = false;
  t.until("traffic stops", () => endpointCount(t) === 0, 60);
  expect(t.pods().map((pod) => pod.status?.containerStatuses?.[0]?.restartCount)).toEqual([0, 0]);
  isHealthy = true;
  t.until("traffic flows again", () => endpointCount(t) === 2, 60);
});

test("the readiness delay and period are the probe's own", () => {
  const t = createTestWorld({ behaviour: () => ({ createMs: 0, listenAfterMs: 0 }), timeScale: 60 });
  const readinessProbe = { ...http, initialDelaySeconds: 20, periodSeconds: 7, successThreshold: 2 };
  const createdMs = t.kernel.clock.now();
  t.apply(resources.deployments, deploymentOf("web", { replicas: 1, container: { readinessProbe } }));
  t.until("the pod is ready", () => t.ready().length === 1, 60);
  expect(t.kernel.clock.now() - createdMs).toBe(27_000);
});

test("exit codes and reasons of what ended are kept", () => {
  const t = createTestWorld({
    behaviour: () => ({ createMs: 0, crash: { afterMs: 500, exitCode: 137, reason: "OOMKilled" } }),
  });
  t.apply(resources.deployments, deploymentOf("web", { replicas: 1 }));
  t.run(5);
  expect(statusOf(t)).toMatchObject({
    restartCount: 1,
    ready: false,
    state: { waiting: { reason: "CrashLoopBackOff" } },
    lastState: { terminated: { exitCode: 137, reason: "OOMKilled" } },
  });
});

test("a container that needs a missing ConfigMap waits until it is there", () => {
  const t = createTestWorld();
  const env = [
    { name: "GREETING", valueFrom: { configMapKeyRef: { name: "texts", key: "greeting" } } },
    { name: "POD", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    { name: "BOTH", value: "$(GREETING) from $(POD), $$(POD) and $(NOBODY)" },
  ];
  const seen: Record<string, string>[] = [];
  const scopes: (string | undefined)[] = [];
  const start = t.world.runtime.start;
  t.world.runtime.start = (spec, events) => {
    seen.push({ ...spec.env });
    scopes.push(spec.scope);
    return start(spec, events);
  };
  t.apply(resources.services, serviceOf("config-server"));
  t.apply(resources.deployments, deploymentOf("web", { replicas: 1, container: { env } }));
  t.run(5);
  expect(statusOf(t)?.state.waiting).toEqual({
    reason: "CreateContainerConfigError",
    message: 'configmap "texts" not found',
  });
  t.apply(resources.configMaps, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "texts", namespace: "default" },
    data: { greeting: "hello" },
  });
  t.until("the pod is ready", () => t.ready().length === 1, 60);
  const [pod] = t.pods();
  expect(scopes[0]).toBe("default.prod");
  expect(seen[0]).toEqual({
    CONFIG_SERVER_SERVICE_HOST: "10.0.12.34",
    CONFIG_SERVER_SERVICE_PORT: "80",
    GREETING: "hello",
    POD: pod?.metadata.name,
    BOTH: `hello from ${pod?.metadata.name}, $(POD) and $(NOBODY)`,
  });
});

test("init containers run one after the other before the others", () => {
  const t = createTestWorld();
  const initContainers = ["migrate", "warm"].map((name) => ({ name, image: `${name}:1` }));
  t.apply(resources.deployments, deploymentOf("web", { replicas: 1, podSpec: { initContainers } }));
  t.run(1);
  expect(statusOf(t)?.state.waiting?.reason).toBe("PodInitializing");
  t.until("the pod is ready", () => t.ready().length === 1, 120);
  const steps = t.kernel.trace.records().flatMap(({ kind, data }) => {
    const container = String(data["id"]).split("/")[3];
    return kind === "replica.started" || kind === "replica.exited" ? [`${container} ${kind.slice(8)}`] : [];
  });
  expect(steps).toEqual(["migrate started", "migrate exited", "warm started", "warm exited", "app started"]);
  expect(t.pods()[0]?.status?.initContainerStatuses).toMatchObject([
    { name: "migrate", state: { terminated: { exitCode: 0, reason: "Completed" } } },
    { name: "warm", state: { terminated: { exitCode: 0, reason: "Completed" } } },
  ]);
});

function statusOf(t: TestWorld) {
  return t.pods()[0]?.status?.containerStatuses?.[0];
}

function uptimeSeconds(t: TestWorld): number {
  const startedAt = statusOf(t)?.state.running?.startedAt;
  return startedAt === undefined ? 0 : (t.kernel.clock.now() - Date.parse(startedAt)) / 1_000;
}

function killed(t: TestWorld) {
  return t.kernel.trace.records().find(({ kind }) => kind === "replica.exited");
}

function endpointCount(t: TestWorld): number {
  return t.dataPlane.route("web.default.prod")?.backends[0]?.endpoints.length ?? 0;
}
