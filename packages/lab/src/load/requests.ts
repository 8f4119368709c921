import { Random } from "@fairway/kernel";
import type { LoadSpec, Workload } from "./spec.ts";

/** Makes the bytes of request `index`. The same seed gives the same requests. */
export function createRequests({ workload, hostName, seed }: LoadSpec): (index: number) => string {
  switch (workload.kind) {
    case "get": {
      const text = `GET ${workload.path} HTTP/1.1\r\nHost: ${hostName}\r\n\r\n`;
      return () => text;
    }
    case "payments":
      return writePayments(workload, hostName, createPayments(workload, seed));
  }
}

export function idempotencyKey(run: string, index: number): string {
  return `${run}-${index}`;
}

export type PaymentsWorkload = Extract<Workload, { kind: "payments" }>;

/** The body of a payment request. */
export interface RequestedPayment {
  /** Minor units. */
  readonly amount: number;
  readonly currency: string;
  readonly debtorAccount: string;
  readonly creditorAccount: string;
}

/** The n-th call tells what request n asks for, counted from 0. The same seed gives the same payments. */
export function createPayments({ accounts, currency }: PaymentsWorkload, seed: string): () => RequestedPayment {
  const random = new Random(seed).stream("payments");
  return () => {
    const debtor = random.below(accounts);
    const creditor = (debtor + 1 + random.below(accounts - 1)) % accounts;
    return {
      amount: 100 + random.below(100_000),
      currency,
      debtorAccount: `customer-${debtor}`,
      creditorAccount: `customer-${creditor}`,
    };
  };
}

function writePayments(
  { run }: PaymentsWorkload,
  hostName: string,
  nextPayment: () => RequestedPayment,
): (index: number) => string {
  const head = `POST /payments HTTP/1.1\r\nHost: ${hostName}\r\nContent-Type: application/json\r\n`;
  return (index) => {
    const body = JSON.stringify(nextPayment());
    // All characters are ASCII: length in characters is length in bytes.
    return `${head}Idempotency-Key: ${idempotencyKey(run, index)}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  };
}
