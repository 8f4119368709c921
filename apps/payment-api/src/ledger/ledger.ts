import pg from "pg";
import type { Payment, PaymentStatus } from "../payment.ts";
import { type Database, ledgerUnavailable, type Statement } from "./database.ts";
import { gather } from "./gather.ts";
import { migration } from "./schema.ts";
import {
  capturePayment,
  createPayments,
  findBalances,
  findFirstAnswers,
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
  | { readonly kind: "key reused" }
  | { readonly kind: "over the limit" };

export type TransitionOutcome =
  | { readonly kind: "done"; readonly payment: Payment }
  | { readonly kind: "refused"; readonly status: PaymentStatus }
  | { readonly kind: "not found" }
  /** An account's balance would pass 2^53 - 1; nothing was moved. */
  | { readonly kind: "over the limit" };

export interface Balance {
  readonly currency: string;
  /** Minor units; what went in minus what went out. */
  readonly balance: number;
}

/**
 * New payments are written by one statement at a time: two at once hold half as many payments each, and lock each
 * other's accounts. When PostgreSQL goes mute, those that wait are answered soon and do not pile up.
 */
const creationLimits = { sizeMax: 32, waitMsMax: 2_000, tooLate: ledgerUnavailable };

export function createLedger(database: Database): Ledger {
  return {
    migrate: () => database.execute(migration),
    create: gather((creations) => createTogether(database, creations), creationLimits),
    find: (id) => find(database, id),
    capture: (id, now) => transition(database, capturePayment, id, now),
    refund: (id, now) => transition(database, refundPayment, id, now),
    async balances(account) {
      const rows = await database.query(findBalances, [account]);
      return rows.map((row) => ({ currency: String(row.currency), balance: Number(row.balance) }));
    },
  };
}

/** One statement for all; when it is refused because of one of them, one statement for each. */
async function createTogether(database: Database, creations: readonly Creation[]): Promise<CreationOutcome[]> {
  const created = await unlessOverLimit(() => database.query(createPayments, [JSON.stringify(creations.map(toRow))]));
  if (created) return outcomesOf(database, creations, new Set(created.map(({ id }) => String(id))));
  if (creations.length === 1) return [{ kind: "over the limit" }];
  return (await Promise.all(creations.map((creation) => createTogether(database, [creation])))).flat();
}

function toRow({ payment, idempotencyKey, fingerprint, answer }: Creation): Record<string, unknown> {
  return {
    id: payment.id,
    idempotency_key: idempotencyKey,
    request_fingerprint: fingerprint,
    first_answer: answer,
    status: payment.status,
    amount: payment.amount,
    currency: payment.currency,
    debtor_account: payment.debtorAccount,
    creditor_account: payment.creditorAccount,
    reference: payment.reference,
    created_at: payment.createdAt,
    captured_at: payment.capturedAt,
  };
}

async function outcomesOf(
  database: Database,
  creations: readonly Creation[],
  createdIds: ReadonlySet<string>,
): Promise<CreationOutcome[]> {
  const takenKeys = creations.filter(({ payment }) => !createdIds.has(payment.id)).map((one) => one.idempotencyKey);
  const firstAnswers = takenKeys.length > 0 ? await database.query(findFirstAnswers, [takenKeys]) : [];
  const firstOf = new Map(firstAnswers.map((row) => [String(row.idempotency_key), row]));
  return creations.map((creation) =>
    createdIds.has(creation.payment.id)
      ? { kind: "created" }
      : repeatedOutcome(creation, firstOf.get(creation.idempotencyKey)),
  );
}

function repeatedOutcome(creation: Creation, first: pg.QueryResultRow | undefined): CreationOutcome {
  if (!first) throw new Error("a payment was deleted while it was being replayed");
  if (first.request_fingerprint !== creation.fingerprint) return { kind: "key reused" };
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
  const rows = await unlessOverLimit(() => database.query(statement, [id, now]));
  if (!rows) return { kind: "over the limit" };
  const [changed] = rows;
  if (changed) return { kind: "done", payment: toPayment(changed) };
  const payment = await find(database, id);
  return payment ? { kind: "refused", status: payment.status } : { kind: "not found" };
}

async function unlessOverLimit<T>(change: () => Promise<T>): Promise<T | undefined> {
  try {
    return await change();
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.constraint === "accounts_balance_limit") return undefined;
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
