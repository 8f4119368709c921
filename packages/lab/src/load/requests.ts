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
      return createPayments(workload, hostName, new Random(seed).stream("payments"));
  }
}

export function idempotencyKey(run: string, index: number): string {
  return `${run}-${index}`;
}

type Payments = Extract<Workload, { kind: "payments" }>;

function createPayments(
  { run, accounts, currency }: Payments,
  hostName: string,
  random: Random,
): (index: number) => string {
  const head = `POST /payments HTTP/1.1\r\nHost: ${hostName}\r\nContent-Type: application/json\r\n`;
  return (index) => {
    const debtor = random.below(accounts);
    const creditor = (debtor + 1 + random.below(accounts - 1)) % accounts;
    const body = JSON.stringify({
      amount: 100 + random.below(100_000),
      currency,
      debtorAccount: `customer-${debtor}`,
      creditorAccount: `customer-${creditor}`,
    });
    // All characters are ASCII: length in characters is length in bytes.
    return `${head}Idempotency-Key: ${idempotencyKey(run, index)}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  };
}
