import type { TrafficWeight } from "@azure/arm-appcontainers";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { appName, type EmbeddedTarget, group, startTarget } from "./embedded.ts";

let embedded: EmbeddedTarget;
beforeAll(async () => {
  embedded = await startTarget();
});
afterAll(() => embedded?.[Symbol.asyncDispose]());
beforeEach(async () => {
  await embedded.target.remove(appName).result();
  embedded.calls.length = 0;
});

const two = { image: "shop/web:2" };
const three = { image: "shop/web:3" };
const deploy = (changes = {}) => embedded.target.apply(embedded.describeApp(changes)).result();
const getApp = () => embedded.client.containerApps.get(group, appName);

async function traffic(): Promise<TrafficWeight[]> {
  return (await getApp()).configuration?.ingress?.traffic ?? [];
}

/** Writes the array as it is, as another tool would. */
async function writeTraffic(entries: TrafficWeight[]): Promise<void> {
  const { location } = await getApp();
  await embedded.client.containerApps.update(group, appName, {
    location,
    configuration: { ingress: { traffic: entries } },
  });
}

test("a deploy costs at most two calls above the least possible", async () => {
  const count = (kind: RegExp) => embedded.calls.filter((call) => kind.test(call)).length;
  // Least: the write, the polls until it has ended, the read of its result, and the looks until the revision is ready.
  const least = () => count(/^(PUT|PATCH) /) + count(/OperationStatuses 200$/) + 1 + count(/^GET revisions 200$/);

  await deploy();
  expect(count(/^PUT /)).toBe(1);
  expect(embedded.calls.length - least()).toBeLessThanOrEqual(1);

  embedded.calls.length = 0;
  await deploy(two);
  expect(count(/^PATCH /)).toBe(1);
  expect(count(/replicas/)).toBeLessThanOrEqual(1);
  const occasional = count(/replicas/);
  expect(embedded.calls.length - least() - occasional).toBeLessThanOrEqual(2);

  embedded.calls.length = 0;
  await deploy(two);
  expect(embedded.calls).toEqual(["GET containerApps 200", `GET revisions 200`, "GET revisions 200"]);
});

test("what another tool wrote as `latestRevision` is put into names before there is a newer one", async () => {
  const first = await deploy();
  await writeTraffic([{ latestRevision: true, weight: 100 }]);
  await deploy(two);
  expect(await traffic()).toMatchObject([{ revisionName: first.name, weight: 100 }]);
});

test("dead revisions leave the traffic, and the living share what they had", async () => {
  const first = await deploy();
  const second = await deploy(two);
  await embedded.target.shift(appName, { [first.name]: 30, [second.name]: 70 }).result();
  await embedded.client.containerAppsRevisions.deactivateRevision(group, appName, second.name);
  await deploy(three);
  expect(await traffic()).toMatchObject([{ revisionName: first.name, weight: 100 }]);
});

test("a shift that another tool made while nothing needed mending is left alone", async () => {
  const first = await deploy();
  const second = await deploy(two);
  await writeTraffic([
    { revisionName: first.name, weight: 80 },
    { revisionName: second.name, weight: 20, label: "canary" },
  ]);
  await deploy(three);
  expect(await traffic()).toMatchObject([
    { revisionName: first.name, weight: 80 },
    { revisionName: second.name, weight: 20, label: "canary" },
  ]);
});

test("an operation of somebody else is waited out, and said", async () => {
  await deploy();
  const { location } = await getApp();
  const other = embedded.client.containerApps.update(group, appName, { location, tags: { by: "hand" } });
  await other.submitted();
  const operation = embedded.target.apply(embedded.describeApp(two));
  await operation.result();
  await other.pollUntilDone();
  const messages: string[] = [];
  for await (const { message } of operation.events()) messages.push(message);
  expect(messages.some((message) => message.includes("Another operation is running"))).toBe(true);
  expect(embedded.calls).toContain("PATCH containerApps 409");
  expect((await getApp()).tags).toEqual({ by: "hand", "managed-by": "fairway" });
});

