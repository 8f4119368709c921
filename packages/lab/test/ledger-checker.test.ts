import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { migration } from "../../../apps/payment-api/src/ledger/schema.ts";
import { checkLedger, type SentPayments } from "../src/checkers/ledger.ts";
import { createPayments } from "../src/load/requests.ts";
import { type LoadResult, outcomes } from "../src/load/spec.ts";
import { type Postgres, startPostgres } from "../src/postgres/postgres.ts";

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres(process.env.DATABASE_URL ? { databaseUrl: process.env.DATABASE_URL } : {});
});
afterAll(() => postgres[Symbol.asyncDispose]());

test("a ledger that has every acknowledged payment once, and balances, is sound", async () => {
  await using ledger = await openLedger(3);
  expect(await ledger.check(["ok", "ok", "ok"])).toEqual({
    acknowledged: 3,
    lost: 0,
    lostKeys: [],
    wrong: 0,
    wrongKeys: [],
    doubled: 0,
    unbalanced: 0,
    sum: "0",
    isSound: true,
  });
});

test("payments that were not acknowledged may be there or not", async () => {
  await using ledger = await openLedger(2);
  const verdict = await ledger.check(["ok", "timeout", "refused", "error"]);
  expect(verdict).toMatchObject({ acknowledged: 1, lost: 0, isSound: true });
});

test("payments of other runs are none of this one's", async () => {
  await using ledger = await openLedger(2);
  expect(await ledger.check(["ok", "ok"], "run-1")).toMatchObject({ lost: 2, lostKeys: ["run-1-0", "run-1-1"] });
});

test("a payment that was deleted by hand is lost", async () => {
  await using ledger = await openLedger(3);
  await ledger.change("DELETE FROM payments WHERE idempotency_key = 'run-1'");
  expect(await ledger.check(["ok", "ok", "ok"])).toMatchObject({
    lost: 1,
    lostKeys: ["run-1"],
    wrong: 0,
    isSound: false,
  });
});

test("a payment that was deleted with its entries is lost, although the books balance", async () => {
  await using ledger = await openLedger(3);
  await ledger.change(
    "DELETE FROM entries WHERE payment_id = (SELECT id FROM payments WHERE idempotency_key = 'run-2')",
  );
  await ledger.change("DELETE FROM payments WHERE idempotency_key = 'run-2'");
  expect(await ledger.check(["ok", "ok", "ok"])).toMatchObject({ lost: 1, sum: "0", unbalanced: 0, isSound: false });
});

test("of many lost payments the first ten are named", async () => {
  await using ledger = await openLedger(0);
  const verdict = await ledger.check(Array<"ok">(25).fill("ok"));
  expect(verdict.lost).toBe(25);
  expect(verdict.lostKeys).toEqual(Array.from({ length: 10 }, (_, index) => `run-${index}`));
});

test("a payment with two captures is doubled, although the books balance", async () => {
  await using ledger = await openLedger(2);
  await ledger.change(`INSERT INTO entries SELECT id, 'capture', account, currency, side, created_at
    FROM payments, (VALUES ('other-1', -100), ('other-2', 100)) AS leg (account, side) WHERE idempotency_key = 'run-0'`);
  expect(await ledger.check(["ok", "ok"])).toMatchObject({ doubled: 1, unbalanced: 0, sum: "0", isSound: false });
});

test("two payments with one key are doubled", async () => {
  await using ledger = await openLedger(2);
  await ledger.change("ALTER TABLE payments DROP CONSTRAINT payments_idempotency_key_key");
  await ledger.pay("run-0");
  expect(await ledger.check(["ok", "ok"])).toMatchObject({ doubled: 1, isSound: false });
});

test("an entry with another amount than its counterpart is seen, in its payment and in the sum", async () => {
  await using ledger = await openLedger(2);
  await ledger.change(`UPDATE entries SET amount = amount + 1 WHERE amount > 0
    AND payment_id = (SELECT id FROM payments WHERE idempotency_key = 'run-0')`);
  expect(await ledger.check(["ok", "ok"])).toMatchObject({ unbalanced: 1, sum: "1", isSound: false });
});

test("two wrong payments that cancel each other out are seen", async () => {
  await using ledger = await openLedger(2);
  await ledger.change(`UPDATE entries SET amount = amount + CASE
      WHEN payment_id = (SELECT id FROM payments WHERE idempotency_key = 'run-0') THEN 7 ELSE -7 END
    WHERE amount > 0`);
  expect(await ledger.check(["ok", "ok"])).toMatchObject({ unbalanced: 2, sum: "0", isSound: false });
});

