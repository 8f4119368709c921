import { expect, test } from "vitest";
import { summarize } from "../src/rehearse/rehearsal.ts";
import { rehearseOnce } from "../src/rehearse/rehearse-once.ts";
import { budget, deployment, snapshotOf } from "./rehearsed-shop.ts";

test.for([
  { strategy: "in-place", step: "cluster", lowest: 2, surge: ["pool1"] },
  { strategy: "guarded", step: "rehearsal-pool1", lowest: 2, surge: ["pool1", "pool1 of the second cluster"] },
  { strategy: "pool-blue-green", step: "pool1g", lowest: 2, surge: ["pool1g"] },
  // Whoever gets callers has all of its replicas.
  { strategy: "cluster-blue-green", step: "new-switch", lowest: 3, surge: ["pool1 of the second cluster"] },
  { strategy: "active-active", step: "standby-away", lowest: 3, surge: ["pool1", "pool1 of the second cluster"] },
  { strategy: "region-failover", step: "back", lowest: 3, surge: ["pool1", "pool1 of the second cluster"] },
] as const)("$strategy is rehearsed, with what it needs beside the cluster", async (one) => {
  const { strategy, step, lowest, surge } = one;
  const { facts } = await snapshotOf([deployment("api", { replicas: 3 }), budget("api", { maxUnavailable: 1 })]);
  const run = await rehearseOnce({ facts, upgrade: { strategy, version: "1.35.1" }, seed: "1/1" });
  const round = summarize([run], { region: "westeurope", pools: facts.pools });
  expect(round).toMatchObject({ runs: 1, finished: 1, failures: [] });
  expect(round.steps.map((each) => each.step)).toContain(step);
  expect(round.workloads).toEqual([expect.objectContaining({ workload: "Deployment shop/api", wanted: 3, lowest })]);
  expect(round.surge.filter(({ nodes }) => nodes > 0).map(({ pool }) => pool)).toEqual(surge);
  expect(round.cost.dollars).toBeGreaterThan(0);
});

test("a spare pool and a calibration of one's own are rehearsed too", async () => {
  const { facts } = await snapshotOf([deployment("api", { replicas: 3 })]);
  const slow = { kind: "lognormal", medianSeconds: 3_000, p95Seconds: 3_001 } as const;
  const calibration = {
    "controlPlane.upgrade": { distribution: slow, source: "this test", confidence: "D" },
  } as const;
  const upgrade = { strategy: "node-pool", version: "1.35.1", spares: ["pool1"], calibration } as const;
  const { steps, outcome } = await rehearseOnce({ facts, upgrade, seed: "1/1" });
  expect(outcome).toEqual({ kind: "finished" });
  expect(steps.map(({ step }) => step)).toContain("pool1s-drain");
  expect(steps.find(({ step }) => step === "control-plane")?.minutes).toBeGreaterThan(49);
});
