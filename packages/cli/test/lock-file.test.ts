import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { takeLock } from "../src/lock-file.ts";

const folder = await mkdtemp(join(tmpdir(), "fairway-lock-"));
afterAll(() => rm(folder, { recursive: true }));

test("a lock has one owner, of many who want it at once, and leaves no draft", async () => {
  const lock = join(folder, "contended");
  const owners = [await takeLock(lock), ...(await Promise.all([takeLock(lock), takeLock(lock)]))];
  expect(owners).toEqual([undefined, process.pid, process.pid]);
  expect(await readdir(folder)).toEqual(["contended"]);
});

test.skipIf(process.platform !== "linux")("a number that another process has now is not the owner", async () => {
  const lock = join(folder, "reused");
  await writeFile(lock, `${process.ppid} 1`);
  expect(await takeLock(lock)).toBeUndefined();
  expect(await readFile(lock, "utf8")).toMatch(new RegExp(`^${process.pid} `));
});

test.skipIf(process.platform !== "linux")("a killed owner whose parent does not look after it is gone", async () => {
  const parent = spawn("sh", ["-c", "sleep 0 & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
  const [printed] = (await once(parent.stdout, "data")) as [Buffer];
  const pid = Number(String(printed));
  const stat = await statOnce(pid, "Z");
  const lock = join(folder, "unburied");
  await writeFile(lock, `${pid} ${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`);
  expect(await takeLock(lock)).toBeUndefined();
  parent.kill();
});

async function statOnce(pid: number, state: string): Promise<string> {
  for (;;) {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    if (stat.includes(`) ${state} `)) return stat;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
