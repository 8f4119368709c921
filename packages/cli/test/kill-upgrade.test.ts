// Kills `fairway upgrade` for good at drawn moments and lets another process go on. Many times:
// FAIRWAY_KILLS=50 npm test -- packages/cli/test/kill-upgrade.test.ts (FAIRWAY_SEED repeats a run's moments).
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Random } from "@fairway/kernel";
import type { ClusterStatus } from "@fairway/sdk";
import { afterAll, beforeAll, test } from "vitest";
import { type Outcome, type SpawnedCommand, spawnFairway } from "./run.ts";

const trials = Number(process.env["FAIRWAY_KILLS"] ?? 2);
const seed = Number(process.env["FAIRWAY_SEED"] ?? 1);
/** Longer than a whole upgrade here takes, so that some are killed at its end, and some not at all. */
const longestMs = 9_000;

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fairway-kill-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.concurrent.for(Array.from({ length: trials }, (_, index) => index))(
  `upgrade %i, killed at drawn moments (seed ${seed}), ends upgraded or wholly rolled back`,
  { timeout: 240_000 },
  async (index, { expect }) => {
    const random = new Random(seed).stream(`kills/${index}`);
    await using world = await startWorld(`trial-${index}`, random);
    const { from, to } = await world.versions();
    const strategy = index % 3 === 2 ? "in-place" : "node-pool";
    await world.driveAndKill(["run", "--to", to, "--strategy", strategy]);
    const goesBack = index % 2 === 1 && (await world.hasBegun());
    if (goesBack) await world.driveAndKill(["rollback"]);
    for (let kills = random.below(3); kills > 0; kills -= 1) await world.driveAndKill(["resume"]);

    const phase = await world.finish(["run", "--to", to, "--strategy", strategy]);
    const status = await world.status();
    expect(status.provisioningState).toBe("Succeeded");
    expect(status.pools.map(({ provisioningState }) => provisioningState)).toEqual(["Succeeded"]);
    // A rollback that was killed before its first word was never asked for.
    expect(goesBack ? ["finished", "rolled-back"] : ["finished"]).toContain(phase);
    const wanted = phase === "finished" ? to : from;
    expect(status.nodes.map(({ version, ready, schedulable }) => ({ version, ready, schedulable }))).toEqual(
      Array.from({ length: 3 }, () => ({ version: wanted, ready: true, schedulable: true })),
    );
  },
);

interface World extends AsyncDisposable {
  /** Where the nodes are, and where they go. */
  versions(): Promise<{ readonly from: string; readonly to: string }>;
  status(): Promise<ClusterStatus>;
  /** Starts the command in a process of its own, and kills that with all it started at a drawn moment. */
  driveAndKill(args: readonly string[]): Promise<void>;
  hasBegun(): Promise<boolean>;
  /** Lets the upgrade come to its end without a kill: begun if it was killed before its first word. Returns its phase. */
  finish(args: readonly string[]): Promise<string>;
}

async function startWorld(name: string, random: Random): Promise<World> {
  const place = join(folder, name);
  const emulator = spawnFairway([
    "emulator",
    "--port",
    "0",
    "--no-postgres",
    "--time-scale",
    "400",
    "--folder",
    place,
    "--json",
  ]);
  const settings = JSON.parse(await emulator.printed("\n")) as Record<string, string>;
  const spawned = { ...process.env, ...settings, FAIRWAY_JOURNAL: join(place, "demo.upgrade") };
  // Each in a process of its own: credentials are kept in a process, and every trial has another Azure.
  const fairway = (...args: readonly string[]) => spawnFairway([...args, "--json"], spawned).ended;
  const json = async <T>(...args: readonly string[]): Promise<T> => {
    const { code, stdout, stderr } = await fairway(...args);
    if (code !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as T;
  };
  const phase = async () => {
    const { code, stdout } = await fairway("upgrade", "status");
    return code === 0 ? (JSON.parse(stdout) as { phase: { kind: string } }).phase.kind : undefined;
  };
  return {
    status: () => json("upgrade"),
    async versions() {
      const { nodes, available } = await json<ClusterStatus & { available: readonly { version: string }[] }>("upgrade");
      return { from: nodes[0]?.version ?? "", to: available.at(-1)?.version ?? "" };
    },
    async driveAndKill(args) {
      await killed(spawnFairway(["upgrade", ...args], spawned), random.below(longestMs));
    },
    hasBegun: async () => (await phase()) !== undefined,
    async finish(args) {
      for (let attempts = 0; ; attempts += 1) {
        const now = await phase();
        if (now === "finished" || now === "rolled-back") return now;
        const { code, stderr } = await fairway("upgrade", ...(now === undefined ? args : ["resume"]));
        // A drain that was cut short by a kill may have failed in Azure: a second word mends it, as it does for a person.
        if (code !== 0 && attempts > 1) throw new Error(stderr);
      }
    },
    async [Symbol.asyncDispose]() {
      emulator.interrupt();
      await emulator.ended;
    },
  };
}

/** Kills the whole group, so that nothing can clean up; at once when it has ended before. */
async function killed({ pid, ended }: SpawnedCommand, afterMs: number): Promise<Outcome> {
  const timer = setTimeout(() => process.kill(-pid, "SIGKILL"), afterMs);
  try {
    return await ended;
  } finally {
    clearTimeout(timer);
  }
}
