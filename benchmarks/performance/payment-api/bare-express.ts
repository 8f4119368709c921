import { randomUUID } from "node:crypto";
import express from "express";

/** The yardstick: express as its guide writes it, with the JSON answer of payment-api and nothing behind it. */
const app = express();
app.use(express.json());
app.post("/payments", (request, response) => {
  const payment = request.body as Record<string, unknown>;
  const createdAt = new Date().toISOString();
  response.status(201).json({
    id: randomUUID(),
    status: "captured",
    amount: payment.amount,
    currency: payment.currency,
    debtorAccount: payment.debtorAccount,
    creditorAccount: payment.creditorAccount,
    reference: null,
    createdAt,
    capturedAt: createdAt,
    refundedAt: null,
  });
});
app.listen(Number(process.env.PORT), "127.0.0.1");
