import { describe, expect, it } from "vitest";
import {
  appBody,
  appPath,
  at,
  deploy,
  itemsOf,
  type Json,
  replicaCounts,
  revisions,
  startWorld,
  type TestWorld,
  textOf,
  weightsAt,
} from "./container-apps-world.ts";

const second = { container: { image: "shop/web:1.1.0" } };

function names(world: TestWorld): string[] {
  return revisions(world).map(({ name }) => textOf(name));
}

function fqdn(app: Json): string {
  return textOf(at(app, "properties.configuration.ingress.fqdn"));
}

describe("revision names", () => {
  it("are random for the first, counted for later ones, and what the suffix says", () => {
    const world = startWorld();
    deploy(world);
    deploy(world, second);
    deploy(world, { container: { image: "shop/web:1.2.0" } });
    deploy(world, { container: { image: "shop/web:1.3.0" }, template: { revisionSuffix: "v13" } });
    expect(names(world)).toEqual([
      expect.stringMatching(/^web--[a-z0-9]{7}$/),
      "web--0000001",
      "web--0000002",
      "web--v13",
    ]);
  });

  it("come only with a template that differs", () => {
    const world = startWorld();
    deploy(world);
    deploy(world, { configuration: { secrets: [{ name: "key", value: "x" }] } });
    deploy(world);
    world.settle(world.call("PATCH", appPath, { properties: { configuration: { maxInactiveRevisions: 5 } } }));
    expect(names(world)).toHaveLength(1);
    world.settle(world.call("PATCH", appPath, { properties: { template: { scale: { maxReplicas: 4 } } } }));
    expect(names(world)).toHaveLength(2);
  });

  it("fail the operation when the suffix belongs to another template, and are quiet when it is the same", () => {
    const world = startWorld();
    deploy(world, { template: { revisionSuffix: "v1" } });
    const same = world.settle(world.call("PUT", appPath, appBody({ template: { revisionSuffix: "v1" } })));
    expect(at(same.body, "status")).toBe("Succeeded");
    const other = appBody({ ...second, template: { revisionSuffix: "v1" } });
    const failed = world.settle(world.call("PUT", appPath, other));
    expect(at(failed.body, "status")).toBe("Failed");
    expect(at(failed.body, "error")).toEqual({
      code: "ContainerAppOperationError",
      message: expect.stringContaining("revision with suffix v1 already exists") as string,
    });
    expect(names(world)).toEqual(["web--v1"]);
    expect(at(world.call("GET", appPath).body, "properties.provisioningState")).toBe("Failed");
  });
});

