import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { spawnFairway } from "./run.ts";

test("the bin passes on the exit code of the command", async () => {
  expect(await spawnFairway(["--version"]).ended).toMatchObject({ code: 0, stdout: "0.1.0\n" });
  expect(await spawnFairway(["status", "--target", "nonsense"]).ended).toMatchObject({ code: 2, stdout: "" });
});

test("Ctrl-C ends an emulator with 130, and its port with it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "fairway-cli-"));
  try {
    const options = ["--port", "0", "--no-demo", "--no-postgres", "--folder", folder, "--json"];
    const emulator = spawnFairway(["emulator", ...options]);
    const exports = JSON.parse(await emulator.printed("\n")) as { FAIRWAY_ARM_ENDPOINT: string };
    emulator.interrupt();
    expect((await emulator.ended).code).toBe(130);
    await expect(fetch(exports.FAIRWAY_ARM_ENDPOINT)).rejects.toThrow("fetch failed");
  } finally {
    await rm(folder, { recursive: true });
  }
});
