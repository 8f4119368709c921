import type { TrafficWeight } from "@azure/arm-appcontainers";
import type { AppDescription } from "@fairway/model";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { constantly, type EmbeddedTarget, group, startTarget } from "./embedded.ts";

let shared: EmbeddedTarget;
beforeAll(async () => {
  shared = await startTarget();
});
afterAll(() => shared?.[Symbol.asyncDispose]());

let counter = 0;

/** An app of one test, on the target that the tests share unless another one is given. */
function scene({ target, client, describeApp }: EmbeddedTarget = shared) {
  counter += 1;
  const name = `web-${counter}`;
  const describeIt = (changes: Partial<AppDescription> = {}) => describeApp({ name, ...changes });
  const getApp = () => client.containerApps.get(group, name);
  return {
    name,
    target,
    client,
    getApp,
    describeApp: describeIt,
    deploy: (changes: Partial<AppDescription> = {}) => target.apply(describeIt(changes)).result(),
    traffic: async () => (await getApp()).configuration?.ingress?.traffic ?? [],
    /** Writes the array as it is, as another tool would. */
    async writeTraffic(entries: TrafficWeight[]): Promise<void> {
      const { location } = await getApp();
      await client.containerApps.update(group, name, { location, configuration: { ingress: { traffic: entries } } });
    },
  };
}

const two = { image: "shop/web:2" };
const three = { image: "shop/web:3" };

