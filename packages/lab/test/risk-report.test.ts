import { expect, test } from "vitest";
import { curve } from "../src/risk/exceedance.ts";
import { renderRiskPage } from "../src/risk/page.ts";
import { buildRiskReport, type RiskContext } from "../src/risk/report.ts";
import { renderRiskTable } from "../src/risk/table.ts";
import type { IncidentName } from "../src/virtual/all-incidents.ts";
import type { TrialRecord } from "../src/virtual/record.ts";

const hostile = `<script>alert("x")</script>&`;
const context: RiskContext = {
  program: "0a1b2c3d4e5f",
  seed: 1,
  topology: { name: "small", title: hostile, nodes: 6 },
  strategies: [
    { name: "in-place", title: "In place" },
    { name: "guarded", title: "Guarded" },
    { name: "node-pool", title: "never run" },
  ],
  incidents: [
    { name: "none", title: "nothing" },
    { name: "F1", title: hostile },
  ],
  timelines: [
    {
      strategy: "in-place",
      title: hostile,
      timeline: {
        durationMs: 600_000,
        nodes: [{ name: hostile, spans: [{ fromMs: 0, toMs: 600_000, state: "old" }] }],
        bucketMs: 60_000,
        traffic: [{ atMs: 0, served: 10, failed: 1 }],
        events: [{ atMs: 0, text: hostile }],
      },
    },
  ],
  sensitivity: {
    measure: hostile,
    base: 5,
    bars: [{ name: hostile, low: 1, high: 9, changesRanking: true }],
  },
  calibration: [{ name: hostile, distribution: hostile, source: hostile, confidence: "A" }],
  isComplete: true,
};

function trial(strategy: TrialRecord["strategy"], incident: IncidentName, seed: number, failed: number): TrialRecord {
  return {
    schemaVersion: 1,
    topology: "small",
    incident,
    strategy,
    seed,
    outcome: failed > 0 ? "half-upgraded" : "upgraded",
    durationMs: 3_600_000,
    payments: { total: 10_000, failed, late: 0, lost: 0 },
    minutesBelowObjective: failed > 0 ? 3 : 0,
    outage: { count: 1, longestMs: failed > 0 ? 120_000 : 0, totalMs: 0 },
    peakExtraNodes: 1,
    extraNodeHours: 2,
    steps: 3,
    people: { actions: 1, minutes: 30, tickets: 0, ticketWaitMs: 0 },
    reversibleUntilMs: null,
    violations: failed > 0 ? [{ checker: "budgets", atMs: 1, message: hostile }] : [],
    endState: { phase: "finished", error: null, version: "1.35.1", clusters: [] },
  };
}

const seeds = Array.from({ length: 40 }, (_, index) => index + 1);
const records = seeds.flatMap((seed) => [
  trial("in-place", "none", seed, 0),
  // Both meet the luck of the seed; in place is worse by ten, whatever the luck.
  trial("in-place", "F1", seed, 10 + seed * 100),
  trial("guarded", "F1", seed, seed * 100),
]);

test("trials without an incident are not mixed in, and a strategy without trials has no row", () => {
  const report = buildRiskReport(records, context);
  expect(report.rows.map(({ name }) => name)).toEqual(["in-place", "guarded"]);
  const [inPlace] = report.rows;
  expect(inPlace?.withIncident).toMatchObject({
    trials: 40,
    outcomes: { "half-upgraded": 40 },
    violations: { budgets: 40 },
    outageOver1: { value: 1, high: 1 },
    outageOver10: { value: 0, low: 0 },
    failedWorst1Percent: 4_010,
  });
  expect(inPlace?.byIncident.none?.failed.value).toBe(0);
});

test("a difference that the luck of seeds hides is seen when they are paired", () => {
  const [inPlace, guarded] = buildRiskReport(records, context).rows;
  const [worse, better] = [inPlace?.withIncident.failed, guarded?.withIncident.failed];
  expect(worse?.low).toBeLessThan(better?.high ?? 0);
  expect(inPlace?.moreFailedThanBest).toEqual({ value: 10, low: 10, high: 10 });
  expect(guarded?.moreFailedThanBest).toBeUndefined();
});

test("the same records give the same report", () => {
  expect(buildRiskReport(records, context)).toEqual(buildRiskReport([...records], context));
});

test("experience is held against the numbers, and told when they say something else", () => {
  const report = buildRiskReport(records, context);
  expect(report.rows.map(({ ratings }) => ratings.risk)).toEqual(["high", "high"]);
  expect(report.experience.map(({ strategy, disagreements }) => [strategy, disagreements])).toEqual([
    ["in-place", []],
    [
      "guarded",
      ["risk is high here, there it was low or medium: 100 % of the trials had an outage of more than a minute"],
    ],
  ]);
  expect(renderRiskTable(report)).toContain("guarded: NOT as the company found it");
});

test("what is not complete says so, and no text becomes markup", () => {
  const report = buildRiskReport(records, { ...context, isComplete: false });
  expect(renderRiskTable(report)).toContain("NOT ALL TRIALS WERE RUN");
  const page = renderRiskPage(report, records);
  expect(page).toContain("Not all trials were run");
  expect(page).not.toContain("<script>");
  expect(page.match(/<svg/g)).toHaveLength(4);
});

test("a curve falls from the share that is worse than nothing to one trial of all", () => {
  expect(curve([0, 5, 5, 20])).toEqual([
    [1, 0.75],
    [5, 0.75],
    [20, 0.25],
  ]);
  expect(curve([0, 0])).toEqual([]);
});
