import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { queryOnce, startPostgres, type TestPostgres } from "./postgres.ts";
import { type Answer, eventually, newKey, paymentOf, request, wrongInLedger } from "./service.ts";

const apps = join(import.meta.dirname, "../..");

let postgres: TestPostgres;
const processes: Program[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
});

afterEach(async () => {
  for (const { child, exited } of processes.splice(0)) {
    child.kill("SIGKILL");
    await exited;
  }
});

afterAll(async () => {
  await postgres?.[Symbol.asyncDispose]();
});

test.each([
  ["no DATABASE_URL", {}, "DATABASE_URL: is required"],
  ["a malformed DATABASE_URL", { DATABASE_URL: "my-secret-host" }, "DATABASE_URL: must be a PostgreSQL URL"],
  [
    "an unknown version",
    { DATABASE_URL: "postgresql://h/d", APP_VERSION: "2" },
    "APP_VERSION: must be one of 1.0.0, 1.1.0",
  ],
  [
    "an error rate of 2",
    { DATABASE_URL: "postgresql://h/d", FAULT_ERROR_RATE: "2" },
    "FAULT_ERROR_RATE: must be a number",
  ],
])("%s ends the process with code 2 and says so", async (_name, environment, message) => {
  const program = start("payment-api", environment);
  expect(await program.exited).toBe(2);
  expect(program.stderr()).toContain(message);
  expect(program.stderr()).not.toMatch(/secret|\.ts:/);
});

test("a port in use ends the process with code 1 and says so", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as AddressInfo;
  const program = start("payment-api", { DATABASE_URL: "postgresql://127.0.0.1:1/none", PORT: String(port) });
  expect(await program.exited).toBe(1);
  expect(program.stdout()).toContain("EADDRINUSE");
  other.close();
});

test("waits for a slow config-server, serves, and ends gracefully in the middle of load", async () => {
  const databaseUrl = await postgres.createDatabase();
  const configPort = await freePort();
  const api = start("payment-api", {
    DATABASE_URL: databaseUrl,
    CONFIG_URL: `http://127.0.0.1:${configPort}`,
    SHUTDOWN_DRAIN_MS: "300",
  });
  const url = await api.url();
  expect(await request(`${url}/health/startup`)).toMatchObject({ status: 503 });
  start("config-server", { PORT: String(configPort), START_DELAY_MS: "500" });
  await eventually(
    () => request(`${url}/health/startup`),
    ({ status }) => status === 200,
  );

  const acknowledged = new Set<string>();
  let notReadySeen = 0;
  let asked = false;
  async function payUntilRefused(): Promise<void> {
    for (;;) {
      const key = newKey();
      const answer = await pay(url, key).catch(() => undefined);
      if (!answer) return;
      expect(answer.status).toBe(201);
      acknowledged.add(key);
      if (acknowledged.size > 50 && !asked) {
        asked = true;
        api.child.kill("SIGTERM");
      }
      if (asked && (await request(`${url}/health/ready`).catch(() => undefined))?.status === 503) notReadySeen += 1;
    }
  }
  await Promise.all(Array.from({ length: 8 }, payUntilRefused));

  expect(await api.exited).toBe(0);
  expect(notReadySeen).toBeGreaterThan(0);
  const lines = api.stdout().trimEnd().split("\n");
  expect(lines.at(-1)).toContain('"msg":"ended"');
  // No line is lost at the end, although lines leave in blocks.
  expect(lines.filter((line) => /"route":"\/payments","status":201/.test(line)).length).toBe(acknowledged.size);
  const rows = await queryOnce(databaseUrl, "SELECT idempotency_key FROM payments");
  const stored = new Set(rows.map((row) => row.idempotency_key));
  for (const key of acknowledged) expect(stored).toContain(key);
  expect(stored.size).toBe(acknowledged.size);
  expect(await wrongInLedger(databaseUrl)).toEqual([]);
});

test("a request that began before the end is answered, and a second SIGTERM does not wait for it", async () => {
  const databaseUrl = await postgres.createDatabase();
  const configPort = await freePort();
  start("config-server", { PORT: String(configPort) });
  for (const signals of [1, 2]) {
    const api = start("payment-api", {
      DATABASE_URL: databaseUrl,
      CONFIG_URL: `http://127.0.0.1:${configPort}`,
      APP_VERSION: "1.1.0",
      FAULT_LATENCY_MS: "600",
      SHUTDOWN_DRAIN_MS: "0",
    });
    const url = await api.url();
    await eventually(
      () => request(`${url}/health/startup`),
      ({ status }) => status === 200,
    );
    const answer = pay(url, newKey()).catch(() => undefined);
    await eventually(
      () => request(`${url}/health/live`),
      () => true,
    );
    api.child.kill("SIGTERM");
    await eventually(
      async () => api.stdout(),
      (text) => text.includes('"msg":"ending"'),
    );
    if (signals === 2) api.child.kill("SIGTERM");
    expect((await answer)?.status).toBe(signals === 1 ? 201 : undefined);
    expect(await api.exited).toBe(signals === 1 ? 0 : 1);
  }
});

test("SIGTERM while it waits for its dependencies ends it at once with code 0", async () => {
  const api = start("payment-api", { DATABASE_URL: "postgresql://127.0.0.1:1/none", CONFIG_URL: "http://127.0.0.1:1" });
  await api.url();
  api.child.kill("SIGTERM");
  expect(await api.exited).toBe(0);
});

interface Program {
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;
  stdout(): string;
  stderr(): string;
  /** Where it listens, as its log says. */
  url(): Promise<string>;
}

function start(app: "payment-api" | "config-server", environment: Record<string, string>): Program {
  const inherited = { ...process.env, DATABASE_URL: undefined, PORT: "0" };
  const child = spawn(process.execPath, [join(apps, app, "src/main.ts")], { env: { ...inherited, ...environment } });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (output.stdout += String(chunk)));
  child.stderr.on("data", (chunk: Buffer) => (output.stderr += String(chunk)));
  const program: Program = {
    child,
    exited: new Promise((resolve) => child.once("close", resolve)),
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    async url() {
      const text = await eventually(
        async () => output.stdout,
        (lines) => lines.includes('"listening"'),
      );
      return `http://127.0.0.1:${/"port":(\d+)/.exec(text)?.[1]}`;
    },
  };
  processes.push(program);
  return program;
}

function pay(url: string, key: string): Promise<Answer> {
  const headers = { "content-type": "application/json", "idempotency-key": key };
  return request(`${url}/payments`, { method: "POST", headers, body: JSON.stringify(paymentOf()) });
}

async function freePort(): Promise<number> {
  const probe = createTcpServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
