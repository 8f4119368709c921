import { randomUUID } from "node:crypto";
import { type Request, type Response, Router } from "express";
import type { Configuration } from "../configuration.ts";
import type { Faults } from "../faults.ts";
import type { Creation, CreationOutcome, Ledger, TransitionOutcome } from "../ledger/ledger.ts";
import type { Lifecycle } from "../lifecycle.ts";
import type { Metrics } from "../metrics.ts";
import { fingerprintOf, isAccount, newPayment, type Payment, parsePaymentRequest, present } from "../payment.ts";
import type { Version } from "../settings.ts";
import { readJson } from "./body.ts";
import { Problem } from "./problem.ts";
import { sendJson, sendText } from "./send.ts";

export interface PaymentParts {
  readonly version: Version;
  readonly lifecycle: Lifecycle;
  readonly ledger: Ledger;
  readonly metrics: Metrics;
  readonly faults: Faults | undefined;
}

export function createPaymentRoutes(parts: PaymentParts): Router {
  const { version, metrics } = parts;
  const routes = Router();
  routes.post("/payments", (request, response) => postPayment(parts, request, response));
  routes.get("/payments/:id", async (request, response) => {
    const payment = await serving(parts).ledger.find(paymentId(request));
    if (!payment) throw noSuchPayment();
    sendJson(response, 200, present(payment, version));
  });
  routes.post("/payments/:id/capture", async (request, response) => {
    const payment = changed(await serving(parts).ledger.capture(paymentId(request), now()), "authorized");
    metrics.paymentHandled("captured");
    sendJson(response, 200, present(payment, version));
  });
  routes.post("/payments/:id/refund", async (request, response) => {
    const payment = changed(await serving(parts).ledger.refund(paymentId(request), now()), "captured");
    metrics.paymentHandled("refunded");
    sendJson(response, 200, present(payment, version));
  });
  routes.get("/accounts/:id/balance", (request, response) => getBalance(serving(parts).ledger, request, response));
  return routes;
}

async function postPayment(parts: PaymentParts, request: Request, response: Response): Promise<void> {
  const { ledger, configuration } = serving(parts);
  const body = await readJson(request);
  const idempotencyKey = idempotencyKeyOf(request);
  const paymentRequest = parsePaymentRequest(body, configuration.settings.amountMinorUnitsMax);
  await parts.faults?.();
  const payment = newPayment(randomUUID(), paymentRequest, now());
  const answer = JSON.stringify(present(payment, parts.version));
  const creation = { idempotencyKey, fingerprint: fingerprintOf(paymentRequest), payment, answer };
  answerCreation(response, creation, await ledger.create(creation), parts.metrics);
}

function answerCreation(response: Response, creation: Creation, outcome: CreationOutcome, metrics: Metrics): void {
  switch (outcome.kind) {
    case "created":
      metrics.paymentHandled("created");
      sendPayment(response, creation.payment.id, creation.answer);
      return;
    case "replayed":
      metrics.paymentHandled("replayed");
      response.setHeader("idempotent-replayed", "true");
      sendPayment(response, outcome.id, outcome.answer);
      return;
    case "key reused":
      throw new Problem("idempotency-key-reused", "This Idempotency-Key came with another body before. Use a new one.");
    case "over the limit":
      throw overTheLimit();
  }
}

function sendPayment(response: Response, id: string, answer: string): void {
  response.setHeader("location", `/payments/${id}`);
  sendText(response, 201, "application/json; charset=utf-8", answer);
}

function changed(outcome: TransitionOutcome, expected: string): Payment {
  switch (outcome.kind) {
    case "done":
      return outcome.payment;
    case "refused":
      throw new Problem("invalid-transition", `The payment is ${outcome.status}; it has to be ${expected}.`);
    case "not found":
      throw noSuchPayment();
    case "over the limit":
      throw overTheLimit();
  }
}

async function getBalance(ledger: Ledger, request: Request, response: Response): Promise<void> {
  const account = String(request.params.id);
  const balances = isAccount(account) ? await ledger.balances(account) : [];
  if (balances.length === 0) throw new Problem("account-not-found", "No payment has used this account.");
  sendJson(response, 200, { account, balances });
}

function idempotencyKeyOf(request: Request): string {
  const key = request.headers["idempotency-key"];
  if (key === undefined || key === "")
    throw new Problem("idempotency-key-missing", "Send an Idempotency-Key header, so that a retry cannot pay twice.");
  if (typeof key !== "string" || !/^[\x21-\x7e]{1,255}$/.test(key))
    throw new Problem("idempotency-key-invalid", "An Idempotency-Key is 1 to 255 visible ASCII characters.");
  return key;
}

function paymentId(request: Request): string {
  const id = String(request.params.id);
  if (!/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(id)) throw noSuchPayment();
  return id;
}

function overTheLimit(): Problem {
  return new Problem("balance-limit", "A balance stays within 2^53 - 1 minor units. Nothing was moved.");
}

function noSuchPayment(): Problem {
  return new Problem("payment-not-found", "No payment has this id.");
}

/** What a request may use once the replica has started: before, the ledger has no tables. */
function serving({ lifecycle, ledger }: PaymentParts): { ledger: Ledger; configuration: Configuration } {
  const { phase } = lifecycle;
  switch (phase.kind) {
    case "serving":
    case "draining":
      return { ledger, configuration: phase.configuration };
    case "starting":
    case "stopped before it served":
      throw new Problem("not-started", "This replica is not serving payments. Try again.");
  }
}

function now(): string {
  return new Date().toISOString();
}
