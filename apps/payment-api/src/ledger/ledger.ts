import pg from "pg";
import { Problem } from "../http/problem.ts";
import type { Payment, PaymentStatus } from "../payment.ts";
import type { Database, Statement } from "./database.ts";
import { migration } from "./schema.ts";
import {
  capturePayment,
  createPayment,
  findBalances,
  findFirstAnswer,
  findPayment,
  refundPayment,
} from "./statements.ts";

/** The double-entry ledger. Each change is one statement: it happens with its entries, balances and event, or not at all. */
export interface Ledger {
  /** Idempotent, and safe to run by many replicas at once. */
  migrate(): Promise<void>;
  create(creation: Creation): Promise<CreationOutcome>;
  find(id: string): Promise<Payment | undefined>;
  capture(id: string, now: string): Promise<TransitionOutcome>;
  refund(id: string, now: string): Promise<TransitionOutcome>;
  /** Empty when the account was never used. */
  balances(account: string): Promise<readonly Balance[]>;
}

export interface Creation {
  readonly idempotencyKey: string;
  readonly fingerprint: string;
  readonly payment: Payment;
  /** The body that the client gets now and at every replay. */
  readonly answer: string;
}

export type CreationOutcome =
  | { readonly kind: "created" }
  | { readonly kind: "replayed"; readonly id: string; readonly answer: string }
  | { readonly kind: "key reused" };

export type TransitionOutcome =
  | { readonly kind: "done"; readonly payment: Payment }
  | { readonly kind: "refused"; readonly status: PaymentStatus }
  | { readonly kind: "not found" };

export interface Balance {
  readonly currency: string;
  /** Minor units; what went in minus what went out. */
  readonly balance: number;
}

export function createLedger(database: Database): Ledger {
  return {
    migrate: () => database.execute(migration),
    create: (creation) => withinBalanceLimit(() => create(database, creation)),
    find: (id) => find(database, id),
    capture: (id, now) => withinBalanceLimit(() => transition(database, capturePayment, id, now)),
    refund: (id, now) => withinBalanceLimit(() => transition(database, refundPayment, id, now)),
    async balances(account) {
      const rows = await database.query(findBalances, [account]);
      return rows.map((row) => ({ currency: String(row.currency), balance: Number(row.balance) }));
    },
  };
}

async function create(database: Database, creation: Creation): Promise<CreationOutcome> {
  const { idempotencyKey, fingerprint, payment, answer } = creation;
  const created = await database.query(createPayment, [
    payment.id,
    idempotencyKey,
    fingerprint,
    answer,
    payment.status,
    payment.amount,
    payment.currency,
    payment.debtorAccount,
    payment.creditorAccount,
    payment.reference,
    payment.createdAt,
    payment.capturedAt,
  ]);
  if (created.length > 0) return { kind: "created" };
  const [first] = await database.query(findFirstAnswer, [idempotencyKey]);
  if (!first) throw new Error("a payment was deleted while it was being replayed");
  if (first.request_fingerprint !== fingerprint) return { kind: "key reused" };
  return { kind: "replayed", id: String(first.id), answer: String(first.first_answer) };
}

async function find(database: Database, id: string): Promise<Payment | undefined> {
  const [row] = await database.query(findPayment, [id]);
  return row && toPayment(row);
}

async function transition(
  database: Database,
  statement: Statement,
  id: string,
  now: string,
): Promise<TransitionOutcome> {
  const [changed] = await database.query(statement, [id, now]);
  if (changed) return { kind: "done", payment: toPayment(changed) };
  const payment = await find(database, id);
  return payment ? { kind: "refused", status: payment.status } : { kind: "not found" };
}

async function withinBalanceLimit<T>(change: () => Promise<T>): Promise<T> {
  try {
    return await change();
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.constraint === "accounts_balance_limit")
      throw new Problem("balance-limit", "A balance stays within 2^53 - 1 minor units. Nothing was moved.");
    throw error;
  }
}

/** The columns' types and checks in schema.ts vouch for the casts; `bigint` arrives as text and is within 10^12. */
function toPayment(row: pg.QueryResultRow): Payment {
  return {
    id: row.id as string,
    status: row.status as PaymentStatus,
    amount: Number(row.amount),
    currency: row.currency as string,
    debtorAccount: row.debtor_account as string,
    creditorAccount: row.creditor_account as string,
    reference: row.reference as string | null,
    createdAt: (row.created_at as Date).toISOString(),
    capturedAt: (row.captured_at as Date | null)?.toISOString() ?? null,
    refundedAt: (row.refunded_at as Date | null)?.toISOString() ?? null,
  };
}
