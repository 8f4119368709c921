import { randomUUID } from "node:crypto";
import pg from "pg";
import { createPayments } from "../../../apps/payment-api/src/ledger/statements.ts";

/** Payments per second on one connection: the ledger's one statement against the same work in a transaction of six. */
export async function compareLedgers(databaseUrl: string, durationMs: number): Promise<{ one: number; six: number }> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const one = await payFor(durationMs, (payment) => payInOne(client, payment));
  const six = await payFor(durationMs, (payment) => payInSix(client, payment));
  await client.end();
  return { one, six };
}

interface Payment {
  readonly id: string;
  readonly debtor: string;
  readonly creditor: string;
  readonly answer: string;
  readonly now: string;
}

async function payFor(durationMs: number, pay: (payment: Payment) => Promise<void>): Promise<number> {
  const startMs = performance.now();
  let count = 0;
  while (performance.now() - startMs < durationMs) {
    const [debtor, creditor] = [`customer-${count % 1000}`, `customer-${(count + 7) % 1000}`];
    await pay({ id: randomUUID(), debtor, creditor, answer: "x".repeat(260), now: new Date().toISOString() });
    count += 1;
  }
  return (count * 1000) / (performance.now() - startMs);
}

async function payInOne(client: pg.Client, { id, debtor, creditor, answer, now }: Payment): Promise<void> {
  const row = {
    id,
    idempotency_key: id,
    request_fingerprint: "fingerprint",
    first_answer: answer,
    status: "captured",
    amount: 100,
    currency: "NOK",
    debtor_account: debtor,
    creditor_account: creditor,
    created_at: now,
    captured_at: now,
  };
  await client.query({ ...createPayments, values: [JSON.stringify([row])] });
}

async function payInSix(client: pg.Client, { id, debtor, creditor, answer, now }: Payment): Promise<void> {
  await client.query("BEGIN");
  await client.query({
    name: "six-payment",
    text: `INSERT INTO payments (id, idempotency_key, request_fingerprint, first_answer, status, amount, currency,
        debtor_account, creditor_account, created_at, captured_at)
      VALUES ($1, $2, 'fingerprint', $3, 'captured', 100, 'NOK', $4, $5, $6, $6) ON CONFLICT (idempotency_key) DO NOTHING`,
    values: [id, id, answer, debtor, creditor, now],
  });
  await client.query({
    name: "six-entries",
    text: `INSERT INTO entries (payment_id, movement, account, currency, amount, created_at)
      VALUES ($1, 'capture', $2, 'NOK', -100, $4), ($1, 'capture', $3, 'NOK', 100, $4)`,
    values: [id, debtor, creditor, now],
  });
  await client.query({
    name: "six-accounts",
    text: `INSERT INTO accounts AS a (account, currency, balance) VALUES ($1, 'NOK', -100), ($2, 'NOK', 100)
      ON CONFLICT (account, currency) DO UPDATE SET balance = a.balance + excluded.balance`,
    values: [debtor, creditor],
  });
  await client.query({
    name: "six-outbox",
    text: "INSERT INTO outbox (payment_id, event, created_at) VALUES ($1, 'payment.captured', $2)",
    values: [id, now],
  });
  await client.query("COMMIT");
}
