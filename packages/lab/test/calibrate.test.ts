import { ContainerAppsAPIClient, type Job } from "@azure/arm-appcontainers";
import { ContainerServiceClient } from "@azure/arm-containerservice";
import "@azure/arm-monitor";
import type { CalibrationChanges, Distribution } from "@fairway/emulator";
import { Random } from "@fairway/kernel";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type CalibrationReport, calibrate } from "../src/calibrate/calibrate.ts";
import { fitDurations } from "../src/calibrate/fit.ts";
import { jsonItems } from "../src/calibrate/json-items.ts";
import { readActivityLog } from "../src/calibrate/read-activity-log.ts";
import { createPlatform } from "../src/live/platform.ts";
import { openVirtualWorld, type VirtualWorld } from "../src/virtual/world.ts";

test("what a changed calibration says is found again in the activity log of the operations that followed it", async () => {
  const truth = {
    "jobs.create": lognormal(30, 90),
    "jobs.update": lognormal(12, 14),
    "agentPools.update.settings": lognormal(60, 200),
    "managedClusters.update.settings": lognormal(150, 300),
    "controlPlane.upgrade": lognormal(700, 1_500),
  } as const;
  const changes = Object.fromEntries(Object.entries(truth).map(([name, distribution]) => [name, entry(distribution)]));
  using world = await openVirtualWorld({ seed: 12, calibration: changes as CalibrationChanges });
  const report = await world.run(async () => {
    await operate(world);
    return await calibrateWorld(world);
  });
  for (const [name, { medianSeconds, p95Seconds }] of Object.entries(truth)) {
    const found = report.entries.find((one) => one.name === name);
    expect(found?.samples, name).toBeGreaterThanOrEqual(8);
    expectWithin(medianSeconds, found?.interval?.median, `median of ${name}`);
    expectWithin(p95Seconds, found?.interval?.p95, `p95 of ${name}`);
  }
  expect(report.changes["jobs.create"]).toMatchObject({
    samples: 60,
    confidence: "A",
    source: expect.stringMatching(/^activity log of lab, 60 samples, 2026-01-05 to 2026-01-\d\d$/) as unknown,
  });
  expect(report.halves).toBe(0);
  expect(report.unclear).toEqual({ "upgrades of pools: their time is that of nodes and drains": 1 });
});

test("a log goes through the pages of the official client, filtered by group and time", async () => {
  using world = await openVirtualWorld({ seed: 3 });
  const counts = await world.run(async () => {
    await createPlatform(world.azure, { group: "lab", name: "prod", nodeCount: 1, httpClient: world.httpClient });
    const apps = appsClient(world);
    for (let index = 0; index < 90; index += 1) {
      await apps.jobs.beginDelete("lab", `job${index}`).catch(() => undefined);
      await world.wait(1_000);
      await apps.managedEnvironments.update("lab", "prod", { location: world.azure.location });
    }
    const now = new Date(world.kernel.clock.now());
    const events = (changes: object) => arrayFrom(readActivityLog({ ...place(world), ...changes }, access(world)));
    const [all, none, last] = [
      await events({}),
      await events({ resourceGroup: "other" }),
      await events({ from: new Date(now.getTime() - 20_000) }),
    ];
    const ids = new Set(all.map((event) => (event as { eventDataId: string }).eventDataId));
    return { all: all.length, ids: ids.size, none: none.length, last: last.length };
  });
  expect(counts.all).toBeGreaterThan(250);
  expect(counts).toMatchObject({ ids: counts.all, none: 0 });
  expect(counts.last).toBeGreaterThan(0);
  expect(counts.last).toBeLessThan(counts.all);
});

test.for([
  { filter: "", says: /must have a start time/ },
  { filter: "eventTimestamp ge '2020-01-01'", says: /more than 90 days/ },
  { filter: "eventTimestamp ge 'yesterday'", says: /time 'yesterday' cannot be read/ },
  { filter: "eventTimestamp ge '2026-01-05' and moon eq 'full'", says: /cannot have moon eq/ },
  { filter: "eventTimestamp ge '2026-01-05' or 1 eq 1", says: /cannot be read/ },
])("the filter $filter is refused with 400", async ({ filter, says }) => {
  using world = await openVirtualWorld({ seed: 3 });
  const { azure } = world;
  const query = new URLSearchParams({ "api-version": "2015-04-01", $filter: filter });
  const { status, body } = azure.arm({
    method: "GET",
    url: `${azure.armUrl}/subscriptions/${azure.subscriptionId}/providers/Microsoft.Insights/eventtypes/management/values?${query.toString()}`,
    headers: { authorization: `Bearer ${(await azure.credential.getToken()).token}` },
    body: new Uint8Array(),
  });
  expect(status).toBe(400);
  expect(JSON.stringify(body)).toMatch(says);
});

