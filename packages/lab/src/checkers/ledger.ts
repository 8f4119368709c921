import pg from "pg";
import { createPayments, idempotencyKey, type PaymentsWorkload, type RequestedPayment } from "../load/requests.ts";
import { type LoadResult, outcomes } from "../load/spec.ts";

/** What the books say about the payments that a load sent. Reads only; knows nothing of how the run went. */
export interface LedgerVerdict {
  /** Payments that the API said it had taken. */
  readonly acknowledged: number;
  /** Acknowledged, but not in the ledger: by idempotency key, the first ten. */
  readonly lost: number;
  readonly lostKeys: string[];
  /** In the ledger, but with another amount, currency, debtor or creditor than was sent and acknowledged, or with other entries. */
  readonly wrong: number;
  /** By idempotency key, the first ten. */
  readonly wrongKeys: string[];
  /** Payments with more than one capture, or keys with more than one payment. */
  readonly doubled: number;
  /** Payments of the ledger whose entries do not sum to zero, or that have none although captured. */
  readonly unbalanced: number;
  /** Sum over all entries of the ledger; 0 when the books are right. */
  readonly sum: string;
  readonly isSound: boolean;
}

/** What was sent: the same workload and seed give the same payments again. */
export interface SentPayments {
  readonly workload: PaymentsWorkload;
  readonly seed: string;
}

/** Compares every acknowledged payment with the ledger: none lost, none doubled, none wrong, books sum to zero. */
export async function checkLedger(databaseUrl: string, sent: SentPayments, load: LoadResult): Promise<LedgerVerdict> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const acknowledged = acknowledgedPayments(sent, load);
    const written = await readPayments(client, sent.workload.run);
    const lostKeys = acknowledged.filter(({ key }) => !written.has(key)).map(({ key }) => key);
    const wrongKeys = acknowledged.filter((one) => isWrong(one, written.get(one.key) ?? [])).map(({ key }) => key);
    const keysTwice = [...written.values()].filter((payments) => payments.length > 1).length;
    const doubled = keysTwice + (await count(client, doubledCaptures));
    const unbalanced = await count(client, unbalancedPayments);
    const sum = await readSum(client);
    return {
      acknowledged: acknowledged.length,
      lost: lostKeys.length,
      lostKeys: lostKeys.slice(0, 10),
      wrong: wrongKeys.length,
      wrongKeys: wrongKeys.slice(0, 10),
      doubled,
      unbalanced,
      sum,
      isSound: lostKeys.length + wrongKeys.length + doubled + unbalanced === 0 && sum === "0",
    };
  } finally {
    await client.end();
  }
}

interface AcknowledgedPayment {
  readonly key: string;
  readonly requested: RequestedPayment;
}

function acknowledgedPayments({ workload, seed }: SentPayments, load: LoadResult): AcknowledgedPayment[] {
  const ok = outcomes.indexOf("ok");
  const nextPayment = createPayments(workload, seed);
  const sent = [...load.outcomeByRequest].map((outcome, index) => ({
    outcome,
    key: idempotencyKey(workload.run, index),
    requested: nextPayment(),
  }));
  return sent.filter(({ outcome }) => outcome === ok);
}

interface WrittenPayment {
  readonly status: string;
  readonly row: string;
  readonly entries: string;
}

/** A payment that was refunded later has the entries of its capture, and their opposites. */
function isWrong({ requested }: AcknowledgedPayment, written: readonly WrittenPayment[]): boolean {
  const { amount, currency, debtorAccount, creditorAccount } = requested;
  const captured = `capture ${debtorAccount} -${amount} ${currency}, capture ${creditorAccount} ${amount} ${currency}`;
  const refunded = `refund ${creditorAccount} -${amount} ${currency}, refund ${debtorAccount} ${amount} ${currency}`;
  return written.some(
    ({ status, row, entries }) =>
      row !== `${debtorAccount} ${creditorAccount} ${amount} ${currency}` ||
      entries !== (status === "refunded" ? `${captured}, ${refunded}` : captured),
  );
}

/** The payments of a run by idempotency key. No account and no currency has a space. */
async function readPayments(client: pg.Client, run: string): Promise<Map<string, WrittenPayment[]>> {
  const { rows } = await client.query<WrittenPayment & { key: string }>(writtenPayments, [`${run}-`]);
  return Map.groupBy(rows, ({ key }) => key);
}

const writtenPayments = `
  SELECT p.idempotency_key AS key, p.status,
    concat_ws(' ', p.debtor_account, p.creditor_account, p.amount, p.currency) AS row,
    coalesce(string_agg(concat_ws(' ', e.movement, e.account, e.amount, e.currency), ', ' ORDER BY e.movement, e.amount)
      FILTER (WHERE e.payment_id IS NOT NULL), '') AS entries
  FROM payments p LEFT JOIN entries e ON e.payment_id = p.id
  WHERE starts_with(p.idempotency_key, $1) GROUP BY p.id`;

const doubledCaptures = `
  SELECT count(*)::int AS count FROM (
    SELECT payment_id FROM entries WHERE movement = 'capture' GROUP BY payment_id HAVING count(*) > 2
  ) AS doubled`;

const unbalancedPayments = `
  SELECT count(*)::int AS count FROM (
    SELECT p.id FROM payments p LEFT JOIN entries e ON e.payment_id = p.id
    GROUP BY p.id, p.status
    HAVING coalesce(sum(e.amount), 0) <> 0 OR (p.status <> 'authorized' AND count(e.*) = 0)
  ) AS unbalanced`;

async function count(client: pg.Client, query: string): Promise<number> {
  const { rows } = await client.query<{ count: number }>(query);
  return rows[0]?.count ?? 0;
}

/** Entries without a payment count too: a payment that was deleted by hand leaves them. */
async function readSum(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ sum: string }>("SELECT coalesce(sum(amount), 0)::text AS sum FROM entries");
  return rows[0]?.sum ?? "0";
}
