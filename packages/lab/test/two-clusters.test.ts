import { Random } from "@fairway/kernel";
import {
  clusterOf,
  type JournalEntry,
  type Operation,
  resumeUpgrade,
  rollBackUpgrade,
  runUpgrade,
  type UpgradePorts,
  type UpgradeState,
} from "@fairway/sdk";
import { describe, expect, test } from "vitest";
import { type CallFate, startProcess } from "../src/virtual/process.ts";
import { openTwoClusters, type TwoClusters } from "./two-clusters.ts";

describe("active-active", () => {
  test("empties, upgrades and tries one cluster after the other, and gives each its traffic back", async () => {
    using two = await openTwoClusters({ seed: 1 });
    const plan = await two.plan({ strategy: "active-active" });
    expect(plan.steps.map(({ id }) => id)).toEqual([
      "standby-check",
      "check",
      "standby-away",
      "standby-quiet",
      "standby-control-plane",
      "standby-control-plane-verify",
      "standby-pool1",
      "standby-pool1-verify",
      "standby-canary",
      "standby-back",
      "standby-back-verify",
      "away",
      "quiet",
      "control-plane",
      "control-plane-verify",
      "pool1",
      "pool1-verify",
      "canary",
      "back",
      "back-verify",
    ]);
    expect(plan.steps.filter(({ action }) => "weights" in action).map(({ title }) => title)).toEqual([
      "take all traffic from prod-2: prod-1 100 %",
      "let some traffic in and look at nodes and apps for 10 minutes: prod-1 99 %, prod-2 1 %",
      "give prod-2 its traffic back: prod-1 90 %, prod-2 10 %",
      "take all traffic from prod-1: prod-2 100 %",
      "let some traffic in and look at nodes and apps for 10 minutes: prod-2 99 %, prod-1 1 %",
      "give prod-1 its traffic back: prod-1 90 %, prod-2 10 %",
    ]);
    const state = await two.world.run(() => runUpgrade(two.ports(), plan).result());
    expect(state.phase).toEqual({ kind: "finished" });
    expect(await two.versions()).toEqual({
      "prod-1": [plan.version, plan.version],
      "prod-2": [plan.version, plan.version],
    });
    expect(await two.weights()).toEqual({ "prod-1": 90, "prod-2": 10 });
    expect(movements(two)).toEqual([
      { west: 90, north: 10 },
      { west: 100, north: 0 },
      { west: 99, north: 1 },
      { west: 90, north: 10 },
      { west: 0, north: 100 },
      { west: 1, north: 99 },
      { west: 90, north: 10 },
    ]);
  });

  test("sends the canary's traffic away again when it is not well, and tries again when resumed", async () => {
    using two = await openTwoClusters({ seed: 2 });
    const plan = await two.plan({
      strategy: "active-active",
      gates: [{ kind: "metric", query: 'errors{cluster="{cluster}"}', comparison: "<", bound: 0.01 }],
    });
    const asked: string[] = [];
    const gates = {
      command: async () => ({ passed: true, evidence: "" }),
      async metric(query: string) {
        asked.push(query);
        const state = await two.weightsNow();
        return state["prod-2"] === 1 ? 0.5 : 0;
      },
    };
    const failed = two.world.run(() => runUpgrade(two.ports({ gates }), plan).result());
    await expect(failed).rejects.toMatchObject({
      code: "upgrade-failed",
      message: 'The canary is not well: errors{cluster="prod-2"} is 0.5, and must be < 0.01.',
    });
    expect(new Set(asked)).toEqual(new Set(['errors{cluster="prod-2"}']));
    expect(await two.weights()).toEqual({ "prod-1": 100, "prod-2": 0 });
    const state = await two.world.run(() => resumeUpgrade(two.ports(), two.first).result());
    expect(state.phase).toEqual({ kind: "finished" });
    expect(await two.weights()).toEqual({ "prod-1": 90, "prod-2": 10 });
  });

  test("waits until nobody calls the emptied cluster any more", async () => {
    using two = await openTwoClusters({ seed: 3 });
    const quiet = { query: 'sum(rate(requests{cluster="{cluster}"}[1m]))', comparison: "<", bound: 1 } as const;
    const plan = await two.plan({ strategy: "active-active", traffic: { quiet, drainMinutes: 2 } });
    let late = 4;
    const gates = {
      command: async () => ({ passed: true, evidence: "" }),
      metric: async () => Math.max(0, late--),
    };
    const state = await two.world.run(() => runUpgrade(two.ports({ gates }), plan).result());
    expect(state.notes["standby-quiet"]).toBe('sum(rate(requests{cluster="prod-2"}[1m])) is 0');
  });

  test("moves traffic again that somebody has put back, and refuses what was moved elsewhere", async () => {
    using two = await openTwoClusters({ seed: 4 });
    const plan = await two.plan({ strategy: "active-active", gates: [{ kind: "command", command: "smoke" }] });
    const shut = { command: async () => ({ passed: false, evidence: "no" }), metric: async () => 0 };
    const failed = two.world.run(() => runUpgrade(two.ports({ gates: shut }), plan).result());
    await expect(failed).rejects.toMatchObject({ message: "The gate is shut: run smoke: no." });
    await two.move({ west: 70, north: 30 });
    const moved = two.world.run(() => resumeUpgrade(two.ports(), two.first).result());
    await expect(moved).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining(
        "gives prod-1 70 %, prod-2 30 %, which is neither prod-1 90 %, prod-2 10 % nor prod-1 100 %: somebody has moved traffic",
      ) as unknown,
    });
    await two.move({ west: 90, north: 10 });
    const resumed = two.world.run(() => resumeUpgrade(two.ports(), two.first).result());
    expect((await resumed).phase).toEqual({ kind: "finished" });
    const done = (await two.journal.read()).map(short).filter((entry) => /^done standby-(away|quiet)$/.test(entry));
    expect(done).toEqual(["done standby-away", "done standby-quiet", "done standby-away", "done standby-quiet"]);
  });

  test("takes the traffic back as it was when it is rolled back", async () => {
    using two = await openTwoClusters({ seed: 5 });
    const before = await two.versions();
    const plan = await two.plan({ strategy: "active-active", gates: [{ kind: "command", command: "smoke" }] });
    const shut = {
      command: async (_: string, target: string) => ({ passed: target !== two.first, evidence: "no" }),
      metric: async () => 0,
    };
    const failed = two.world.run(() => runUpgrade(two.ports({ gates: shut }), plan).result());
    await expect(failed).rejects.toMatchObject({ code: "upgrade-failed" });
    expect(await two.weights()).toEqual({ "prod-1": 0, "prod-2": 100 });
    const state = await two.world.run(() => rollBackUpgrade(two.ports(), two.first).result());
    expect(state.phase).toEqual({ kind: "rolled-back" });
    expect(await two.weights()).toEqual({ "prod-1": 90, "prod-2": 10 });
    const after = await two.versions();
    for (const name of ["prod-1", "prod-2"]) expect(after[name]?.[1]).toBe(before[name]?.[1]);
  });
});