test("failed operations tell nothing of durations, and how often the control plane's upgrade fails", async () => {
  const always = { distribution: { kind: "chance", probability: 1 }, source: "this test", confidence: "D" } as const;
  using world = await openVirtualWorld({ seed: 5, calibration: { "controlPlane.upgradeFails": always } });
  const { changes, entries } = await world.run(async () => {
    await createPlatform(world.azure, { group: "lab", name: "prod", nodeCount: 1, httpClient: world.httpClient });
    const { managedClusters } = clustersClient(world);
    const cluster = await managedClusters.get("lab", "prod");
    await managedClusters.createOrUpdate("lab", "prod", cluster);
    const upgraded = { ...cluster, kubernetesVersion: nextMinor(cluster.currentKubernetesVersion) };
    await managedClusters.createOrUpdate("lab", "prod", upgraded).catch(() => undefined);
    return await calibrateWorld(world);
  });
  expect(changes["controlPlane.upgradeFails"]).toMatchObject({ distribution: { probability: 1 }, samples: 1 });
  expect(entries.find(({ name }) => name === "controlPlane.upgrade")).toMatchObject({ samples: 0, failed: 1 });
  expect(changes["controlPlane.upgrade"]).toBeUndefined();
});

const hour = Date.UTC(2026, 0, 5, 8);
const job = {
  operationName: { value: "Microsoft.App/jobs/write" },
  resourceId: "/subscriptions/s/resourceGroups/g/providers/Microsoft.App/jobs/a",
};

function event(correlation: string, status: string, atSeconds: number, changes: object = {}) {
  const eventDataId = `${correlation}-${status}-${atSeconds}`;
  const eventTimestamp = new Date(hour + atSeconds * 1_000).toISOString();
  return { ...job, correlationId: correlation, status: { value: status }, eventTimestamp, eventDataId, ...changes };
}

test("events in any order, twice, without their other half, of other kinds and failed are told apart", async () => {
  const events = [
    event("one", "Succeeded", 30),
    event("one", "Accepted", 1),
    event("one", "Started", 0),
    event("one", "Started", 0),
    event("lost", "Started", 5),
    event("found", "Succeeded", 6),
    // The same correlation again: another operation.
    event("one", "Started", 100),
    event("one", "Failed", 140),
    event("two", "Started", 200),
    event("two", "Started", 210),
    event("two", "Succeeded", 220),
    { category: { value: "ServiceHealth" }, correlationId: "x", eventTimestamp: "2026-01-05" },
    event("when", "Started", 0, { eventTimestamp: "never" }),
    event("advice", "Active", 0),
    7,
    null,
  ];
  const report = await calibrate(from(events), "this test");
  expect(report).toMatchObject({ events: 16, duplicates: 1, others: 5, halves: 3, operations: 3 });
  // The first write makes the job, later ones change it.
  expect(report.entries.map(({ name, samples, failed }) => ({ name, samples, failed }))).toEqual([
    { name: "jobs.create", samples: 1, failed: 0 },
    { name: "jobs.update", samples: 1, failed: 1 },
  ]);
  expect(report.changes["jobs.create"]).toMatchObject({
    distribution: { kind: "fixed", seconds: 30 },
    confidence: "D",
  });
});

test("nothing in, nothing out", async () => {
  const report = await calibrate(from([]), "nobody");
  expect(report).toMatchObject({ events: 0, operations: 0, entries: [], changes: {} });
});

test("items come out of a list of JSON whatever the pieces are in which it is read", async () => {
  const json = fc.array(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(
      json,
      fc.integer({ min: 1, max: 9 }),
      fc.boolean(),
      fc.boolean(),
      async (items, size, api, wide) => {
        const text = JSON.stringify(api ? { value: items } : items, undefined, wide ? 2 : undefined);
        const pieces = text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
        const read = await arrayFrom(jsonItems(from(pieces), "test.json"));
        expect(read).toEqual(JSON.parse(JSON.stringify(items)));
      },
    ),
  );
});

