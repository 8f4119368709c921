import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import pino from "pino";
import { type PaymentService, startPaymentService } from "../src/service.ts";
import { readSettings } from "../src/settings.ts";
import { queryOnce } from "./postgres.ts";

export interface TestService extends AsyncDisposable {
  readonly url: string;
  readonly databaseUrl: string;
  readonly service: PaymentService;
  log(): string;
  pay(key: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  get(path: string): Promise<Answer>;
  post(path: string): Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body. */
  readonly body: Record<string, unknown>;
}

/** The service in this process, and what config-server would answer; both on ports of their own. */
export async function startService(
  databaseUrl: string,
  environment: Record<string, string> = {},
): Promise<TestService> {
  const configServer = await startConfiguration();
  const test = await startServiceOnly(databaseUrl, { CONFIG_URL: configServer.url, ...environment });
  await test.service.started;
  return {
    ...test,
    async [Symbol.asyncDispose]() {
      await test[Symbol.asyncDispose]();
      await configServer[Symbol.asyncDispose]();
    },
  };
}

/** Not started yet when it resolves. */
export async function startServiceOnly(databaseUrl: string, environment: Record<string, string>): Promise<TestService> {
  const read = readSettings({ DATABASE_URL: databaseUrl, PORT: "0", SHUTDOWN_DRAIN_MS: "0", ...environment });
  if (read.kind === "invalid") throw new Error(read.problems.join("\n"));
  const lines: string[] = [];
  const service = await startPaymentService(read.settings, pino({ base: null, level: "debug" }, collectInto(lines)));
  const url = `http://127.0.0.1:${service.port}`;
  return {
    url,
    databaseUrl,
    service,
    log: () => lines.join(""),
    pay: (key, body, headers = {}) =>
      request(`${url}/payments`, {
        method: "POST",
        headers: { "content-type": "application/json", "idempotency-key": key, ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    get: (path) => request(url + path),
    post: (path) => request(url + path, { method: "POST" }),
    [Symbol.asyncDispose]: () => service.stop(),
  };
}

export async function startConfiguration(): Promise<{ url: string; server: Server } & AsyncDisposable> {
  const server = createServer((_request, response) => {
    response.end(JSON.stringify({ app: "payment-api", revision: "7", settings: { amountMinorUnitsMax: 10 ** 12 } }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    server,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export async function request(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  const isJson = /json/.test(response.headers.get("content-type") ?? "");
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson ? (JSON.parse(text) as Record<string, unknown>) : {},
  };
}

export function paymentOf(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return { amount: 1_200, currency: "NOK", debtorAccount: "anna", creditorAccount: "shop", ...changes };
}

export function newKey(): string {
  return randomUUID();
}

/** Asks until the answer is right; throws the last one when the deadline passes. */
export async function eventually<T>(ask: () => Promise<T>, isRight: (answer: T) => boolean): Promise<T> {
  const deadlineMs = Date.now() + 15_000;
  for (;;) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    if (Date.now() > deadlineMs) throw new Error(`not in time: ${JSON.stringify(answer)}`);
    await delay(20);
  }
}

/** What a bookkeeper would object to: nothing, when the ledger is right. */
export async function wrongInLedger(databaseUrl: string): Promise<Record<string, unknown>[]> {
  return queryOnce(
    databaseUrl,
    `
    SELECT 'payment does not sum to zero' AS wrong, payment_id::text AS subject FROM entries
    GROUP BY payment_id HAVING sum(amount) <> 0
    UNION ALL
    SELECT 'entries do not match the state', p.id::text
    FROM payments p LEFT JOIN entries e ON e.payment_id = p.id GROUP BY p.id
    HAVING count(e.payment_id) <> CASE p.status WHEN 'authorized' THEN 0 WHEN 'captured' THEN 2 ELSE 4 END
      OR sum(abs(e.amount)) <> p.amount * count(e.payment_id)
    UNION ALL
    SELECT 'events do not match the state', p.id::text
    FROM payments p LEFT JOIN outbox o ON o.payment_id = p.id GROUP BY p.id
    HAVING count(*) FILTER (WHERE o.event = 'payment.captured') <> CASE p.status WHEN 'authorized' THEN 0 ELSE 1 END
      OR count(*) FILTER (WHERE o.event = 'payment.refunded') <> CASE p.status WHEN 'refunded' THEN 1 ELSE 0 END
    UNION ALL
    SELECT 'entries of no payment', e.payment_id::text FROM entries e LEFT JOIN payments p ON p.id = e.payment_id
    WHERE p.id IS NULL
    UNION ALL
    SELECT 'balance is not the sum of the entries', coalesce(a.account, e.account)
    FROM accounts a
    FULL JOIN (SELECT account, currency, sum(amount) AS total FROM entries GROUP BY 1, 2) e USING (account, currency)
    WHERE a.balance IS DISTINCT FROM e.total`,
  );
}

function collectInto(lines: string[]): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
}