describe("multiple mode", () => {
  it("keeps revisions active and gives a new one nothing unless the split says latest", () => {
    const world = startWorld();
    const app = deploy(world);
    const [first = ""] = names(world);
    const split = { ingress: { traffic: [{ revisionName: first, weight: 100, label: "blue" }] } };
    deploy(world, split);
    deploy(world, { ...second, ...split });
    expect(weightsAt(world, fqdn(app))).toEqual({ [first]: 100 });
    expect(revisions(world).map((revision) => at(revision, "properties.active"))).toEqual([true, true]);
    const [, newer = ""] = names(world);
    const traffic = [
      { revisionName: first, weight: 90, label: "blue" },
      { revisionName: newer, weight: 10, label: "green" },
    ];
    world.settle(world.call("PATCH", appPath, { properties: { configuration: { ingress: { traffic } } } }));
    world.kernel.runFor(120_000);
    expect(weightsAt(world, fqdn(app))).toEqual({ [first]: 90, [newer]: 10 });
    const domain = fqdn(app).slice("web.".length);
    expect(weightsAt(world, `web---green.${domain}`)).toEqual({ [newer]: 100 });
    expect(weightsAt(world, `${newer}.${domain}`)).toEqual({ [newer]: 100 });
    expect(weightsAt(world, "web.main")).toEqual({ [first]: 90, [newer]: 10 });
    expect(revisions(world).map((revision) => at(revision, "properties.trafficWeight"))).toEqual([90, 10]);
  });

  it("moves a split only after a while, and `latest` only when the revision is ready", () => {
    const world = startWorld({ behaviour: ({ image }) => (image.endsWith("1.1.0") ? { listenAfterMs: 40_000 } : {}) });
    const app = deploy(world);
    const [first = ""] = names(world);
    const put = world.call("PUT", appPath, appBody(second));
    world.settle(put);
    const during = at(world.call("GET", appPath).body, "properties");
    expect(at(during, "latestRevisionName")).toBe("web--0000001");
    expect(at(during, "latestReadyRevisionName")).toBe(first);
    expect(weightsAt(world, fqdn(app))).toEqual({ [first]: 100 });
    world.kernel.runFor(180_000);
    expect(at(world.call("GET", appPath).body, "properties.latestReadyRevisionName")).toBe("web--0000001");
    expect(weightsAt(world, fqdn(app))).toEqual({ "web--0000001": 100 });
    const [ready] = world.trace("revision.ready").filter(({ data }) => data["revision"] === "web--0000001");
    const shifted = world.trace("containerApp.traffic").at(-1);
    expect((shifted?.timeMs ?? 0) - (ready?.timeMs ?? 0)).toBeGreaterThan(500);
  });

  it("routes to a revision that is ready only together with its replicas, however fast the split is written", () => {
    const world = startWorld({ timeScale: 1_000 });
    const app = deploy(world, {
      ingress: { traffic: [{ revisionName: "web--a", weight: 100 }] },
      template: { revisionSuffix: "a" },
      scale: { minReplicas: 1 },
    });
    const emptyBackends: string[] = [];
    world.dataPlane.onRoute((host, route) => {
      if (host !== fqdn(app)) return;
      for (const { name, endpoints } of route?.backends ?? []) if (endpoints.length === 0) emptyBackends.push(name);
    });
    world.call(
      "PUT",
      appPath,
      appBody({
        ...second,
        ingress: { traffic: [{ revisionName: "web--a", weight: 100 }] },
        template: { revisionSuffix: "b" },
        scale: { minReplicas: 1 },
      }),
    );
    while (!world.trace("revision.ready").some(({ data }) => data["revision"] === "web--b")) world.kernel.runFor(1);
    const traffic = [
      { revisionName: "web--a", weight: 50 },
      { revisionName: "web--b", weight: 50 },
    ];
    world.settle(world.call("PATCH", appPath, { properties: { configuration: { ingress: { traffic } } } }));
    world.kernel.runFor(10_000);
    expect(weightsAt(world, fqdn(app))).toEqual({ "web--a": 50, "web--b": 50 });
    expect(emptyBackends).toEqual([]);
  });

  it("keeps the weight of a deactivated revision in the app, and sends it nothing", () => {
    const world = startWorld();
    const app = deploy(world, { template: { revisionSuffix: "a" } });
    deploy(world, { ...second, template: { revisionSuffix: "b" } });
    const traffic = [
      { revisionName: "web--a", weight: 50 },
      { revisionName: "web--b", weight: 50 },
    ];
    world.settle(world.call("PATCH", appPath, { properties: { configuration: { ingress: { traffic } } } }));
    world.kernel.runFor(60_000);
    const answer = world.call("POST", `${appPath}/revisions/web--a/deactivate`);
    expect(answer).toMatchObject({ status: 200, body: "Deactivate succeeded" });
    world.kernel.runFor(60_000);
    expect(weightsAt(world, fqdn(app))).toEqual({ "web--b": 50 });
    const shown = at(world.call("GET", appPath).body, "properties.configuration.ingress.traffic");
    expect(shown).toEqual(traffic);
    const gone = at(world.call("GET", `${appPath}/revisions/web--a`).body, "properties");
    expect(gone).toMatchObject({ active: false, replicas: 0, runningState: "Stopped", healthState: "None" });
    expect(world.call("PATCH", appPath, { properties: { configuration: { ingress: { traffic } } } }).status).toBe(400);
  });
});

