import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { dead, isAlive } from "./process-runtime-parts.ts";

/** A process of its own that starts two replicas and prints their pids and that of the keeper beside it. */
const program = fileURLToPath(new URL("./process-runtime-host.ts", import.meta.url));

test.each(["SIGKILL", "SIGTERM"] as const)("replicas end when %s ends the emulator", async (signal) => {
  const host = spawn(process.execPath, ["--conditions=fairway-source", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const pids: number[] = [];
  for await (const line of createInterface({ input: host.stdout })) {
    pids.push(Number(line));
    if (pids.length === 4) break;
  }
  expect(pids.map(isAlive)).toEqual([true, true, true, true]);
  host.kill(signal);
  for (const pid of pids) await dead(pid);
});

test("a keeper that is killed is replaced, and the new one knows the replicas", async () => {
  const host = spawn(process.execPath, ["--conditions=fairway-source", program, "lose-keeper"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const pids: number[] = [];
  for await (const line of createInterface({ input: host.stdout })) {
    pids.push(Number(line));
    if (pids.length === 4) break;
  }
  expect(pids.map(isAlive)).toEqual([true, true, true, true]);
  host.kill("SIGKILL");
  for (const pid of pids) await dead(pid);
});