test("a captured payment without entries is seen; one that is only authorized has none", async () => {
  await using ledger = await openLedger(2);
  await ledger.change("DELETE FROM entries");
  await ledger.change("UPDATE payments SET status = 'authorized' WHERE idempotency_key = 'run-0'");
  expect(await ledger.check(["ok", "ok"])).toMatchObject({ unbalanced: 1, sum: "0", isSound: false });
});

test("a refund balances its capture", async () => {
  await using ledger = await openLedger(1);
  await ledger.change(
    "INSERT INTO entries SELECT payment_id, 'refund', account, currency, -amount, created_at FROM entries",
  );
  await ledger.change("UPDATE payments SET status = 'refunded'");
  expect(await ledger.check(["ok"])).toMatchObject({ isSound: true });
});

const ofFirst = "payment_id = (SELECT id FROM payments WHERE idempotency_key = 'run-0')";

test.each([
  ["another amount on both sides", `UPDATE entries SET amount = 2 * amount WHERE ${ofFirst}`],
  ["another currency", `UPDATE entries SET currency = 'SEK' WHERE ${ofFirst}`],
  ["another creditor", `UPDATE entries SET account = 'thief' WHERE amount > 0 AND ${ofFirst}`],
  ["another debtor", `UPDATE entries SET account = 'victim' WHERE amount < 0 AND ${ofFirst}`],
  ["debtor and creditor exchanged", `UPDATE entries SET amount = -amount WHERE ${ofFirst}`],
  ["a refund that nobody asked for", `UPDATE entries SET movement = 'refund' WHERE ${ofFirst}`],
  [
    "entries as sent, in a payment that says otherwise",
    "UPDATE payments SET amount = 1 WHERE idempotency_key = 'run-0'",
  ],
])("a payment with %s is wrong and named, although the books balance", async (_name, sql) => {
  await using ledger = await openLedger(2);
  await ledger.change(sql);
  expect(await ledger.check(["ok", "ok"])).toMatchObject({
    lost: 0,
    wrong: 1,
    wrongKeys: ["run-0"],
    doubled: 0,
    unbalanced: 0,
    sum: "0",
    isSound: false,
  });
});

interface TestLedger extends AsyncDisposable {
  /** Takes and captures one payment, as the API does. */
  pay(key: string): Promise<void>;
  change(sql: string): Promise<void>;
  check(ended: readonly (typeof outcomes)[number][], run?: string): ReturnType<typeof checkLedger>;
}

/** The payment API's own tables with `count` captured payments of the run "run". */
async function openLedger(count: number): Promise<TestLedger> {
  const url = await postgres.createDatabase(`ledger_${randomUUID()}`);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(migration);
  const ledger: TestLedger = {
    async pay(key) {
      const id = randomUUID();
      const { amount, currency, debtorAccount, creditorAccount } = requestedBy(key);
      await client.query(
        "INSERT INTO payments VALUES ($1, $2, 'print', '{}', 'captured', $3, $4, $5, $6, NULL, now(), now())",
        [id, key, amount, currency, debtorAccount, creditorAccount],
      );
      await client.query(
        "INSERT INTO entries VALUES ($1, 'capture', $2, $4, $5, now()), ($1, 'capture', $3, $4, $6, now())",
        [id, debtorAccount, creditorAccount, currency, -amount, amount],
      );
    },
    async change(sql) {
      await client.query(sql);
    },
    check: (ended, run = "run") => checkLedger(url, sentBy(run), resultOf(ended)),
    [Symbol.asyncDispose]: () => client.end(),
  };
  for (let index = 0; index < count; index += 1) await ledger.pay(`run-${index}`);
  return ledger;
}

function sentBy(run: string): SentPayments {
  return { workload: { kind: "payments", run, accounts: 50, currency: "NOK" }, seed: "1" };
}

function requestedBy(key: string): ReturnType<ReturnType<typeof createPayments>> {
  const nextPayment = createPayments(sentBy("run").workload, "1");
  for (let index = Number(key.split("-").at(-1)); index > 0; index -= 1) nextPayment();
  return nextPayment();
}

/** The checker looks at nothing else of a load. */
function resultOf(ended: readonly (typeof outcomes)[number][]): LoadResult {
  const latency = { p50Ms: 1, p90Ms: 1, p99Ms: 1, p999Ms: 1, maxMs: 1, meanMs: 1 };
  return {
    startedAtMs: 0,
    durationMs: 1_000,
    bucketMs: 250,
    buckets: [],
    totals: { ok: 0, error: 0, refused: 0, timeout: 0 },
    totalsByRevision: {},
    failures: {},
    late: 0,
    latency,
    serviceTime: latency,
    dispatchLag: latency,
    outcomeByRequest: Uint8Array.from(ended, (outcome) => outcomes.indexOf(outcome)),
    statusByRequest: new Uint16Array(ended.length),
  };
}
