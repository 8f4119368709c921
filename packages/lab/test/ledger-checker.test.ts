import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { migration } from "../../../apps/payment-api/src/ledger/schema.ts";
import { checkLedger } from "../src/checkers/ledger.ts";
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
  expect(await ledger.check(["ok", "ok", "ok"])).toMatchObject({ lost: 1, lostKeys: ["run-1"], isSound: false });
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
  await ledger.change(`UPDATE entries SET amount = amount + 1 WHERE account = 'creditor'
    AND payment_id = (SELECT id FROM payments WHERE idempotency_key = 'run-0')`);
  expect(await ledger.check(["ok", "ok"])).toMatchObject({ unbalanced: 1, sum: "1", isSound: false });
});

test("two wrong payments that cancel each other out are seen", async () => {
  await using ledger = await openLedger(2);
  await ledger.change(`UPDATE entries SET amount = amount + CASE
      WHEN payment_id = (SELECT id FROM payments WHERE idempotency_key = 'run-0') THEN 7 ELSE -7 END
    WHERE account = 'creditor'`);
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
      await client.query(
        `INSERT INTO payments VALUES ($1, $2, 'print', '{}', 'captured', 100, 'NOK', 'debtor', 'creditor', NULL, now(), now())`,
        [id, key],
      );
      await client.query(
        `INSERT INTO entries VALUES ($1, 'capture', 'debtor', 'NOK', -100, now()), ($1, 'capture', 'creditor', 'NOK', 100, now())`,
        [id],
      );
    },
    async change(sql) {
      await client.query(sql);
    },
    check: (ended, run = "run") => checkLedger(url, run, resultOf(ended)),
    [Symbol.asyncDispose]: () => client.end(),
  };
  for (let index = 0; index < count; index += 1) await ledger.pay(`run-${index}`);
  return ledger;
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
    latency,
    serviceTime: latency,
    dispatchLag: latency,
    outcomeByRequest: Uint8Array.from(ended, (outcome) => outcomes.indexOf(outcome)),
    statusByRequest: new Uint16Array(ended.length),
  };
}