test.for([
  { what: "nothing", text: " ", says: /it is empty/ },
  { what: "an object", text: '{"name":"shop"}', says: /no list of events/ },
  { what: "a page of HTML", text: `<html>${"x".repeat(5_000)}`, says: /no list of events/ },
  { what: "a list of numbers", text: "[1, 2]", says: /item 1 is no object/ },
  { what: "a list of texts", text: '["a"]', says: /item 1 is no object/ },
  { what: "half a list", text: '[{"a":1},{"b":', says: /ends in the middle, after 1 events/ },
  { what: "an object with a comma too many", text: '[{"a":1,}]', says: /event 1 is no JSON/ },
  { what: "an object that is too large", text: `[{"a":"${"x".repeat(4_100_000)}`, says: /event 1 does not end/ },
])("$what is no export, and is told so", async ({ text, says }) => {
  await expect(arrayFrom(jsonItems(from([text]), "test.json"))).rejects.toMatchObject({
    code: "usage",
    message: expect.stringMatching(says) as unknown,
    hint: expect.stringContaining("az monitor activity-log list") as unknown,
  });
});

test("an export of 50 MB is read in little memory", async () => {
  const filler = "x".repeat(1_500);
  let bytes = 1;
  async function* pieces(): AsyncGenerator<string> {
    yield "[";
    for (let index = 0; bytes < 50_000_000; index += 1) {
      const both = [
        event(`c${index}`, "Started", index, { filler }),
        event(`c${index}`, "Succeeded", index + 10, { filler }),
      ];
      const text = `${index === 0 ? "" : ","}${both.map((one) => JSON.stringify(one)).join(",")}`;
      bytes += text.length;
      yield text;
    }
    yield "]";
  }
  const before = process.memoryUsage().heapUsed;
  let most = 0;
  async function* watched(): AsyncGenerator<unknown> {
    let count = 0;
    for await (const item of jsonItems(pieces(), "large.json")) {
      if ((count += 1) % 5_000 === 0) most = Math.max(most, process.memoryUsage().heapUsed - before);
      yield item;
    }
  }
  const report = await calibrate(watched(), "large.json");
  expect(report.operations).toBeGreaterThan(12_000);
  expect(most).toBeLessThan(250_000_000);
});

test("intervals hold the truth in about 95 of 100 cases", () => {
  const random = new Random(1);
  const fits = Array.from({ length: 300 }, () =>
    fitDurations(Array.from({ length: 12 }, () => random.logNormal(100, 260))),
  );
  const share = (which: "median" | "p95", truth: number): number =>
    fits.filter(
      ({
        interval: {
          [which]: [low, high],
        } = { median: [0, 0], p95: [0, 0] },
      }) => low <= truth && truth <= high,
    ).length / fits.length;
  expect(share("median", 100)).toBeGreaterThan(0.9);
  expect(share("p95", 260)).toBeGreaterThan(0.85);
  expect(share("median", 160)).toBeLessThan(0.5);
});

test("a few samples beyond all others are a tail, and move neither median nor p95 of the rest", () => {
  const random = new Random(3);
  const body = Array.from({ length: 95 }, () => random.logNormal(100, 160));
  const fit = fitDurations([...body, 1_500, 2_500, 3_000, 2_000, 1_800]);
  expect(fit).toMatchObject({ samples: 100, confidence: "A", distribution: { kind: "mixture" } });
  const [main, tail] = fit.distribution.kind === "mixture" ? fit.distribution.parts : [];
  expect(tail).toMatchObject({ weight: 0.05, distribution: { kind: "uniform", fromSeconds: 1_500, toSeconds: 3_000 } });
  expect(main?.distribution.kind === "lognormal" && main.distribution.medianSeconds).toBeCloseTo(100, -1);
});

test("what no lognormal describes stands for itself", () => {
  const halves = [
    ...Array.from({ length: 40 }, (_, index) => 10 + index / 40),
    ...Array.from({ length: 40 }, (_, index) => 300 + index),
  ];
  expect(fitDurations(halves).distribution).toMatchObject({ kind: "empirical" });
  expect(fitDurations([5, 9, 7]).distribution).toEqual({ kind: "empirical", seconds: [5, 7, 9] });
  expect(fitDurations(Array.from({ length: 20 }, () => 4)).distribution).toEqual({ kind: "fixed", seconds: 4 });
});

