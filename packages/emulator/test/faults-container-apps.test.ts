import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { ContainerApp } from "@azure/arm-appcontainers";
import { createRealTimeKernel } from "@fairway/kernel";
import { expect, it } from "vitest";
import { Faults } from "../src/faults/faults.ts";
import { withRouteFaults } from "../src/faults/route-faults.ts";
import { createGateway } from "../src/gateway/gateway.ts";
import { defaultCalibration } from "../src/world/calibration.ts";
import { ControlPlaneOutages } from "../src/world/container-service/outages.ts";
import { eventually, prepare, startServer, type TestServer } from "./container-apps-server.ts";
import { type AppChanges, appBody } from "./container-apps-world.ts";

const quick = { behaviour: () => ({ createMs: 5, listenAfterMs: 5, stopMs: 5 }) };

async function start(): Promise<TestServer> {
  const server = await startServer(quick);
  await prepare(server);
  return server;
}

function app(changes: AppChanges = {}): ContainerApp {
  const startup = { type: "Startup", tcpSocket: { port: 8080 }, periodSeconds: 1 };
  const { location, properties } = appBody({ ...changes, container: { probes: [startup], ...changes.container } });
  return { location, ...properties } as unknown as ContainerApp;
}

const image = (tag: string) => app({ container: { image: `shop/web:${tag}` } });

const create = (server: TestServer) => server.client.containerApps.createOrUpdate("shop", "web", app()).pollUntilDone();

async function replicaNames(server: TestServer, revision: string): Promise<string[]> {
  const { value } = await server.client.containerAppsRevisionReplicas.listReplicas("shop", "web", revision);
  return value.map(({ name }) => name ?? "");
}

/** Of the latest revision, when so many are Running. */
async function runningReplicas(server: TestServer, count: number): Promise<{ revision: string; names: string[] }> {
  const { latestRevisionName: revision = "" } = await server.client.containerApps.get("shop", "web");
  return eventually(async () => {
    const { value } = await server.client.containerAppsRevisionReplicas.listReplicas("shop", "web", revision);
    const running = value.filter(({ runningState }) => runningState === "Running");
    return running.length === count ? { revision, names: running.map(({ name }) => name ?? "") } : undefined;
  });
}

it("env-wedge: writes end as expired, the app that runs is left alone", async () => {
  await using server = await start();
  await create(server);
  const { revision, names } = await runningReplicas(server, 2);
  server.faults.inject({ kind: "env-wedge", parameters: { environment: "main" } });
  const update = server.client.containerApps.createOrUpdate("shop", "web", app({ ingress: { targetPort: 8081 } }));
  await expect(update.pollUntilDone()).rejects.toThrow(/Operation expired/);
  expect((await server.client.containerApps.get("shop", "web")).provisioningState).toBe("Failed");
  expect((await replicaNames(server, revision)).toSorted()).toEqual(names.toSorted());
});

it("app-stuck-progressing: the write does not end, others get 409, until it is released", async () => {
  await using server = await start();
  await create(server);
  const { id } = server.faults.inject({ kind: "app-stuck-progressing", parameters: { app: "web" } });
  const stuck = server.client.containerApps.createOrUpdate("shop", "web", image("1.1.0"));
  await stuck.submitted();
  await expect(
    server.client.containerApps.createOrUpdate("shop", "web", image("1.2.0")).submitted(),
  ).rejects.toMatchObject({
    statusCode: 409,
    code: "ContainerAppOperationInProgress",
  });
  expect((await server.client.containerApps.get("shop", "web")).provisioningState).toBe("InProgress");
  server.faults.clear(id);
  expect((await stuck.pollUntilDone()).provisioningState).toBe("Succeeded");
});

it("concurrent-deploy: a second deployment within seconds is refused with 409", async () => {
  await using server = await start();
  await create(server);
  server.faults.inject({ kind: "concurrent-deploy", parameters: { app: "web" } });
  await expect(
    server.client.containerApps.createOrUpdate("shop", "web", image("1.1.0")).submitted(),
  ).rejects.toMatchObject({
    statusCode: 409,
    code: "ContainerAppOperationInProgress",
  });
});

it("maintenance-lock: the first write runs into a timeout, the next one into the lock", async () => {
  await using server = await start();
  const { id } = server.faults.inject({ kind: "maintenance-lock", parameters: { resource: "containerApps/web" } });
  const write = () =>
    server.client.containerApps
      .createOrUpdate("shop", "web", app(), { requestOptions: { timeout: 5_000 } })
      .submitted();
  server.client.pipeline.removePolicy({ name: "defaultRetryPolicy" });
  await expect(write()).rejects.toMatchObject({ statusCode: 504, code: "GatewayTimeout" });
  await expect(write()).rejects.toMatchObject({ statusCode: 409, code: "ScopeLocked" });
  server.faults.clear(id);
  await create(server);
});