describe("region-failover", () => {
  test("moves everything to the other region, upgrades, returns, and does the same for the other one", async () => {
    using two = await openTwoClusters({ seed: 6, weights: [100, 0] });
    const plan = await two.plan({ strategy: "region-failover" });
    const state = await two.world.run(() => runUpgrade(two.ports(), plan).result());
    expect(state.phase).toEqual({ kind: "finished" });
    expect(movements(two)).toEqual([
      { west: 100, north: 0 },
      { west: 0, north: 100 },
      { west: 100, north: 0 },
    ]);
    expect(plan.steps.map(({ id }) => id)).toEqual([
      "check",
      "standby-check",
      "away",
      "quiet",
      "control-plane",
      "control-plane-verify",
      "pool1",
      "pool1-verify",
      "back",
      "back-verify",
      "standby-control-plane",
      "standby-control-plane-verify",
      "standby-pool1",
      "standby-pool1-verify",
    ]);
    expect(Object.values(await two.versions()).flat()).toEqual(Array.from({ length: 4 }, () => plan.version));
  });

  test("leaves a region alone that is there already, and does not go where the route is broken", async () => {
    using two = await openTwoClusters({ seed: 7, weights: [100, 0] });
    const north = await two.world.connect(two.second);
    const version = await two.world.run(async () => {
      const upgrades = north.capability("upgrades");
      const newest = (await upgrades.available()).filter(({ version: one }) => one.startsWith("1.35")).at(-1);
      await upgrades.start(newest?.version ?? "").result();
      return newest?.version;
    });
    const plan = await two.plan({ strategy: "region-failover" });
    expect(plan.version).toBe(version);
    expect(plan.steps.filter(({ target }) => target === two.second)).toEqual([]);
    await two.move({ west: 99, north: 1 });
    const unreachable = { kind: "endpoint-unreachable", parameters: { profile: "shop", endpoint: "north" } };
    expect(two.world.azure.control("POST", "/_emulator/faults", unreachable).status).toBe(201);
    await two.world.run(() => two.world.wait(200_000));
    const degraded = await two.plan({ strategy: "region-failover" });
    const failed = two.world.run(() => runUpgrade(two.ports(), degraded).result());
    await expect(failed).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("the endpoint north is degraded") as unknown,
    });
    expect(await two.weights()).toEqual({ "prod-1": 99, "prod-2": 1 });
  });
});