describe("single mode", () => {
  const single = { configuration: { activeRevisionsMode: "Single" } };

  it("starts the new revision with the old one's replicas, switches when all are ready, then retires the old one", () => {
    const world = startWorld();
    const app = deploy(world, { ...single, scale: { minReplicas: 3 } });
    const [first = ""] = names(world);
    world.settle(world.call("PUT", appPath, appBody({ ...single, ...second, scale: { minReplicas: 1 } })));
    expect(world.trace("revision.created").at(-1)?.data["replicas"]).toBe(3);
    let overlapped = false;
    for (let seconds = 0; seconds < 180; seconds++) {
      world.kernel.runFor(1_000);
      const [old, young] = revisions(world).map((revision) => at(revision, "properties"));
      const isSwitched = weightsAt(world, fqdn(app))["web--0000001"] === 100;
      if (isSwitched && at(old, "active")) overlapped = true;
      if (!isSwitched) expect(weightsAt(world, fqdn(app))).toEqual({ [first]: 100 });
      if (isSwitched) expect(at(young, "healthState")).toBe("Healthy");
    }
    expect(overlapped).toBe(true);
    expect(revisions(world).map((revision) => at(revision, "properties.active"))).toEqual([false, true]);
    expect(weightsAt(world, fqdn(app))).toEqual({ "web--0000001": 100 });
  });

  it("leaves the traffic where it is when the new revision crashes", () => {
    const crash = { crash: { afterMs: 500, exitCode: 1 } };
    const world = startWorld({ behaviour: ({ image }) => (image.endsWith("1.1.0") ? crash : {}) });
    const app = deploy(world, single);
    const [first = ""] = names(world);
    expect(at(deploy(world, { ...single, ...second }), "properties.latestReadyRevisionName")).toBe(first);
    expect(weightsAt(world, fqdn(app))).toEqual({ [first]: 100 });
    const failed = at(world.call("GET", `${appPath}/revisions/web--0000001`).body, "properties");
    expect(failed).toMatchObject({
      provisioningState: "Failed",
      healthState: "Unhealthy",
      runningState: "Failed",
      active: true,
      runningStateDetails: expect.stringContaining("Container crashing: web") as string,
    });
    const [old] = revisions(world);
    expect(at(old, "properties")).toMatchObject({ active: true, healthState: "Healthy", runningState: "Running" });
  });

  it("drops a revision that never got ready when a newer one comes", () => {
    const crash = { crash: { afterMs: 500, exitCode: 1 } };
    const world = startWorld({ behaviour: ({ image }) => (image.endsWith("1.1.0") ? crash : {}) });
    deploy(world, single);
    deploy(world, { ...single, ...second });
    deploy(world, { ...single, container: { image: "shop/web:1.2.0" } });
    expect(revisions(world).map((revision) => at(revision, "properties.active"))).toEqual([false, false, true]);
  });
});

