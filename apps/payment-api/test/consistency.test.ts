import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { holdAccount, queryOnce, startPostgres, type TestPostgres } from "./postgres.ts";
import { newKey, paymentOf, startService, startServiceOnly, type TestService, wrongInLedger } from "./service.ts";

let postgres: TestPostgres;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(async () => {
  await postgres?.[Symbol.asyncDispose]();
});

test("50 requests with one key at the same time make one payment", async () => {
  await using api = await startService(await postgres.createDatabase(), { DATABASE_CONNECTIONS_MAX: "16" });
  for (let round = 0; round < 10; round += 1) {
    const key = newKey();
    const answers = await Promise.all(Array.from({ length: 50 }, () => api.pay(key, paymentOf())));
    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(201));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get("idempotent-replayed") === null).length).toBe(1);
  }
  const [count] = await queryOnce(api.databaseUrl, "SELECT count(*)::int AS payments FROM payments");
  expect(count).toEqual({ payments: 10 });
  expect(await wrongInLedger(api.databaseUrl)).toEqual([]);
});

test("of 16 requests with one key and different bodies at the same time one wins", async () => {
  await using api = await startService(await postgres.createDatabase(), { DATABASE_CONNECTIONS_MAX: "16" });
  const key = newKey();
  const answers = await Promise.all(Array.from({ length: 16 }, (_, n) => api.pay(key, paymentOf({ amount: n + 1 }))));
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
    201,
    ...Array.from({ length: 15 }, () => 422),
  ]);
  expect(await wrongInLedger(api.databaseUrl)).toEqual([]);
});

test("the same keys in other orders at three replicas do not deadlock, and pay once", async () => {
  const databaseUrl = await postgres.createDatabase();
  await using first = await startService(databaseUrl);
  await using second = await startService(databaseUrl);
  await using third = await startService(databaseUrl);
  const there = paymentOf({ debtorAccount: "a", creditorAccount: "b" });
  const back = paymentOf({ debtorAccount: "b", creditorAccount: "a" });
  for (let round = 0; round < 8; round += 1) {
    const keys = Array.from({ length: 25 }, newKey);
    const answers = await Promise.all(
      [keys, keys.toReversed(), keys].flatMap((order, n) =>
        order.map((key) => ([first, second, third][n] ?? first).pay(key, keys.indexOf(key) % 2 ? there : back)),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(answers.filter(({ headers }) => headers.get("idempotent-replayed") === null).length).toBe(25);
  }
  expect((await first.get("/accounts/a/balance")).body.balances).toEqual([{ currency: "NOK", balance: 8 * 1_200 }]);
  expect(await wrongInLedger(databaseUrl)).toEqual([]);
});

test("payments both ways between the same accounts at two replicas do not deadlock", async () => {
  const databaseUrl = await postgres.createDatabase();
  await using first = await startService(databaseUrl);
  await using second = await startService(databaseUrl);
  const there = paymentOf({ debtorAccount: "a", creditorAccount: "z" });
  const back = paymentOf({ debtorAccount: "z", creditorAccount: "a" });
  await first.pay(newKey(), there);
  await using held = await holdAccount(databaseUrl, "z");
  // Whoever took the debtor first would now hold "z" once it is free, and wait for "a"; the next one the other way round.
  const answers = [second.pay(newKey(), back)];
  await held.untilWaiting(1);
  answers.push(first.pay(newKey(), there));
  await held.untilWaiting(2);
  await held.release();
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([201, 201]);
  expect(await wrongInLedger(databaseUrl)).toEqual([]);
});

test("a payment over an account's limit does not take those down that are written with it", async () => {
  await using api = await startService(await postgres.createDatabase());
  await api.pay(newKey(), paymentOf({ debtorAccount: "d", creditorAccount: "full" }));
  const nearLimit = `UPDATE accounts SET balance = 9007199254740991 - 5 WHERE account = 'full'`;
  await queryOnce(api.databaseUrl, nearLimit);
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, n) =>
      api.pay(newKey(), paymentOf({ creditorAccount: n % 8 ? "shop" : "full", amount: n % 8 ? 7 : 6 })),
    ),
  );
  for (const [n, { status }] of answers.entries()) expect(status).toBe(n % 8 ? 201 : 422);
  expect((await api.get("/accounts/shop/balance")).body.balances).toEqual([{ currency: "NOK", balance: 35 * 7 }]);
  await queryOnce(api.databaseUrl, "UPDATE accounts SET balance = 1200 WHERE account = 'full'");
  expect(await wrongInLedger(api.databaseUrl)).toEqual([]);
});

test("one of two captures, and one of two refunds, at the same time is done", async () => {
  await using api = await startService(await postgres.createDatabase());
  for (let round = 0; round < 10; round += 1) {
    const { body } = await api.pay(newKey(), paymentOf({ capture: false }));
    for (const verb of ["capture", "refund"]) {
      const answers = await Promise.all([1, 2, 3].map(() => api.post(`/payments/${String(body.id)}/${verb}`)));
      expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409, 409]);
    }
  }
  expect(await wrongInLedger(api.databaseUrl)).toEqual([]);
});

const accounts = fc.constantFrom("a", "b", "c", "d");

const action = fc.oneof(
  fc.record({
    kind: fc.constant("pay" as const),
    key: fc.nat(5),
    amount: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 10 ** 12 })),
    currency: fc.constantFrom("NOK", "JPY"),
    debtorAccount: accounts,
    creditorAccount: accounts,
    capture: fc.boolean(),
  }),
  fc.record({ kind: fc.constantFrom("capture" as const, "refund" as const), payment: fc.nat(5) }),
);