describe("a plan of two clusters is refused", () => {
  test("when they are no pair", async () => {
    using two = await openTwoClusters({ seed: 8, weights: [100, 0], secondLocation: "westeurope" });
    await expect(two.plan({ strategy: "active-active" }, two.first)).rejects.toMatchObject({
      message: expect.stringMatching(/^Both are the cluster/) as unknown,
    });
    await expect(two.plan({ strategy: "active-active" })).rejects.toMatchObject({
      message: "prod-2 gets no traffic: active-active is for two clusters that have some.",
    });
    await expect(two.plan({ strategy: "region-failover" })).rejects.toMatchObject({
      message: "Both clusters are in westeurope: that is no failover to another region.",
    });
  });

  test("when the switcher does not know one, or its weights are none", async () => {
    using two = await openTwoClusters({ seed: 9 });
    const switcher = { ...two.reference, routes: { west: clusterOf(two.first) } };
    const weights = { [clusterOf(two.first)]: 90, north: 10 };
    await expect(two.plan({ strategy: "active-active", traffic: { switcher, weights } })).rejects.toMatchObject({
      message: expect.stringMatching(/has no route to aks:.*prod-2\.$/) as unknown,
      hint: expect.stringContaining("It has prod-1, north.") as unknown,
    });
    const short = { [clusterOf(two.first)]: 90, [clusterOf(two.second)]: 5 };
    await expect(two.plan({ strategy: "active-active", traffic: { weights: short } })).rejects.toMatchObject({
      code: "traffic-invalid",
    });
    const known = await two.switcher();
    await expect(two.world.run(() => known.switchTo({ east: 100 }).result())).rejects.toMatchObject({
      code: "revision-not-found",
    });
  });

  test("when the other one is newer", async () => {
    using two = await openTwoClusters({ seed: 10 });
    const north = await two.world.connect(two.second);
    await two.world.run(async () => {
      for (const minor of ["1.35", "1.36"]) {
        const upgrades = north.capability("upgrades");
        const found = (await upgrades.available()).filter(({ version }) => version.startsWith(minor)).at(-1);
        await upgrades.start(found?.version ?? "").result();
      }
    });
    await expect(two.plan({ strategy: "active-active" })).rejects.toMatchObject({
      code: "upgrade-invalid",
      message: expect.stringMatching(/prod-2 is at 1\.36\.\d, newer than 1\.35/) as unknown,
    });
  });
});

test.each(["active-active", "region-failover"] as const)(
  "%s that is killed between any two calls ends upgraded or cleanly taken back",
  async (strategy) => {
    const random = new Random(strategy);
    const phases = new Set<unknown>();
    for (let seed = 100; seed < 106; seed += 1) {
      using two = await openTwoClusters({ seed });
      const before = await two.versions();
      const plan = await two.plan({ strategy, traffic: { drainMinutes: 1, canary: { percent: 1, minutes: 1 } } });
      const goesBack = seed % 2 === 1;
      let deaths = 0;
      const drive = async (start: (ports: UpgradePorts) => Operation<UpgradeState>, mostCalls: number) => {
        const atCall = 1 + random.below(mostCalls);
        const fate: CallFate = random.chance(1, 2) ? "killed-before" : "killed-after";
        const process = startProcess(two.world, ({ number }) => (number === atCall ? fate : "answered"));
        const died = process.killed.then(() => "died" as const);
        const outcome = await two.world.run(() => Promise.race([start(two.ports({}, process)).result(), died]));
        if (outcome !== "died") return outcome;
        deaths += 1;
        two.journal.abandon();
        return outcome;
      };
      let outcome = await drive((ports) => runUpgrade(ports, plan), 500);
      for (let turn = 0; outcome === "died" && turn < 20; turn += 1) {
        const isBack = goesBack && turn > 0;
        const begun = (await two.journal.read()).length > 0;
        outcome = await drive((ports) => {
          if (!begun) return runUpgrade(ports, plan);
          return isBack ? rollBackUpgrade(ports, two.first) : resumeUpgrade(ports, two.first);
        }, 500);
      }
      const where = `seed ${seed}, ${deaths} deaths: ${(await two.journal.read()).map(short).join(", ")}`;
      expect(outcome, where).not.toBe("died");
      expect(await two.weights(), where).toEqual({ "prod-1": 90, "prod-2": 10 });
      const after = await two.versions();
      const phase = typeof outcome === "string" ? undefined : outcome.phase.kind;
      phases.add(phase);
      for (const name of ["prod-1", "prod-2"]) {
        if (phase === "rolled-back") expect(after[name]?.[1], where).toBe(before[name]?.[1]);
        else expect(after[name], where).toEqual([plan.version, plan.version]);
      }
    }
    expect(phases).toEqual(new Set(["finished", "rolled-back"]));
  },
);

/** Weights as they were written, by endpoint. */
function movements({ world }: TwoClusters): readonly unknown[] {
  const written = world.kernel.trace.records().filter(({ kind }) => kind === "trafficManager.written");
  return written.map(({ data }) => data["weights"]);
}

function short(entry: JournalEntry): string {
  return "step" in entry ? `${entry.type} ${entry.step}` : entry.type;
}