it("no-replica-from-zero: replicas are never assigned, until it is over", async () => {
  await using server = await start();
  const { id } = server.faults.inject({ kind: "no-replica-from-zero", parameters: { environment: "main" } });
  await create(server);
  const { latestRevisionName = "" } = await server.client.containerApps.get("shop", "web");
  await eventually(async () => ((await replicaNames(server, latestRevisionName)).length === 2 ? true : undefined));
  const { value } = await server.client.containerAppsRevisionReplicas.listReplicas("shop", "web", latestRevisionName);
  expect(value.map(({ runningState }) => runningState)).toEqual(["NotRunning", "NotRunning"]);
  server.faults.clear(id);
  await runningReplicas(server, 2);
});

it("scaler-churn: replicas are replaced again and again", async () => {
  await using server = await start();
  await create(server);
  const before = await runningReplicas(server, 2);
  const { id } = server.faults.inject({ kind: "scaler-churn", parameters: { app: "web" } });
  await eventually(async () => {
    const names = await replicaNames(server, before.revision);
    return names.some((name) => before.names.includes(name)) ? undefined : true;
  });
  server.faults.clear(id);
});

it("node-update-gap: every replica is replaced by the platform", async () => {
  await using server = await start();
  await create(server);
  const before = await runningReplicas(server, 2);
  server.faults.inject({ kind: "node-update-gap", parameters: { environment: "main" } });
  await eventually(async () => {
    const names = await replicaNames(server, before.revision);
    return names.length > 0 && !names.some((name) => before.names.includes(name)) ? true : undefined;
  });
});

it("revision-vanished: an active revision is not found any more", async () => {
  await using server = await start();
  await create(server);
  const { revision } = await runningReplicas(server, 2);
  server.faults.inject({ kind: "revision-vanished", parameters: { app: "web", revision } });
  await expect(server.client.containerAppsRevisions.getRevision("shop", "web", revision)).rejects.toMatchObject({
    statusCode: 404,
  });
});

it("traffic-array-stale: the weight of a deactivated revision stays in the array", async () => {
  await using server = await start();
  await create(server);
  const { revision } = await runningReplicas(server, 2);
  const traffic = [{ revisionName: revision, weight: 100 }];
  await server.client.containerApps.update("shop", "web", app({ ingress: { traffic } })).pollUntilDone();
  server.faults.inject({ kind: "traffic-array-stale", parameters: { app: "web", revision } });
  const { configuration } = await server.client.containerApps.get("shop", "web");
  expect(configuration?.ingress?.traffic).toMatchObject([{ revisionName: revision, weight: 100 }]);
  const { active } = await server.client.containerAppsRevisions.getRevision("shop", "web", revision);
  expect(active).toBe(false);
});

it("switch-errors: a share of requests finds nobody for a moment after the traffic moved, and none later", async () => {
  const kernel = createRealTimeKernel({ seed: 1 });
  await using gateway = await createGateway({ clock: kernel.clock });
  const server = createServer((_, response) => response.end("well")).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const targets = { cluster: () => undefined, outages: new ControlPlaneOutages(kernel) };
    const faults = new Faults(
      { ...kernel, timeScale: 1, calibration: defaultCalibration },
      { ...targets, apps: () => knownApp as never },
    );
    const routes = withRouteFaults(gateway, faults, kernel.clock, {
      app: () => ["web.test"],
      dapr: () => ["web.test"],
    });
    const { port } = server.address() as AddressInfo;
    const to = (name: string) => ({
      backends: [{ name, weight: 100, endpoints: [{ host: "127.0.0.1", port }], whenEmpty: "reject" as const }],
    });
    routes.setRoute("web.test", to("web--1"));
    faults.inject({ kind: "switch-errors", parameters: { app: "web", errorSeconds: 1 } });
    expect(await statuses(gateway.address().port)).toEqual(new Set([200]));
    routes.setRoute("web.test", to("web--2"));
    expect(await statuses(gateway.address().port)).toEqual(new Set([200, 502]));
    await eventually(async () => ((await statuses(gateway.address().port)).has(502) ? undefined : true));

    const { id } = faults.inject({ kind: "dapr-platform-upgrade", parameters: { environment: "main" } });
    expect(await statuses(gateway.address().port)).toContain(502);
    faults.clear(id);
    expect(await statuses(gateway.address().port)).toEqual(new Set([200]));
  } finally {
    server.close();
    kernel.close();
  }
});

/** As much of Container Apps as the check of a fault's target looks at. */
const knownApp = {
  list: () => [{ address: { name: "web" } }],
  environments: { find: () => ({ address: { name: "main" } }) },
};

async function statuses(port: number): Promise<Set<number>> {
  const { request } = await import("node:http");
  const one = () =>
    new Promise<number>((resolve, reject) => {
      const call = request({ host: "127.0.0.1", port, headers: { host: "web.test" } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      });
      call.on("error", reject);
      call.end();
    });
  const seen = new Set<number>();
  for (let index = 0; index < 12; index++) seen.add(await one());
  return seen;
}
