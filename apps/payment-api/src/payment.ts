import { hash } from "node:crypto";
import { z } from "zod";
import { currencies } from "./currencies.ts";
import { type FieldError, Problem } from "./http/problem.ts";
import type { Version } from "./settings.ts";

/** `authorized` moves no money yet; `captured` has moved it; `refunded` has moved it back. */
export type PaymentStatus = "authorized" | "captured" | "refunded";

export interface Payment {
  readonly id: string;
  readonly status: PaymentStatus;
  /** Minor units of the currency, 1 to 10^12. */
  readonly amount: number;
  /** ISO 4217 code. */
  readonly currency: string;
  readonly debtorAccount: string;
  readonly creditorAccount: string;
  readonly reference: string | null;
  /** ISO 8601, UTC; so are the two below. */
  readonly createdAt: string;
  readonly capturedAt: string | null;
  readonly refundedAt: string | null;
}

export type PaymentRequest = z.infer<typeof requestSchema>;

/** The largest amount that any configuration can allow: 10^12 minor units. */
export const amountMax = 1_000_000_000_000;

const accountForm = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;

export function isAccount(text: string): boolean {
  return accountForm.test(text);
}

const account = z
  .string()
  .regex(accountForm, "must be 1 to 64 letters, digits, '.', '_', ':' or '-', and start with a letter or digit");

const requestSchema = z
  .strictObject({
    amount: z.number().int("must be an integer: minor units of the currency").min(1).max(amountMax),
    currency: z.string().refine((code) => currencies.has(code), "must be an ISO 4217 code, for example NOK"),
    debtorAccount: account,
    creditorAccount: account,
    reference: z
      .string()
      .min(1)
      .max(140)
      .refine(isPlainText, "must be plain text without control characters")
      .optional(),
    capture: z.boolean().default(true),
  })
  .refine((payment) => payment.debtorAccount !== payment.creditorAccount, {
    path: ["creditorAccount"],
    message: "must differ from debtorAccount",
  });

/** PostgreSQL stores neither U+0000 nor half of a surrogate pair; the other control characters have no place in a reference. */
function isPlainText(text: string): boolean {
  return !/[\p{Cc}\p{Cs}]/u.test(text);
}

/** Throws `invalid-payment` with the path of every wrong field. */
export function parsePaymentRequest(body: unknown, configuredAmountMax: number): PaymentRequest {
  const parsed = requestSchema.safeParse(body);
  if (!parsed.success) throw invalidPayment(parsed.error.issues.flatMap(fieldErrors));
  if (parsed.data.amount > configuredAmountMax)
    throw invalidPayment([{ path: "amount", message: `must be at most ${configuredAmountMax}, as configured` }]);
  return parsed.data;
}

function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => ({ path: key, message: "is not a field" }));
  return [{ path: issue.path.join("."), message: issue.message }];
}

function invalidPayment(errors: readonly FieldError[]): Problem {
  const detail = errors.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join("; ");
  return new Problem("invalid-payment", detail, { errors });
}

export function newPayment(id: string, request: PaymentRequest, createdAt: string): Payment {
  const { amount, currency, debtorAccount, creditorAccount, reference = null } = request;
  return {
    id,
    status: request.capture ? "captured" : "authorized",
    amount,
    currency,
    debtorAccount,
    creditorAccount,
    reference,
    createdAt,
    capturedAt: request.capture ? createdAt : null,
    refundedAt: null,
  };
}

/** Equal for two bodies that ask for the same payment, whatever their white space and order of fields. */
export function fingerprintOf(request: PaymentRequest): string {
  const { amount, currency, debtorAccount, creditorAccount, reference = null, capture } = request;
  return hash(
    "sha256",
    JSON.stringify([amount, currency, debtorAccount, creditorAccount, reference, capture]),
    "base64",
  );
}

/** How a version shows a payment. 1.1.0 adds two fields, so that one can see which version answered. */
export function present(payment: Payment, version: Version): object {
  if (version === "1.0.0") return payment;
  return { ...payment, processedBy: `payment-api/${version}`, settlesOn: dayAfter(payment.createdAt) };
}

function dayAfter(instant: string): string {
  return new Date(Date.parse(instant) + 86_400_000).toISOString().slice(0, 10);
}
