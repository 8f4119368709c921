import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, test } from "vitest";
import { type SpawnedCommand, spawnFairway } from "./run.ts";

// PostgreSQL, its supervisor, replicas and their keeper are in process groups of their own, and must go all the same.
const patience = { timeout: 120_000 };
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fairway-cli-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.concurrent("Ctrl-C while PostgreSQL starts leaves nothing", patience, async ({ expect }) => {
  const emulator = startEmulator();
  await emulator.said("Starting PostgreSQL");
  const processes = processesOf(emulator.pid);
  emulator.interrupt();
  expect(await emulator.ended).toMatchObject({ code: 130, stdout: "" });
  await expect.poll(() => alive(processes)).toEqual([]);
});

test.concurrent.for<{ how: string; end: (emulator: SpawnedCommand) => void; code: number | null }>([
  { how: "Ctrl-C", end: (emulator) => emulator.interrupt(), code: 130 },
  { how: "a SIGKILL of the command", end: ({ pid }) => process.kill(pid, "SIGKILL"), code: null },
  { how: "a SIGKILL of its Node", end: ({ pid }) => process.kill(nodeOf(pid), "SIGKILL"), code: 143 },
])(
  "$how ends an emulator with PostgreSQL and replicas, and leaves nothing",
  patience,
  async ({ end, code }, { expect }) => {
    const emulator = startEmulator();
    const exports = await emulator.printed("Ctrl-C ends everything");
    const shell = { ...process.env };
    for (const [, name = "", value = ""] of exports.matchAll(/^export (\w+)='(.*)'$/gm)) shell[name] = value;
    const deploy = await spawnFairway(["deploy", "examples/config-server.yaml", "--json"], shell).ended;
    expect(deploy.code, deploy.stderr).toBe(0);
    const processes = processesOf(emulator.pid);
    expect(processes.map(({ command }) => command).join("\n")).toMatch(
      /config-server[^]*postgres|postgres[^]*config-server/,
    );
    end(emulator);
    expect((await emulator.ended).code).toBe(code);
    await expect.poll(() => alive(processes), { timeout: 15_000 }).toEqual([]);
    const isOwn = (name: string) => processes.some(({ command }) => command.includes(name));
    await expect.poll(async () => (await databaseFolders()).filter(isOwn)).toEqual([]);
  },
);

function startEmulator(): SpawnedCommand {
  return spawnFairway(["emulator", "--port", "0", "--time-scale", "600", "--folder", join(folder, randomUUID())]);
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

function allProcesses(): Process[] {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid=,args="], { encoding: "utf8" }).trim().split("\n");
  return lines.map((line) => {
    const [, pid, parent, command = ""] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return { pid: Number(pid), parent: Number(parent), command };
  });
}

/** The process and all that it has started, directly or not. */
function processesOf(root: number, all = allProcesses()): Process[] {
  const own = all.filter(({ pid }) => pid === root);
  return [...own, ...all.filter(({ parent }) => parent === root).flatMap(({ pid }) => processesOf(pid, all))];
}

function nodeOf(wrapper: number): number {
  return allProcesses().find(({ parent }) => parent === wrapper)?.pid ?? 0;
}

function alive(processes: readonly Process[]): string[] {
  const now = new Map(allProcesses().map(({ pid, command }) => [pid, command]));
  return processes.filter(({ pid, command }) => now.get(pid) === command).map(({ command }) => command);
}

async function databaseFolders(): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith("fairway-postgres-"));
}