describe.concurrent("a Container Apps target", () => {
  test("a deploy costs at most two calls above the least possible", async () => {
    await using counted = await startTarget();
    const { calls } = counted;
    const app = scene(counted);
    // The write, polls until it has ended, the read of its result, and looks until the revision is ready.
    const isNeeded = (call: string) => /^(PUT|PATCH) containerApp |^GET (poll|result|revision|replicas) /.test(call);
    const above = () => calls.filter((call) => !isNeeded(call));

    await app.deploy();
    // The second read is the result of a PUT.
    expect(above()).toEqual(["GET containerApp 404", "GET containerApp 200"]);
    calls.length = 0;
    await app.deploy(two);
    expect(above()).toEqual(["GET containerApp 200", "GET revisions 200"]);
    expect(calls.filter((call) => call.startsWith("GET result"))).toHaveLength(1);
    calls.length = 0;
    await app.deploy(two);
    expect(calls).toEqual(["GET containerApp 200", "GET revisions 200", "GET revision 200"]);
  });

  test("what another tool wrote as `latestRevision` is put into names before there is a newer one", async () => {
    const app = scene();
    const first = await app.deploy();
    await app.writeTraffic([{ latestRevision: true, weight: 100 }]);
    await app.deploy(two);
    expect(await app.traffic()).toMatchObject([{ revisionName: first.name, weight: 100 }]);
  });

  test("dead revisions leave the traffic, and the living share what they had", async () => {
    const app = scene();
    const first = await app.deploy();
    const second = await app.deploy(two);
    await app.target.shift(app.name, { [first.name]: 30, [second.name]: 70 }).result();
    await app.client.containerAppsRevisions.deactivateRevision(group, app.name, second.name);
    await app.deploy(three);
    expect(await app.traffic()).toMatchObject([{ revisionName: first.name, weight: 100 }]);
  });

  test("a deploy whose revision is switched off before it is ready, as a newer deploy does, comes to its end", async () => {
    await using slow = await startTarget({ "replica.modelStart": constantly(600) });
    const app = scene(slow);
    const operation = slow.target.apply(app.describeApp());
    for await (const { message } of operation.events()) if (message.endsWith(" is ready.")) break;
    const revisions = slow.client.containerAppsRevisions;
    for await (const { name } of revisions.listRevisions(group, app.name)) {
      await revisions.deactivateRevision(group, app.name, name ?? "");
    }
    await expect(operation.result()).rejects.toMatchObject({ code: "conflict" });
  });

  test("a shift that another tool made while nothing needed mending is left alone", async () => {
    const app = scene();
    const first = await app.deploy();
    const second = await app.deploy(two);
    await app.writeTraffic([
      { revisionName: first.name, weight: 80 },
      { revisionName: second.name, weight: 20, label: "canary" },
    ]);
    await app.deploy(three);
    expect(await app.traffic()).toMatchObject([
      { revisionName: first.name, weight: 80 },
      { revisionName: second.name, weight: 20, label: "canary" },
    ]);
  });

  test("an operation of somebody else is waited out, and said", async () => {
    await using busy = await startTarget({ "containerApps.patch.configuration": constantly(900) });
    const { client, calls } = busy;
    const app = scene(busy);
    await app.deploy();
    const { location } = await app.getApp();
    const other = client.containerApps.update(group, app.name, {
      location,
      configuration: { maxInactiveRevisions: 5 },
    });
    await other.submitted();
    const operation = app.target.apply(app.describeApp(two));
    expect(await operation.result()).toMatchObject({ weight: 0, state: { kind: "ready" } });
    await other.pollUntilDone();
    expect(calls).toContain("PATCH containerApp 409");
    const messages: string[] = [];
    for await (const { message } of operation.events()) messages.push(message);
    expect(messages).toContain(`Another operation is running on ${app.name}: waiting for its end.`);
  });

  test("superseded revisions are switched off when a new one is ready, labelled and serving ones are not", async () => {
    const app = scene();
    const first = await app.deploy();
    const second = await app.deploy(two);
    const third = await app.deploy(three);
    const states = async () =>
      Object.fromEntries((await app.target.revisions(app.name)).map((r) => [r.name, r.state.kind]));
    expect(await states()).toEqual({ [first.name]: "ready", [second.name]: "inactive", [third.name]: "ready" });
    await app.target.capability("labels").set(app.name, "next", third.name).result();
    const fourth = await app.deploy({ image: "shop/web:4" });
    expect(await states()).toMatchObject({ [third.name]: "ready", [fourth.name]: "ready" });
  });

  test("other bounds make copies, move weights and labels over, and switch the originals off", async () => {
    const app = scene();
    const first = await app.deploy();
    const second = await app.deploy(two);
    await app.target.shift(app.name, { [first.name]: 90, [second.name]: 10 }).result();
    await app.target.capability("labels").set(app.name, "canary", second.name).result();
    const scaled = await app.target.scale(app.name, { min: 3, max: 5 }).result();
    const carrying = scaled.filter(({ weight }) => weight > 0);
    expect(carrying.map(({ image, weight, labels }) => [image, weight, labels])).toEqual(
      expect.arrayContaining([
        ["shop/web:1", 90, []],
        ["shop/web:2", 10, ["canary"]],
      ]),
    );
    expect(
      scaled.filter(({ name }) => name === first.name || name === second.name).map(({ state }) => state.kind),
    ).toEqual(["inactive", "inactive"]);
    const again = await app.target.scale(app.name, { min: 3, max: 5 }).result();
    expect(again).toHaveLength(scaled.length);
  });

  test("the patch for the raw resource reaches fields that the client's types do not have", async () => {
    const app = scene();
    await app.deploy({
      overrides: {
        containerApps: {
          tags: { team: "payments" },
          properties: { configuration: { ingress: { corsPolicy: { allowedOrigins: ["https://x"] } } } },
        },
      },
    });
    const found = await app.getApp();
    expect(found.tags).toEqual({ "managed-by": "fairway", team: "payments" });
    expect(found.configuration?.ingress?.corsPolicy?.allowedOrigins).toEqual(["https://x"]);
    expect(found.configuration?.ingress?.targetPort).toBe(8080);
  });

  test("an app without ingress: the new revision replaces the old one, and there is nothing to shift", async () => {
    const app = scene();
    const worker = { ingress: { exposure: "none" as const } };
    const first = await app.deploy(worker);
    const second = await app.deploy({ ...worker, ...two });
    expect((await app.getApp()).configuration?.activeRevisionsMode).toBe("Single");
    expect(second.weight).toBe(100);
    const shift = app.target.shift(app.name, { [first.name]: 50, [second.name]: 50 });
    await expect(shift.result()).rejects.toMatchObject({ code: "not-supported" });
  });

  test("configuration alone changes without a new revision, and ingress can go and come back", async () => {
    const app = scene();
    const first = await app.deploy();
    const open = await app.deploy({ ingress: { exposure: "public" } });
    expect(open.name).toBe(first.name);
    expect((await app.getApp()).configuration?.ingress).toMatchObject({ external: true, allowInsecure: false });
    await app.deploy({ ingress: { exposure: "none" } });
    expect((await app.getApp()).configuration?.ingress ?? undefined).toBeUndefined();
    await app.deploy();
    expect(await app.traffic()).toMatchObject([{ revisionName: first.name, weight: 100 }]);
    expect(await app.target.revisions(app.name)).toHaveLength(1);
  });

  test("the plan for a running app shows exactly what differs", async () => {
    const app = scene();
    await app.deploy();
    const changes = { ...two, env: { MODE: "live" }, ingress: { exposure: "public" as const }, dapr: {} };
    const plan = await app.target.plan(app.describeApp(changes));
    const shown = plan.changes.flatMap(({ resource, properties }) =>
      properties.map(({ path, before, after }) => [resource.split(" ")[0], path, before, after]),
    );
    const container = `template.containers[${app.name}]`;
    expect(shown).toEqual([
      ["containerApp", "configuration.ingress.external", false, true],
      ["containerApp", "configuration.ingress.allowInsecure", true, false],
      ["containerApp", "configuration.dapr.appId", undefined, app.name],
      ["containerApp", "configuration.dapr.appPort", undefined, 8080],
      ["containerApp", "configuration.dapr.appProtocol", undefined, "http"],
      ["revision", `${container}.image`, "shop/web:1", "shop/web:2"],
      ["revision", `${container}.env[MODE].name`, undefined, "MODE"],
      ["revision", `${container}.env[MODE].value`, undefined, "live"],
    ]);
  });

  test("a description that the service refuses is the description's fault, with the field", async () => {
    const app = scene();
    const failed = app.target.apply(
      app.describeApp({
        overrides: { containerApps: { properties: { template: { scale: { minReplicas: 2000 } } } } },
      }),
    );
    await expect(failed.result()).rejects.toMatchObject({ code: "app-invalid" });
    await expect(failed.result()).rejects.toThrow("template.scale.minReplicas");
  });
});
