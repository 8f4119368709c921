import { expect, test } from "vitest";
import { compareLanes, compareShares, type ScenarioAgreement } from "../src/agreement/agreement.ts";
import { runTwin, type TwinRun } from "../src/agreement/twin.ts";
import { firstMove, upgradeScenarios } from "../src/experiments/upgrade-scenario.ts";
import type { Figure } from "../src/report/report.ts";
import { lanesSection, verdictOfLanes } from "../src/risk/lanes.ts";

function scenario(id: string): (typeof upgradeScenarios)[number] {
  const found = upgradeScenarios.find((one) => one.id === id);
  if (!found) throw new Error(`There is no scenario ${id}.`);
  return found;
}

const moved = (value: number): Figure => ({ name: firstMove, value, unit: "in order", basis: "measured" });

const twins = (
  id: string,
  failedOf: (seed: number) => number,
  figures: (seed: number) => readonly Figure[] = () => [],
) =>
  Array.from({ length: 40 }, (_, index): TwinRun => {
    const seed = index + 1;
    return { id, seed, durationMs: 25_000, requests: 1_000, failed: failedOf(seed), late: 0, figures: figures(seed) };
  });

const live = (id: string, failed: number, figures: Figure[] = []) => ({
  id,
  requests: 1_500,
  failed,
  late: 0,
  durationMs: 25_000,
  figures,
  failures: failed > 0 ? [{ reason: "timeout", revision: "", count: failed }] : [],
  dispatchLag: { p50Ms: 0, p90Ms: 1, p99Ms: failed === 300 ? 120 : 5, p999Ms: 130, maxMs: 140, meanMs: 1 },
});

test("a live share agrees inside of the twins' interval, and as far outside as noise and tolerance allow", () => {
  // 95 % of the twins lie between 30.1 and 39.9 %, a tenth of which is more than a per cent; the noise of 1,500 is 2.4 %.
  const shares = Array.from({ length: 101 }, (_, index) => 0.3 + index / 1_000 - 0.001);
  const { allowed, virtual } = compareShares(525, 1_500, shares);
  expect(virtual.value).toBeCloseTo(0.349, 6);
  expect(virtual.low).toBeCloseTo(0.3015, 6);
  expect(virtual.high).toBeCloseTo(0.3965, 6);
  const noise = 1.96 * Math.sqrt((0.35 * 0.65) / 1_500);
  expect(allowed.low).toBeCloseTo(0.3015 * 0.9 - noise, 3);
  expect(allowed.high).toBeCloseTo(0.3965 * 1.1 + noise, 3);
  // 24 %, 26 %, 35 %, 45 % and 47 %.
  const agreed = [360, 390, 525, 675, 705].map((hits) => compareShares(hits, 1_500, shares).agrees);
  expect(agreed).toEqual([false, true, true, true, false]);
});

test("where no twin fails, a per cent and the noise are allowed, and not two", () => {
  const none = Array.from({ length: 40 }, () => 0);
  expect(compareShares(0, 1_500, none)).toMatchObject({ agrees: true, virtual: { value: 0, low: 0, high: 0 } });
  expect(compareShares(15, 1_500, none).agrees).toBe(true);
  expect(compareShares(30, 1_500, none).agrees).toBe(false);
});

test("a live run is held against the twins with the same luck, and against all when they are few", () => {
  const id = "upgrade-unguarded-aks";
  // When the configuration service moves with the first node 35 % fail, with the second 15 %.
  const all = twins(
    id,
    (seed) => (seed % 2 === 0 ? 350 : 150),
    (seed) => [moved(seed % 2 === 0 ? 1 : 2)],
  );
  const [lucky] = compareLanes(upgradeScenarios, [live(id, 225, [moved(2)])], all);
  expect(lucky).toMatchObject({ virtual: { runs: 20, alike: `${firstMove}: 2` }, failed: { agrees: true } });
  const [unlucky] = compareLanes(upgradeScenarios, [live(id, 225, [moved(1)])], all);
  expect(unlucky?.failed.agrees).toBe(false);
  const [unheardOf] = compareLanes(upgradeScenarios, [live(id, 225, [moved(3)])], all);
  expect(unheardOf?.virtual).toMatchObject({ runs: 40 });
  expect(unheardOf?.virtual).not.toHaveProperty("alike");
});

test("what was run in one lane only is left out, and the page says plainly where lanes are apart", () => {
  const found = compareLanes(
    upgradeScenarios,
    [live("upgrade-guarded-aks", 0), live("maintenance-aca", 300), live("upgrade-unguarded-aks", 1)],
    [...twins("upgrade-guarded-aks", () => 0), ...twins("maintenance-aca", () => 0)],
  );
  expect(found.map(({ id }) => id)).toEqual(["upgrade-guarded-aks", "maintenance-aca"]);
  expect(verdictOfLanes(found)).toBe(
    "Live and virtual lane agree on the failed requests of 1 of 2 scenarios within the tolerance, and do NOT in: S7, F1 failed 20 % (18–22) live and 0 % (0–0) virtually (live: 300 × timeout; the machine was busy: its own load generator was 120 ms late in one of a hundred requests, and twins wait for no machine).",
  );
  const html = lanesSection(found);
  expect(html).toContain("<svg");
  expect(html).toContain(">apart<");
  expect(lanesSection([])).toBe("");
  expect(verdictOfLanes(found.filter(({ failed }: ScenarioAgreement) => failed.agrees))).toMatch(
    / 1 of 1 .*tolerance\.$/,
  );
});

test.each(["upgrade-unguarded-aks", "upgrade-guarded-aks", "maintenance-aca", "upgrade-unguarded-calm-aks"])(
  "the twin of %s goes through it in virtual time, and the same seed gives the same run",
  async (id) => {
    const request = { scenario: scenario(id), seed: 1, timeScale: 100 };
    const run = await runTwin(request);
    // A minute of requests at 60 a second would be 3,600.
    expect(run.requests).toBeGreaterThan(900);
    expect(run.requests).toBeLessThan(3_600);
    const isDown = id === "upgrade-unguarded-aks";
    expect(run.failed / run.requests).toBeGreaterThanOrEqual(isDown ? 0.05 : 0);
    expect(run.failed / run.requests).toBeLessThanOrEqual(isDown ? 0.6 : 0.01);
    expect(run.figures.map(({ name }) => name)).toEqual(id === "maintenance-aca" ? [] : [firstMove]);
    expect(await runTwin(request)).toEqual(run);
  },
);