describe("a replica", () => {
  it("gets its environment, with secrets resolved, and the platform's variables", () => {
    const seen: Record<string, string>[] = [];
    const world = startWorld({
      behaviour: ({ env }) => {
        seen.push({ ...env });
        return {};
      },
    });
    const env = [
      { name: "GREETING", value: "hello" },
      { name: "PASSWORD", secretRef: "password" },
    ];
    deploy(world, { container: { env }, configuration: { secrets: [{ name: "password", value: "s3cret" }] } });
    expect(seen[0]).toMatchObject({
      GREETING: "hello",
      PASSWORD: "s3cret",
      CONTAINER_APP_NAME: "web",
      CONTAINER_APP_REVISION: names(world)[0],
      CONTAINER_APP_PORT: "8080",
    });
    const shown = at(world.call("GET", appPath).body, "properties.configuration.secrets.0");
    expect(shown).toEqual({ name: "password" });
    expect(world.call("POST", `${appPath}/listSecrets`).body).toEqual({
      value: [{ name: "password", value: "s3cret" }],
    });
  });

  it("runs its init containers to the end, one after another, before the others start", () => {
    const started: string[] = [];
    const world = startWorld({
      behaviour: ({ id }) => {
        started.push(id.split("/").slice(1).join("/"));
        return id.includes("/second/0") ? { crash: { afterMs: 100, exitCode: 1 } } : {};
      },
    });
    const [first, second] = ["first", "second"].map((name) => ({ name, image: `shop/${name}:1.0.0` }));
    deploy(world, { template: { initContainers: [first, second] }, scale: { minReplicas: 1 } });
    expect(started).toEqual(["first/0", "second/0", "second/1", "web/0"]);
    expect(replicaCounts(world).ready).toBe(1);
    const [name = ""] = names(world);
    const [replica] = itemsOf(world.call("GET", `${appPath}/revisions/${name}/replicas`));
    expect(at(replica, "properties.initContainers")).toMatchObject([
      { name: "first", runningState: "Terminated" },
      { name: "second", runningState: "Terminated", restartCount: 1 },
    ]);
  });

  it("is made again when a deactivated revision is activated", () => {
    const world = startWorld();
    deploy(world);
    const [name = ""] = names(world);
    world.call("POST", `${appPath}/revisions/${name}/deactivate`);
    world.kernel.runFor(60_000);
    expect(replicaCounts(world)).toEqual({ ready: 0, running: 0 });
    expect(world.call("POST", `${appPath}/revisions/${name}/activate`)).toMatchObject({ status: 200 });
    world.kernel.runFor(60_000);
    expect(replicaCounts(world)).toEqual({ ready: 2, running: 2 });
    expect(world.call("POST", `${appPath}/revisions/web--nope/activate`).status).toBe(404);
  });

  it("is told to stop and given its grace when it is not needed any more", () => {
    const world = startWorld({ behaviour: () => ({ stopMs: "never" }) });
    deploy(world, { template: { terminationGracePeriodSeconds: 50 } });
    const [name = ""] = names(world);
    world.call("POST", `${appPath}/revisions/${name}/deactivate`);
    world.kernel.runFor(49_000);
    expect(replicaCounts(world)).toEqual({ ready: 0, running: 2 });
    expect(at(world.call("GET", `${appPath}/revisions/${name}`).body, "properties.runningState")).toBe(
      "Deprovisioning",
    );
    world.kernel.runFor(2_000);
    expect(replicaCounts(world)).toEqual({ ready: 0, running: 0 });
  });

  it("is replaced by a restart without a gap", () => {
    const world = startWorld();
    deploy(world);
    const [name = ""] = names(world);
    const before = replicaNames(world, name);
    expect(world.call("POST", `${appPath}/revisions/${name}/restart`).status).toBe(200);
    for (let seconds = 0; seconds < 120; seconds++) {
      world.kernel.runFor(1_000);
      expect(replicaCounts(world).ready).toBeGreaterThanOrEqual(2);
    }
    const after = replicaNames(world, name);
    expect(after).toHaveLength(2);
    expect(after.filter((replica) => before.includes(replica))).toEqual([]);
  });
});

function replicaNames(world: TestWorld, revision: string): string[] {
  return itemsOf(world.call("GET", `${appPath}/revisions/${revision}/replicas`)).map((replica) =>
    textOf(at(replica, "name")),
  );
}

describe("inactive revisions", () => {
  it("are kept up to maxInactiveRevisions, the oldest go first", () => {
    const world = startWorld();
    const configuration = { activeRevisionsMode: "Single", maxInactiveRevisions: 2 };
    for (const version of [0, 1, 2, 3, 4]) {
      deploy(world, {
        configuration,
        container: { image: `shop/web:1.${version}.0` },
        template: { revisionSuffix: `v${version}` },
      });
    }
    expect(names(world)).toEqual(["web--v2", "web--v3", "web--v4"]);
  });
});