/** Jobs, settings of pools and clusters, and control planes that go to the next minor. */
async function operate(world: VirtualWorld): Promise<void> {
  const { azure, httpClient } = world;
  await createPlatform(azure, { group: "lab", name: "prod", nodeCount: 1, httpClient });
  const [apps, { managedClusters, agentPools }] = [appsClient(world), clustersClient(world)];
  const environmentId = (await apps.managedEnvironments.get("lab", "prod")).id ?? "";
  for (let index = 0; index < 60; index += 1) {
    const one = await apps.jobs.createOrUpdate("lab", `job${index}`, jobOf(azure.location, environmentId));
    if (index % 3 === 0) await apps.jobs.createOrUpdate("lab", `job${index}`, one);
  }
  const pool = await agentPools.get("lab", "prod", "pool1");
  for (let index = 0; index < 30; index += 1) {
    await agentPools.createOrUpdate("lab", "prod", "pool1", { ...pool, nodeLabels: { round: String(index) } });
  }
  const cluster = await managedClusters.get("lab", "prod");
  for (let index = 0; index < 12; index += 1) await managedClusters.createOrUpdate("lab", "prod", cluster);
  for (let index = 0; index < 9; index += 1) {
    const name = `more${index}`;
    await createPlatform(azure, { group: "lab", name, nodeCount: 1, httpClient });
    const more = await managedClusters.get("lab", name);
    const version = nextMinor(more.currentKubernetesVersion);
    await managedClusters.createOrUpdate("lab", name, more);
    await managedClusters.createOrUpdate("lab", name, { ...more, kubernetesVersion: version });
    if (index === 0) {
      const own = await agentPools.get("lab", name, "pool1");
      await agentPools.createOrUpdate("lab", name, "pool1", { ...own, orchestratorVersion: version });
    }
  }
}

function calibrateWorld(world: VirtualWorld): Promise<CalibrationReport> {
  return calibrate(readActivityLog(place(world), access(world)), "lab");
}

function place({ azure, kernel }: VirtualWorld) {
  const to = new Date(kernel.clock.now());
  return {
    subscriptionId: azure.subscriptionId,
    resourceGroup: "lab",
    from: new Date(to.getTime() - 80 * 86_400_000),
    to,
  };
}

function access({ azure, httpClient }: VirtualWorld) {
  return { credential: azure.credential, endpoint: azure.armUrl, httpClient };
}

function appsClient({ azure, httpClient }: VirtualWorld): ContainerAppsAPIClient {
  return new ContainerAppsAPIClient(azure.credential, azure.subscriptionId, { endpoint: azure.armUrl, httpClient });
}

function clustersClient({ azure, httpClient }: VirtualWorld): ContainerServiceClient {
  return new ContainerServiceClient(azure.credential, azure.subscriptionId, { endpoint: azure.armUrl, httpClient });
}

function jobOf(location: string, environmentId: string): Job {
  return {
    location,
    environmentId,
    configuration: {
      triggerType: "Manual",
      replicaTimeout: 60,
      manualTriggerConfig: { parallelism: 1, replicaCompletionCount: 1 },
    },
    template: { containers: [{ name: "main", image: "work:1", resources: { cpu: 0.25, memory: "0.5Gi" } }] },
  };
}

function nextMinor(version = ""): string {
  const [major, minor] = version.split(".");
  return `${major}.${Number(minor) + 1}`;
}

function lognormal(medianSeconds: number, p95Seconds: number) {
  return { kind: "lognormal", medianSeconds, p95Seconds } as const satisfies Distribution;
}

function entry(distribution: Distribution) {
  return { distribution, source: "this test", confidence: "D" } as const;
}

/** Ten intervals that hold 95 times of 100 do not all hold: each is widened so that it holds 995 times of 1,000. */
function expectWithin(value: number, [low, high]: readonly [number, number] = [0, 0], what: string): void {
  const [middle, factor] = [Math.sqrt(low * high), Math.sqrt(high / low) ** (2.81 / 1.96)];
  expect(value, what).toBeGreaterThanOrEqual(middle / factor);
  expect(value, what).toBeLessThanOrEqual(middle * factor);
}

async function* from<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

async function arrayFrom<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
