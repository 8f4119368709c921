// Kills `fairway upgrade` for good at drawn moments and lets another process go on. Many times:
// FAIRWAY_KILLS=50 npm test -- packages/cli/test/kill-upgrade.test.ts --maxConcurrency 2
// FAIRWAY_SEED repeats a run's moments, FAIRWAY_STRATEGY takes one of the strategies below. Each upgrade has an emulator, and
// some are killed more than once; how many were is printed.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Random } from "@fairway/kernel";
import { afterAll, beforeAll, test } from "vitest";
import { type KilledStrategy, startKillWorld } from "./kill-world.ts";

const trials = Number(process.env["FAIRWAY_KILLS"] ?? 2);
const seed = Number(process.env["FAIRWAY_SEED"] ?? 1);
const strategies: readonly KilledStrategy[] = ["node-pool", "in-place", "active-active", "guarded"];
const [onlyOne] = strategies.filter((name) => name === process.env["FAIRWAY_STRATEGY"]);

let folder = "";
let kills = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fairway-kill-"));
});
afterAll(async () => {
  if (trials > 2) console.info(`${kills} processes were killed in ${trials} upgrades.`);
  await rm(folder, { recursive: true, force: true });
});

test.concurrent.for(Array.from({ length: trials }, (_, index) => index))(
  `upgrade %i, killed at drawn moments (seed ${seed}), ends upgraded or wholly rolled back`,
  { timeout: 500_000 },
  async (index, { expect }) => {
    const random = new Random(seed).stream(`kills/${index}`);
    const strategy = onlyOne ?? strategies[index % strategies.length] ?? "node-pool";
    await using world = await startKillWorld(join(folder, `trial-${index}`), strategy, random);
    await world.driveAndKill(world.begin);
    const goesBack = random.chance(1, 2) && (await world.hasBegun());
    if (goesBack) await world.driveAndKill(["rollback"]);
    for (let more = random.below(3); more > 0; more -= 1) await world.driveAndKill(["resume"]);

    const phase = await world.finish();
    kills += world.kills;
    // A rollback that was killed before its first word was never asked for.
    expect(goesBack ? ["finished", "rolled-back"] : ["finished"]).toContain(phase);
    const wanted = phase === "finished" ? world.to : world.from;
    for (const { provisioningState, pools, nodes } of await world.statuses()) {
      expect([provisioningState, ...pools.map((pool) => pool.provisioningState)]).toEqual(["Succeeded", "Succeeded"]);
      expect(nodes.map(({ version, ready, schedulable }) => ({ version, ready, schedulable }))).toEqual(
        Array.from({ length: 3 }, () => ({ version: wanted, ready: true, schedulable: true })),
      );
    }
    expect(await world.weights()).toEqual(strategy === "active-active" ? { one: 90, two: 10 } : {});
  },
);
