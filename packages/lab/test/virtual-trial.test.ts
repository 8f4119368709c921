import { runTrial, type TrialRecord } from "@fairway/lab";
import { expect, test } from "vitest";

test("an upgrade in place in which nothing goes wrong ends with everything at the new version", async () => {
  const record = await runTrial({ scenario: { topology: "small", incident: "none" }, strategy: "in-place", seed: 1 });
  expect(record).toMatchObject({ outcome: "upgraded", people: { actions: 0, tickets: 0 }, violations: [] });
  expect(record.outage.totalMs).toBe(0);
  expect(record.payments.total).toBeGreaterThan(10_000);
  expect(record.peakExtraNodes).toBe(1);
  const [cluster] = record.endState.clusters;
  expect(cluster?.pools.map(({ name, nodes, upgraded, ready }) => [name, nodes, upgraded, ready])).toEqual([
    ["system", 2, 2, 2],
    ["general", 4, 4, 4],
  ]);
});

test("a platform that is upgraded at the peak of 17 May is large enough for it", async () => {
  const scenario = { topology: "small", incident: "none", traffic: "17-may" } as const;
  const { payments, outage } = await runTrial({ scenario, strategy: "in-place", seed: 1 });
  expect(outage.totalMs).toBe(0);
  expect(payments.total).toBeGreaterThan(400_000);
  expect(payments.failed + payments.late).toBeLessThan(payments.total / 100);
});

test("F1: the upgrade goes on while nothing comes up again, and payments fail until somebody mends it", {
  timeout: 30_000,
}, async () => {
  const scenario = { topology: "small", incident: "F1" } as const;
  // It depends on where the configuration service is on the way.
  const down = await firstTrial(
    (seed) => runTrial({ scenario, strategy: "in-place", seed, timeline: true }),
    (record) => {
      expect(record).toMatchObject({ outcome: "upgraded", people: { tickets: 0 } });
      expect(record.people.actions).toBeGreaterThan(0);
      return record.outage.longestMs > 10 * 60_000;
    },
  );
  expect(down.payments.failed).toBeGreaterThan(1_000);
  const kinds = new Set(down.timeline?.map(({ kind }) => kind));
  for (const kind of ["fault", "node", "person", "step", "traffic"]) expect(kinds).toContain(kind);
});

test("the same request gives the same record, another seed another one", async () => {
  const scenario = { topology: "small", incident: "F1" } as const;
  const [one, again, other] = [3, 3, 4].map((seed) => () => runTrial({ scenario, strategy: "in-place", seed }));
  const record = await one?.();
  expect(await again?.()).toEqual(record);
  expect(await other?.()).not.toEqual(record);
});

test("a new cluster takes the place of the old one, and hardly a payment fails", async () => {
  const scenario = { topology: "small", incident: "none" } as const;
  const record = await runTrial({ scenario, strategy: "cluster-blue-green", seed: 1 });
  expect(record).toMatchObject({ outcome: "upgraded", violations: [], outage: { count: 0 } });
  // Of those whose resolvers still send them to the old one when it is deleted.
  expect(record.payments.failed).toBeLessThan(20);
  expect(record.endState.clusters.map(({ name }) => name)).toEqual(["prod-2"]);
  // All of its nodes, for as long as there are two clusters.
  expect(record.peakExtraNodes).toBe(6);
});

test.for(["guarded", "pool-blue-green", "active-active", "region-failover", "container-apps"] as const)(
  "%s takes the platform there while payments go on",
  { timeout: 60_000 },
  async (strategy) => {
    const record = await runTrial({ scenario: { topology: "small", incident: "none" }, strategy, seed: 1 });
    expect(record).toMatchObject({ outcome: "upgraded", violations: [], endState: { phase: "finished" } });
    expect(record.outage.totalMs).toBe(0);
    expect(record.payments.failed / record.payments.total).toBeLessThan(0.001);
  },
);

test("F7: whoever has only one way to its customers waits for support, whoever has two sends them the other way", {
  timeout: 60_000,
}, async () => {
  const scenario = { topology: "small", incident: "F7" } as const;
  const one = await runTrial({ scenario, strategy: "in-place", seed: 1 });
  const two = await runTrial({ scenario, strategy: "region-failover", seed: 1 });
  expect(one.people.tickets + two.people.tickets).toBe(2);
  expect(one.outage.totalMs).toBeGreaterThanOrEqual(one.people.ticketWaitMs);
  expect(two.payments.failed).toBeLessThan(one.payments.failed);
});

test("F5: the tests of the teams find in a new cluster what its customers would have found", {
  timeout: 60_000,
}, async () => {
  const scenario = { topology: "small", incident: "F5" } as const;
  const found = await firstTrial(
    (seed) => runTrial({ scenario, strategy: "cluster-blue-green", seed, timeline: true }),
    ({ timeline = [] }) => timeline.some((entry) => entry.kind === "person" && entry.what.startsWith("tests of")),
  );
  expect(found).toMatchObject({ outcome: "upgraded", outage: { count: 0 }, people: { actions: 1 } });
});

test("F8: whoever takes a bad release back while another cluster is being made finds no app there, and goes on", {
  timeout: 60_000,
}, async () => {
  const record = await runTrial({
    scenario: { topology: "small", incident: "F8" },
    strategy: "cluster-blue-green",
    seed: 5,
  });
  expect(record.people.actions).toBeGreaterThan(0);
  expect(record.violations).toEqual([]);
});

test("F7: a new cluster in the same region is behind the same broken route", { timeout: 60_000 }, async () => {
  const scenario = { topology: "small", incident: "F7" } as const;
  const record = await runTrial({ scenario, strategy: "cluster-blue-green", seed: 1 });
  expect(record.outage.totalMs).toBeGreaterThan(0);
  expect(record.people.tickets).toBe(1);
});

/** Of the first seed that shows what is meant: chance decides which that is. */
async function firstTrial(
  run: (seed: number) => Promise<TrialRecord>,
  isMeant: (record: TrialRecord) => boolean,
): Promise<TrialRecord> {
  for (let seed = 1; seed <= 12; seed += 1) {
    const record = await run(seed);
    if (isMeant(record)) return record;
  }
  return expect.unreachable("No seed shows it.");
}
