import { expect, test } from "vitest";
import { queryOnce, startOwnPostgres } from "./postgres.ts";
import {
  type Answer,
  eventually,
  newKey,
  paymentOf,
  startService,
  type TestService,
  wrongInLedger,
} from "./service.ts";

test("PostgreSQL killed in the middle and started again costs 503s, and no payment", async () => {
  await using postgres = await startOwnPostgres();
  await using api = await startService(await postgres.createDatabase());
  const acknowledged = new Map<string, Answer>();
  const refused: Answer[] = [];
  const paying = new AbortController();
  const payers = Array.from({ length: 8 }, () => payOn(api, acknowledged, refused, paying.signal));
  try {
    await eventually(
      async () => acknowledged.size,
      (count) => count > 100,
    );
    await postgres.kill();
    await eventually(
      async () => refused.length,
      (count) => count > 0,
    );
    const [ready, live] = [await api.get("/health/ready"), await api.get("/health/live")];
    expect([ready.status, live.status]).toEqual([503, 200]);
  } finally {
    await postgres.restart();
  }
  const before = acknowledged.size;
  await eventually(
    async () => acknowledged.size,
    (count) => count > before + 100,
  );
  paying.abort();
  await Promise.all(payers);

  for (const { status, body, headers } of refused) {
    expect({ status, code: body.code }).toEqual({ status: 503, code: "ledger-unavailable" });
    expect(headers.get("content-type")).toBe("application/problem+json");
  }
  const rows = await queryOnce(api.databaseUrl, "SELECT idempotency_key, id FROM payments");
  expect(new Map(rows.map((row) => [row.idempotency_key, row.id]))).toEqual(
    new Map([...acknowledged].map(([key, { body }]) => [key, body.id])),
  );
  expect(await wrongInLedger(api.databaseUrl)).toEqual([]);
});

/** Sends each payment until it is acknowledged, with the same key, as the README tells clients to. */
async function payOn(
  api: TestService,
  acknowledged: Map<string, Answer>,
  refused: Answer[],
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const key = newKey();
    for (;;) {
      const answer = await api.pay(key, paymentOf());
      if (answer.status === 201) {
        acknowledged.set(key, answer);
        break;
      }
      refused.push(answer);
    }
  }
}
