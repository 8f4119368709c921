import type { Statement } from "./database.ts";

const paymentColumns = `id, status, amount, currency, debtor_account, creditor_account, reference,
  created_at, captured_at, refunded_at`;

/**
 * Adds the amounts to the balances of the accounts named in `leg`, and makes the accounts that do not exist. Sorted, so
 * that all changes lock accounts in the same order and cannot deadlock.
 */
const moveBalances = `
  INSERT INTO accounts AS a (account, currency, balance)
  SELECT account, currency, sum(amount) FROM leg GROUP BY account, currency ORDER BY account, currency
  ON CONFLICT (account, currency) DO UPDATE SET balance = a.balance + excluded.balance`;

/**
 * $1 is a JSON array of payments. One statement, one round trip, one transaction. The ids of the payments whose key was
 * free come back; of two requests with one key at the same time PostgreSQL lets the second wait for the first. Keys are
 * taken in order, and before accounts, for the same reason as above.
 */
export const createPayments: Statement = {
  name: "create-payments",
  text: `
WITH payment AS (
  INSERT INTO payments (id, idempotency_key, request_fingerprint, first_answer, status, amount, currency,
    debtor_account, creditor_account, reference, created_at, captured_at)
  SELECT * FROM json_to_recordset($1) AS request (id uuid, idempotency_key text, request_fingerprint text,
    first_answer text, status text, amount bigint, currency text, debtor_account text, creditor_account text,
    reference text, created_at timestamptz, captured_at timestamptz)
  ORDER BY idempotency_key
  ON CONFLICT (idempotency_key) DO NOTHING
  RETURNING id, status, amount, currency, debtor_account, creditor_account, created_at
), leg AS (
  SELECT id, account, currency, side.amount, created_at
  FROM payment, LATERAL (VALUES (debtor_account, -payment.amount), (creditor_account, payment.amount))
    AS side (account, amount)
  WHERE status = 'captured'
), entry AS (
  INSERT INTO entries (payment_id, movement, account, currency, amount, created_at)
  SELECT id, 'capture', account, currency, amount, created_at FROM leg
), balance AS (${moveBalances}
), event AS (
  INSERT INTO outbox (payment_id, event, created_at)
  SELECT id, 'payment.' || status, created_at FROM payment
)
SELECT id FROM payment`,
};

/** $1 is an array of keys. */
export const findFirstAnswers: Statement = {
  name: "find-first-answers",
  text: `SELECT id, idempotency_key, request_fingerprint, first_answer FROM payments WHERE idempotency_key = ANY($1)`,
};

export const findPayment: Statement = {
  name: "find-payment",
  text: `SELECT ${paymentColumns} FROM payments WHERE id = $1`,
};

export const findBalances: Statement = {
  name: "find-balances",
  text: "SELECT currency, balance FROM accounts WHERE account = $1 ORDER BY currency",
};

/** $1 payment, $2 now. No row comes back when the payment is not authorized. */
export const capturePayment: Statement = {
  name: "capture-payment",
  text: transition({ from: "authorized", to: "captured", movement: "capture", debtorSign: "-", creditorSign: "+" }),
};

/** $1 payment, $2 now. No row comes back when the payment is not captured. */
export const refundPayment: Statement = {
  name: "refund-payment",
  text: transition({ from: "captured", to: "refunded", movement: "refund", debtorSign: "+", creditorSign: "-" }),
};

interface Transition {
  readonly from: "authorized" | "captured";
  readonly to: "captured" | "refunded";
  readonly movement: "capture" | "refund";
  readonly debtorSign: "+" | "-";
  readonly creditorSign: "+" | "-";
}

function transition({ from, to, movement, debtorSign, creditorSign }: Transition): string {
  return `
WITH payment AS (
  UPDATE payments SET status = '${to}', ${to}_at = $2
  WHERE id = $1 AND status = '${from}'
  RETURNING ${paymentColumns}
), leg AS (
  SELECT payment.id, side.account, payment.currency, side.amount
  FROM payment, LATERAL (VALUES (debtor_account, ${debtorSign}payment.amount), (creditor_account, ${creditorSign}payment.amount))
    AS side (account, amount)
), entry AS (
  INSERT INTO entries (payment_id, movement, account, currency, amount, created_at)
  SELECT id, '${movement}', account, currency, amount, $2::timestamptz FROM leg
), balance AS (${moveBalances}
), event AS (
  INSERT INTO outbox (payment_id, event, created_at)
  SELECT id, 'payment.${to}', $2::timestamptz FROM payment
)
SELECT * FROM payment`;
}
