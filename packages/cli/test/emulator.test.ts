import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exitCodes } from "../src/exit-codes.ts";
import { run, spawnFairway } from "./run.ts";

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fairway-emulator-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const options = () => ["--port", "0", "--no-postgres", "--no-demo", "--folder", folder, "--json"];

type Environment = Readonly<Record<string, string>>;

test("faults are started, listed and stopped from another shell; the state is written at the end", async () => {
  const stateFile = join(folder, "state.json");
  const emulator = spawnFairway(["emulator", ...options(), "--state-file", stateFile]);
  const environment = JSON.parse(await emulator.printed("\n")) as Environment;
  const fault = (...words: string[]) => run(["emulator", "fault", ...words], environment);

  const started = await fault("start", "throttled", "retryAfterSeconds=5", "code=Throttled");
  expect(started).toMatchObject({ code: exitCodes.done, stdout: "fault-1\n" });
  const listed = await fault("list");
  expect(listed.stdout).toMatch(/fault-1 +throttled +active +\{"retryAfterSeconds":5,"code":"Throttled"\}/);
  expect(listed.stdout).toContain("pdb-blocks-drain");
  expect((await fault("stop", "fault-1")).code).toBe(exitCodes.done);
  expect(JSON.parse((await fault("list", "--json")).stdout)).toMatchObject({ faults: [] });

  const wrong = await fault("start", "apiserver-gap", "cluster=nothing", "--json");
  expect(wrong.code).toBe(exitCodes.usage);
  expect(JSON.parse(wrong.stderr)).toMatchObject({ error: { path: "parameters.cluster" } });
  expect((await fault("start", "throttled", "fast")).stderr).toContain("is not NAME=VALUE");

  emulator.interrupt();
  await emulator.ended;
  expect(JSON.parse(await readFile(stateFile, "utf8"))).toMatchObject({ version: 2, groups: [] });
});

test("kill -9 loses no more than what was done since the last writing, and two emulators do not share a file", async () => {
  const stateFile = join(folder, "killed.json");
  const kept = ["emulator", ...options(), "--state-file", stateFile, "--state-every", "1"];
  const emulator = spawnFairway(kept);
  const environment = JSON.parse(await emulator.printed("\n")) as Environment;
  expect((await run(["emulator", "fault", "start", "throttled", "retryAfterSeconds=5"], environment)).code).toBe(0);
  await writtenWith(stateFile, "throttled");
  const second = await run(kept);
  expect(JSON.parse(second.stderr)).toMatchObject({
    error: {
      path: "--state-file",
      message: expect.stringContaining("is used by another emulator (process ") as unknown,
    },
  });

  process.kill(-emulator.pid, "SIGKILL");
  await emulator.ended;
  await writeFile(`${stateFile}.part`, "{ broken off");
  const again = spawnFairway(kept);
  const shell = JSON.parse(await again.printed("\n")) as Environment;
  expect((await run(["emulator", "fault", "list"], shell)).stdout).toMatch(/throttled +active/);
  again.interrupt();
  await again.ended;
});

async function writtenWith(file: string, text: string): Promise<void> {
  for (;;) {
    const content = await readFile(file, "utf8").catch(() => "");
    if (content.includes(text)) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test("on another address than loopback it makes a token and asks for it", async () => {
  const emulator = spawnFairway(["emulator", ...options(), "--host", "0.0.0.0"]);
  const environment = JSON.parse(await emulator.printed("\n")) as Environment;
  expect(environment["FAIRWAY_EMULATOR_TOKEN"]).toHaveLength(32);
  expect((await run(["emulator", "fault", "list"], environment)).code).toBe(exitCodes.done);
  const guess = await run(["emulator", "fault", "list", "--token", "a-guess-of-some-length"], environment);
  expect(guess.code).toBe(exitCodes.unreachable);
  expect(guess.stderr).toContain("error [unauthenticated]");
  emulator.interrupt();
  await emulator.ended;
});

test("a scenario and a token that are wrong are refused with their path", async () => {
  const scenario = join(folder, "scenario.yaml");
  await writeFile(scenario, "faults: [{ at: 1, kind: apiserver-gap }]");
  const wrong = await run(["emulator", ...options(), "--scenario", scenario]);
  expect(wrong.code).toBe(exitCodes.usage);
  expect(JSON.parse(wrong.stderr)).toMatchObject({ error: { path: "faults[0].parameters.cluster" } });
  const short = await run(["emulator", ...options(), "--token", "short"]);
  expect(JSON.parse(short.stderr)).toMatchObject({ error: { path: "--token" } });
  const state = join(folder, "no-state.json");
  for (const text of ["{}", '{"version":1,"resources":[]}', '{"version":2,"subscr', ""]) {
    await writeFile(state, text);
    const unusable = await run(["emulator", ...options(), "--state-file", state]);
    expect(JSON.parse(unusable.stderr)).toMatchObject({ error: { path: "--state-file" } });
  }
});