test("superseded revisions are switched off when a new one is ready, labelled and serving ones are not", async () => {
  const first = await deploy();
  const second = await deploy(two);
  const third = await deploy(three);
  const states = async () =>
    Object.fromEntries((await embedded.target.revisions(appName)).map((r) => [r.name, r.state.kind]));
  expect(await states()).toEqual({ [first.name]: "ready", [second.name]: "inactive", [third.name]: "ready" });
  await embedded.target.capability("labels").set(appName, "next", third.name).result();
  const fourth = await deploy({ image: "shop/web:4" });
  expect(await states()).toMatchObject({ [third.name]: "ready", [fourth.name]: "ready" });
});

test("other bounds make copies, move weights and labels over, and switch the originals off", async () => {
  const first = await deploy();
  const second = await deploy(two);
  await embedded.target.shift(appName, { [first.name]: 90, [second.name]: 10 }).result();
  await embedded.target.capability("labels").set(appName, "canary", second.name).result();
  const scaled = await embedded.target.scale(appName, { min: 3, max: 5 }).result();
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
  const again = await embedded.target.scale(appName, { min: 3, max: 5 }).result();
  expect(again).toHaveLength(scaled.length);
});

test("the patch for the raw resource reaches fields that the client's types do not have", async () => {
  await deploy({
    overrides: {
      containerApps: {
        tags: { team: "payments" },
        properties: { configuration: { ingress: { corsPolicy: { allowedOrigins: ["https://x"] } } } },
      },
    },
  });
  const app = await getApp();
  expect(app.tags).toEqual({ "managed-by": "fairway", team: "payments" });
  expect(app.configuration?.ingress?.corsPolicy?.allowedOrigins).toEqual(["https://x"]);
  expect(app.configuration?.ingress?.targetPort).toBe(8080);
});

test("an app without ingress: the new revision replaces the old one, and there is nothing to shift", async () => {
  const worker = { ingress: { exposure: "none" as const } };
  const first = await deploy(worker);
  const second = await deploy({ ...worker, ...two });
  expect((await getApp()).configuration?.activeRevisionsMode).toBe("Single");
  const shift = embedded.target.shift(appName, { [first.name]: 50, [second.name]: 50 });
  await expect(shift.result()).rejects.toMatchObject({ code: "not-supported" });
});

test("configuration alone changes without a new revision, and ingress can go and come back", async () => {
  const first = await deploy();
  const open = await deploy({ ingress: { exposure: "public" } });
  expect(open.name).toBe(first.name);
  expect((await getApp()).configuration?.ingress).toMatchObject({ external: true, allowInsecure: false });
  await deploy({ ingress: { exposure: "none" } });
  expect((await getApp()).configuration?.ingress ?? undefined).toBeUndefined();
  await deploy();
  expect(await traffic()).toMatchObject([{ revisionName: first.name, weight: 100 }]);
  expect(await embedded.target.revisions(appName)).toHaveLength(1);
});

test("the plan for a running app shows exactly what differs", async () => {
  await deploy();
  const changes = { ...two, env: { MODE: "live" }, ingress: { exposure: "public" as const }, dapr: {} };
  const plan = await embedded.target.plan(embedded.describeApp(changes));
  const shown = plan.changes.flatMap(({ resource, properties }) =>
    properties.map(({ path, before, after }) => [resource.split(" ")[0], path, before, after]),
  );
  expect(shown).toEqual([
    ["containerApp", "configuration.ingress.external", false, true],
    ["containerApp", "configuration.ingress.allowInsecure", true, false],
    ["containerApp", "configuration.dapr.appId", undefined, "web"],
    ["containerApp", "configuration.dapr.appPort", undefined, 8080],
    ["containerApp", "configuration.dapr.appProtocol", undefined, "http"],
    ["revision", "template.containers[web].image", "shop/web:1", "shop/web:2"],
    ["revision", "template.containers[web].env[MODE].name", undefined, "MODE"],
    ["revision", "template.containers[web].env[MODE].value", undefined, "live"],
  ]);
});

test("a description that the service refuses is the description's fault, with the field", async () => {
  const failed = embedded.target.apply(
    embedded.describeApp({
      overrides: { containerApps: { properties: { template: { scale: { minReplicas: 2000 } } } } },
    }),
  );
  await expect(failed.result()).rejects.toMatchObject({ code: "app-invalid" });
  await expect(failed.result()).rejects.toThrow("template.scale.minReplicas");
});
