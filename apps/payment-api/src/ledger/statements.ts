import type { Statement } from "./database.ts";

const paymentColumns = `id, status, amount, currency, debtor_account, creditor_account, reference,
  created_at, captured_at, refunded_at`;

/**
 * Adds the amounts to the balances of the accounts named in `leg`, and makes the accounts that do not exist. Sorted, so
 * that two payments between the same accounts lock them in the same order and cannot deadlock.
 */
const moveBalances = `
  INSERT INTO accounts AS a (account, currency, balance)
  SELECT account, currency, amount FROM leg ORDER BY account
  ON CONFLICT (account, currency) DO UPDATE SET balance = a.balance + excluded.balance`;

/**
 * One statement, one round trip, one transaction. No row comes back when the key is taken; of two requests with one key
 * at the same time PostgreSQL lets the second wait for the first.
 */
export const createPayment: Statement = {
  name: "create-payment",
  text: `
WITH payment AS (
  INSERT INTO payments (id, idempotency_key, request_fingerprint, first_answer, status, amount, currency,
    debtor_account, creditor_account, reference, created_at, captured_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
  ON CONFLICT (idempotency_key) DO NOTHING
  RETURNING id
), leg AS (
  SELECT payment.id, side.account, $7::text AS currency, side.amount
  FROM payment, (VALUES ($8::text, -$6::bigint), ($9::text, $6::bigint)) AS side (account, amount)
  WHERE $5::text = 'captured'
), entry AS (
  INSERT INTO entries (payment_id, movement, account, currency, amount, created_at)
  SELECT id, 'capture', account, currency, amount, $11::timestamptz FROM leg
), balance AS (${moveBalances}
), event AS (
  INSERT INTO outbox (payment_id, event, created_at)
  SELECT id, 'payment.' || $5::text, $11::timestamptz FROM payment
)
SELECT id FROM payment`,
};

export const findFirstAnswer: Statement = {
  name: "find-first-answer",
  text: "SELECT id, request_fingerprint, first_answer FROM payments WHERE idempotency_key = $1",
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
