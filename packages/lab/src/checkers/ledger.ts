import pg from "pg";
import { idempotencyKey } from "../load/requests.ts";
import { type LoadResult, outcomes } from "../load/spec.ts";

/** What the books say about the payments that a load sent. Reads only; knows nothing of how the run went. */
export interface LedgerVerdict {
  /** Payments that the API said it had taken. */
  readonly acknowledged: number;
  /** Acknowledged, but not in the ledger: by idempotency key, the first ten. */
  readonly lost: number;
  readonly lostKeys: string[];
  /** Payments with more than one capture, or keys with more than one payment. */
  readonly doubled: number;
  /** Payments of the ledger whose entries do not sum to zero, or that have none although captured. */
  readonly unbalanced: number;
  /** Sum over all entries of the ledger; 0 when the books are right. */
  readonly sum: string;
  readonly isSound: boolean;
}

/** Compares every acknowledged payment with the ledger: none lost, none doubled, books sum to zero. */
export async function checkLedger(databaseUrl: string, run: string, load: LoadResult): Promise<LedgerVerdict> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const keys = await readKeys(client, run);
    const lostKeys = acknowledgedKeys(run, load).filter((key) => !keys.has(key));
    const doubled = [...keys.values()].filter((count) => count > 1).length + (await count(client, doubledCaptures));
    const unbalanced = await count(client, unbalancedPayments);
    const sum = await readSum(client);
    return {
      acknowledged: acknowledgedKeys(run, load).length,
      lost: lostKeys.length,
      lostKeys: lostKeys.slice(0, 10),
      doubled,
      unbalanced,
      sum,
      isSound: lostKeys.length === 0 && doubled === 0 && unbalanced === 0 && sum === "0",
    };
  } finally {
    await client.end();
  }
}

function acknowledgedKeys(run: string, { outcomeByRequest }: LoadResult): string[] {
  const ok = outcomes.indexOf("ok");
  return [...outcomeByRequest].flatMap((outcome, index) => (outcome === ok ? [idempotencyKey(run, index)] : []));
}

async function readKeys(client: pg.Client, run: string): Promise<Map<string, number>> {
  const { rows } = await client.query<{ key: string; count: number }>(
    "SELECT idempotency_key AS key, count(*)::int AS count FROM payments WHERE starts_with(idempotency_key, $1) GROUP BY 1",
    [`${run}-`],
  );
  return new Map(rows.map(({ key, count: times }) => [key, times]));
}

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
