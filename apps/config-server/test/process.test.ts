import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";

const children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const exited = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await exited;
  }
});

test("listens only when it has loaded, answers, and ends gracefully", async () => {
  const server = start({ START_DELAY_MS: "300", SHUTDOWN_DRAIN_MS: "400" });
  const url = await server.url();
  const lines = server.stdout().trim().split("\n");
  const [loading, listening] = lines.map((line) => JSON.parse(line) as { time: number; msg: string });
  expect([loading?.msg, listening?.msg]).toEqual(["loading", "listening"]);
  expect((listening?.time ?? 0) - (loading?.time ?? 0)).toBeGreaterThanOrEqual(299);

  for (const probe of ["startup", "live", "ready"]) expect((await fetch(`${url}/health/${probe}`)).status).toBe(200);
  const configuration = await fetch(`${url}/config/payment-api`);
  expect(await configuration.json()).toEqual({
    app: "payment-api",
    revision: "1",
    settings: { amountMinorUnitsMax: 1_000_000_000_000 },
  });
  for (const [path, status] of [
    ["/config/unknown", 404],
    ["/nothing", 404],
    ["/config/%zz", 400],
  ] as const) {
    const answer = await fetch(url + path);
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ status });
  }

  server.child.kill("SIGTERM");
  await until(async () => (await fetch(`${url}/health/ready`)).status === 503);
  expect((await fetch(`${url}/config/payment-api`)).status).toBe(200);
  expect(await server.exited).toBe(0);
});

test("SIGTERM while it loads ends it at once with code 0", async () => {
  const server = start({ START_DELAY_MS: "600000" });
  await until(async () => server.stdout().includes('"loading"'));
  server.child.kill("SIGTERM");
  expect(await server.exited).toBe(0);
});

test.each([
  [{ START_DELAY_MS: "soon" }, "START_DELAY_MS: must be an integer"],
  [{ PORT: "70000" }, "PORT: must be an integer from 0 to 65535"],
  [{ LOG_LEVEL: "loud" }, "LOG_LEVEL: must be one of"],
])("%j is refused with code 2", async (environment, message) => {
  const server = start(environment);
  expect(await server.exited).toBe(2);
  expect(server.stderr()).toContain(message);
});

function start(environment: Record<string, string>) {
  const child = spawn(process.execPath, [join(import.meta.dirname, "../src/main.ts")], {
    env: { ...process.env, PORT: "0", ...environment },
  });
  children.push(child);
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (output.stdout += String(chunk)));
  child.stderr.on("data", (chunk: Buffer) => (output.stderr += String(chunk)));
  return {
    child,
    exited: new Promise<number | null>((resolve) => child.once("close", resolve)),
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    async url() {
      await until(async () => output.stdout.includes('"listening"'));
      return `http://127.0.0.1:${/"port":(\d+)/.exec(output.stdout)?.[1]}`;
    },
  };
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadlineMs = Date.now() + 15_000;
  while (!(await isSo())) {
    if (Date.now() > deadlineMs) throw new Error("not in time");
    await delay(20);
  }
}