test("whatever is paid, repeated, captured and refunded in whatever order, the books sum to zero", async () => {
  await using api = await startService(await postgres.createDatabase());
  let run = 0;
  const rule = fc.asyncProperty(
    fc.array(fc.array(action, { minLength: 1, maxLength: 4 }), { maxLength: 8 }),
    async (steps) => {
      run += 1;
      const ids: string[] = [];
      for (const atOnce of steps) {
        const answers = await Promise.all(atOnce.map((one) => perform(api, one, run, ids)));
        for (const { status } of answers) expect([200, 201, 404, 409, 422]).toContain(status);
        for (const { status, body } of answers) if (status === 201) ids.push(String(body.id));
      }
      expect(await wrongInLedger(api.databaseUrl)).toEqual([]);
    },
  );
  await fc.assert(rule, { numRuns: 60 });
  const [count] = await queryOnce(api.databaseUrl, "SELECT count(*)::int AS entries FROM entries");
  expect(count?.entries).toBeGreaterThan(0);
});

type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

function perform(api: TestService, one: Action, run: number, ids: readonly string[]) {
  if (one.kind !== "pay") return api.post(`/payments/${ids[one.payment % (ids.length || 1)] ?? "none"}/${one.kind}`);
  const { key, kind: _, ...body } = one;
  return api.pay(`${run}-${key}`, body);
}

test("a connection that PostgreSQL ends in the middle costs a 503 at most, and nothing half done", async () => {
  await using api = await startService(await postgres.createDatabase());
  let killed = 0;
  let paying = true;
  const killer = (async () => {
    while (paying) {
      const [row] = await queryOnce(
        api.databaseUrl,
        `SELECT count(pg_terminate_backend(pid))::int AS killed FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'payment-api'`,
      );
      killed += Number(row?.killed);
    }
  })();
  const acknowledged = new Map<string, string>();
  const refused: string[] = [];
  async function payMany(): Promise<void> {
    for (let n = 0; n < 60; n += 1) {
      const key = newKey();
      const answer = await api.pay(key, paymentOf());
      expect([201, 503]).toContain(answer.status);
      if (answer.status === 201) acknowledged.set(key, String(answer.body.id));
      else {
        expect(answer.headers.get("retry-after")).toBe("1");
        expect(answer.body.code).toBe("ledger-unavailable");
        refused.push(key);
      }
    }
  }
  await Promise.all(Array.from({ length: 8 }, payMany));
  paying = false;
  await killer;
  expect(killed).toBeGreaterThan(0);
  expect(refused.length).toBeGreaterThan(0);
  for (const key of refused) {
    const answer = await api.pay(key, paymentOf());
    expect(answer.status).toBe(201);
    acknowledged.set(key, String(answer.body.id));
  }
  const rows = await queryOnce(api.databaseUrl, "SELECT idempotency_key, id FROM payments");
  expect(new Map(rows.map((row) => [String(row.idempotency_key), String(row.id)]))).toEqual(acknowledged);
  expect(await wrongInLedger(api.databaseUrl)).toEqual([]);
});

test("a payment that waits for a lock when its connection ends is not in the ledger", async () => {
  await using api = await startService(await postgres.createDatabase());
  await api.pay(newKey(), paymentOf());
  await using held = await holdAccount(api.databaseUrl, "shop");
  const waiting = api.pay(newKey(), paymentOf());
  await held.untilWaiting(1);
  await queryOnce(
    api.databaseUrl,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name = 'payment-api' AND wait_event_type = 'Lock' AND datname = current_database()`,
  );
  expect((await waiting).status).toBe(503);
  await held.release();
  const [count] = await queryOnce(api.databaseUrl, "SELECT count(*)::int AS payments FROM payments");
  expect(count).toEqual({ payments: 1 });
  expect((await api.pay(newKey(), paymentOf())).status).toBe(201);
  expect(await wrongInLedger(api.databaseUrl)).toEqual([]);
});

test("eight replicas that start at once on an empty database all start", async () => {
  const databaseUrl = await postgres.createDatabase();
  const replicas = await Promise.all(Array.from({ length: 8 }, () => startService(databaseUrl)));
  try {
    const answers = await Promise.all(replicas.map((replica) => replica.pay(newKey(), paymentOf())));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(201));
    expect(replicas.map((replica) => replica.log()).join("")).not.toContain("the schema is not there yet");
  } finally {
    await Promise.all(replicas.map((replica) => replica[Symbol.asyncDispose]()));
  }
});

test("the checks of these tests see a ledger that is wrong", async () => {
  await using api = await startService(await postgres.createDatabase());
  const { body } = await api.pay(newKey(), paymentOf());
  expect(await wrongInLedger(api.databaseUrl)).toEqual([]);
  await queryOnce(api.databaseUrl, `DELETE FROM entries WHERE amount > 0 AND payment_id = '${String(body.id)}'`);
  expect((await wrongInLedger(api.databaseUrl)).map(({ wrong }) => wrong)).toEqual(
    expect.arrayContaining(["payment does not sum to zero", "balance is not the sum of the entries"]),
  );
});

test("stopping before it could start ends the attempts", async () => {
  const api = await startServiceOnly("postgresql://nobody@127.0.0.1:1/nothing", { CONFIG_URL: "http://127.0.0.1:1" });
  expect(await api.get("/health/startup")).toMatchObject({
    status: 503,
    body: { status: "starting", waitingFor: ["database", "configuration"] },
  });
  expect(await api.get("/health/live")).toMatchObject({ status: 200 });
  expect((await api.get("/health/ready")).status).toBe(503);
  expect(await api.pay(newKey(), paymentOf())).toMatchObject({ status: 503, body: { code: "not-started" } });
  await api.service.stop();
  await api.service.started;
});
