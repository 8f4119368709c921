import { afterAll, beforeAll, expect, test } from "vitest";
import { startPostgres, type TestPostgres } from "./postgres.ts";
import { startRelay } from "./relay.ts";
import {
  eventually,
  newKey,
  paymentOf,
  startConfiguration,
  startService,
  startServiceOnly,
  wrongInLedger,
} from "./service.ts";

let postgres: TestPostgres;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(async () => {
  await postgres?.[Symbol.asyncDispose]();
});

test("while PostgreSQL is away payments are 503 and the replica is live but not ready; then it serves again", async () => {
  const databaseUrl = await postgres.createDatabase();
  await using relay = await startRelay(databaseUrl);
  await using api = await startService(relay.url);
  const key = newKey();
  const first = await api.pay(key, paymentOf());
  expect(first.status).toBe(201);

  await relay.down();
  const refusedKey = newKey();
  const refused = await api.pay(refusedKey, paymentOf());
  expect(refused).toMatchObject({ status: 503, body: { code: "ledger-unavailable" } });
  expect(refused.headers.get("retry-after")).toBe("1");
  expect(refused.headers.get("content-type")).toBe("application/problem+json");
  expect((await api.get("/accounts/anna/balance")).status).toBe(503);
  expect(await api.get("/health/ready")).toMatchObject({
    status: 503,
    body: { reason: "the database does not answer" },
  });
  expect((await api.get("/health/live")).status).toBe(200);
  expect((await api.get("/health/startup")).status).toBe(200);

  await relay.up();
  expect((await api.pay(refusedKey, paymentOf())).headers.get("idempotent-replayed")).toBeNull();
  expect((await api.get("/health/ready")).status).toBe(200);
  expect((await api.pay(key, paymentOf())).text).toBe(first.text);
  expect(await wrongInLedger(databaseUrl)).toEqual([]);
  expect(api.log()).not.toContain(new URL(databaseUrl).password);
});

test("when PostgreSQL goes mute, payments are 503 in bounded time, however many wait", async () => {
  await using relay = await startRelay(await postgres.createDatabase());
  await using api = await startService(relay.url);
  await api.pay(newKey(), paymentOf());
  relay.mute();
  const startMs = performance.now();
  const answers = await Promise.all(Array.from({ length: 200 }, () => api.pay(newKey(), paymentOf())));
  // The first statement is given up after 5 s, and two of its size would be after 10 s.
  expect(performance.now() - startMs).toBeLessThan(8_000);
  for (const { status, body } of answers) expect({ status, code: body.code }).toEqual(unavailable);
  expect((await api.get("/health/live")).status).toBe(200);
});

const unavailable = { status: 503, code: "ledger-unavailable" };

test("a replica starts as soon as PostgreSQL comes", async () => {
  await using relay = await startRelay(await postgres.createDatabase());
  await using configuration = await startConfiguration();
  await relay.down();
  await using api = await startServiceOnly(relay.url, { CONFIG_URL: configuration.url });
  const waiting = await eventually(
    () => api.get("/health/startup"),
    ({ body }) => String(body.waitingFor) === "database",
  );
  expect(waiting.status).toBe(503);
  await relay.up();
  await api.service.started;
  expect((await api.get("/health/startup")).body).toEqual({ status: "started", configuration: "7" });
  expect((await api.pay(newKey(), paymentOf())).status).toBe(201);
});

test("when config-server goes away after the start, the replica stays ready and serves", async () => {
  const configuration = await startConfiguration();
  await using api = await startServiceOnly(await postgres.createDatabase(), { CONFIG_URL: configuration.url });
  await api.service.started;
  await configuration[Symbol.asyncDispose]();
  expect((await api.get("/health/ready")).status).toBe(200);
  expect((await api.pay(newKey(), paymentOf())).status).toBe(201);
});
