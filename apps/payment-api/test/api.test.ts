import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { queryOnce, startPostgres, type TestPostgres } from "./postgres.ts";
import { type Answer, newKey, paymentOf, startService, type TestService, wrongInLedger } from "./service.ts";

const anyText: unknown = expect.any(String);
const anyDay: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\d$/);

let postgres: TestPostgres;
let api: TestService;

beforeAll(async () => {
  postgres = await startPostgres();
  api = await startService(await postgres.createDatabase());
});

afterAll(async () => {
  await api?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
});

describe("a payment", () => {
  test("is created, captured at once, and can be read", async () => {
    const created = await api.pay(
      newKey(),
      paymentOf({ debtorAccount: "d1", creditorAccount: "c1", reference: "øl 🍺" }),
    );
    expect(created.status).toBe(201);
    expect(created.body).toEqual({
      id: anyText,
      status: "captured",
      amount: 1200,
      currency: "NOK",
      debtorAccount: "d1",
      creditorAccount: "c1",
      reference: "øl 🍺",
      createdAt: anyText,
      capturedAt: created.body.createdAt,
      refundedAt: null,
    });
    expect(created.headers.get("location")).toBe(`/payments/${String(created.body.id)}`);
    expect((await api.get(`/payments/${String(created.body.id)}`)).body).toEqual(created.body);
    expect((await api.get("/accounts/d1/balance")).body).toEqual({
      account: "d1",
      balances: [{ currency: "NOK", balance: -1200 }],
    });
    expect((await api.get("/accounts/c1/balance")).body.balances).toEqual([{ currency: "NOK", balance: 1200 }]);
  });

  test("goes from authorized to captured to refunded, and no other way", async () => {
    const accounts = { debtorAccount: "d2", creditorAccount: "c2" };
    const { body } = await api.pay(newKey(), paymentOf({ ...accounts, capture: false }));
    const path = `/payments/${String(body.id)}`;
    expect(body).toMatchObject({ status: "authorized", capturedAt: null });
    expect((await api.get("/accounts/d2/balance")).status).toBe(404);
    expectProblem(await api.post(`${path}/refund`), 409, "invalid-transition");
    const captured = await api.post(`${path}/capture`);
    expect(captured).toMatchObject({ status: 200, body: { status: "captured", capturedAt: anyText } });
    expect((await api.get("/accounts/d2/balance")).body.balances).toEqual([{ currency: "NOK", balance: -1200 }]);
    expectProblem(await api.post(`${path}/capture`), 409, "invalid-transition");
    const refunded = await api.post(`${path}/refund`);
    expect(refunded).toMatchObject({ status: 200, body: { status: "refunded", refundedAt: anyText } });
    expect((await api.get("/accounts/d2/balance")).body.balances).toEqual([{ currency: "NOK", balance: 0 }]);
    expectProblem(await api.post(`${path}/refund`), 409, "invalid-transition");
    expectProblem(await api.post(`${path}/capture`), 409, "invalid-transition");
    expect((await api.get(path)).body).toEqual(refunded.body);
  });

  test("is the same payment when its key comes again, even after it has changed", async () => {
    const key = newKey();
    const first = await api.pay(key, paymentOf({ debtorAccount: "d3", capture: false }));
    await api.post(`/payments/${String(first.body.id)}/capture`);
    const again = await api.pay(
      key,
      ` {"capture":false, "creditorAccount":"shop","debtorAccount":"d3","currency":"NOK","amount":1200}`,
    );
    expect(again.status).toBe(201);
    expect(again.text).toBe(first.text);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(again.headers.get("location")).toBe(first.headers.get("location"));
    expect(first.headers.get("idempotent-replayed")).toBeNull();
  });

  test("with a used key and another body is refused", async () => {
    const key = newKey();
    await api.pay(key, paymentOf());
    expectProblem(await api.pay(key, paymentOf({ amount: 1_201 })), 422, "idempotency-key-reused");
  });

  test("that would pass an account's limit moves nothing", async () => {
    const limit = "9007199254740991";
    await queryOnce(api.databaseUrl, `INSERT INTO accounts VALUES ('full', 'EUR', ${limit})`);
    const refused = await api.pay(
      newKey(),
      paymentOf({ currency: "EUR", debtorAccount: "d4", creditorAccount: "full" }),
    );
    expectProblem(refused, 422, "balance-limit");
    expect((await api.get("/accounts/d4/balance")).status).toBe(404);
    await queryOnce(api.databaseUrl, "DELETE FROM accounts WHERE account = 'full'");
    expect(await wrongInLedger(api.databaseUrl)).toEqual([]);
  });
});

describe("bad input", () => {
  test.each([
    ["negative amount", { amount: -5 }, "amount"],
    ["amount of zero", { amount: 0 }, "amount"],
    ["fractional amount", { amount: 1.5 }, "amount"],
    ["huge amount", { amount: 1_000_000_000_001 }, "amount"],
    ["amount as text", { amount: "5" }, "amount"],
    ["unknown currency", { currency: "XYZ" }, "currency"],
    ["missing debtor", { debtorAccount: undefined }, "debtorAccount"],
    ["account with a space", { debtorAccount: "a b" }, "debtorAccount"],
    ["payment to oneself", { creditorAccount: "anna" }, "creditorAccount"],
    ["reference that PostgreSQL cannot store", { reference: "a\u0000b" }, "reference"],
    ["reference with half a surrogate pair", { reference: "a\ud800b" }, "reference"],
    ["reference that is too long", { reference: "x".repeat(141) }, "reference"],
    ["capture as text", { capture: "yes" }, "capture"],
    ["field that does not exist", { colour: "red" }, "colour"],
  ])("%s is refused with the path of the field", async (_name, changes, path) => {
    const answer = await api.pay(newKey(), paymentOf(changes));
    expectProblem(answer, 422, "invalid-payment");
    expect(answer.body.errors).toEqual([{ path, message: anyText }]);
  });

  test("an amount beyond every number is refused", async () => {
    const answer = await api.pay(newKey(), JSON.stringify(paymentOf({ amount: 42 })).replace("42", "1e400"));
    expectProblem(answer, 422, "invalid-payment");
  });

  test("the largest amount is taken", async () => {
    const answer = await api.pay(newKey(), paymentOf({ amount: 1_000_000_000_000, debtorAccount: "rich" }));
    expect(answer).toMatchObject({ status: 201, body: { amount: 1_000_000_000_000 } });
  });

  test.each(['{"amount":', "", "not json", "\ufeff{}"])("broken JSON %j is refused", async (body) => {
    expectProblem(await api.pay(newKey(), body), 400, "malformed-json");
  });

  test("bytes that are not UTF-8 are refused", async () => {
    const body = Buffer.from(JSON.stringify(paymentOf({ reference: "\u00e5" })), "latin1");
    expectProblem(await postBytes(body), 400, "malformed-json");
  });

  test("a body of 10 MB is refused, and the connection serves on", async () => {
    expectProblem(await postBytes(Buffer.alloc(10_000_000, " ")), 413, "body-too-large");
    expect((await api.pay(newKey(), paymentOf())).status).toBe(201);
  });

  test("another content type or encoding is refused", async () => {
    expectProblem(
      await api.pay(newKey(), paymentOf(), { "content-type": "text/plain" }),
      415,
      "unsupported-media-type",
    );
    expectProblem(await api.pay(newKey(), paymentOf(), { "content-encoding": "gzip" }), 415, "unsupported-media-type");
  });

  test("a missing or malformed Idempotency-Key is refused", async () => {
    expectProblem(await api.pay("", paymentOf()), 400, "idempotency-key-missing");
    expectProblem(await api.pay("a key", paymentOf()), 400, "idempotency-key-invalid");
    expectProblem(await api.pay("k".repeat(256), paymentOf()), 400, "idempotency-key-invalid");
  });

  test("what does not exist is 404", async () => {
    const absent = "00000000-0000-4000-8000-000000000000";
    for (const path of [`/payments/${absent}`, "/payments/1"])
      expectProblem(await api.get(path), 404, "payment-not-found");
    expectProblem(await api.post(`/payments/${absent}/capture`), 404, "payment-not-found");
    expectProblem(await api.get("/accounts/nobody/balance"), 404, "account-not-found");
    expectProblem(await api.get("/nothing/here"), 404, "not-found");
    expectProblem(await api.get("/payments/%zz"), 400, "malformed-request");
  });

  test("the wrong method is 405 and names the right one", async () => {
    const answer = await api.get("/payments");
    expectProblem(answer, 405, "method-not-allowed");
    expect(answer.headers.get("allow")).toBe("POST");
  });
});

describe("version 1.1.0", () => {
  test("shows itself, and replays what 1.0.0 answered", async () => {
    await using next = await startService(api.databaseUrl, { APP_VERSION: "1.1.0" });
    const key = newKey();
    const old = await api.pay(key, paymentOf());
    expect((await next.pay(key, paymentOf())).text).toBe(old.text);
    const created = await next.pay(newKey(), paymentOf());
    expect(created.body).toMatchObject({
      processedBy: "payment-api/1.1.0",
      settlesOn: anyDay,
    });
    expect(created.headers.get("x-app-version")).toBe("1.1.0");
    expect(old.headers.get("x-app-version")).toBe("1.0.0");
  });

  test("fails the share of payments that it is told to, the same ones for the same seed", async () => {
    const faults = { FAULT_ERROR_RATE: "0.5", FAULT_SEED: "3" };
    async function statuses(version: string): Promise<number[]> {
      await using service = await startService(await postgres.createDatabase(), { APP_VERSION: version, ...faults });
      const answers: number[] = [];
      for (let n = 0; n < 20; n += 1) answers.push((await service.pay(newKey(), paymentOf())).status);
      const [row] = await queryOnce(service.databaseUrl, "SELECT count(*)::int AS count FROM payments");
      expect(row?.count).toBe(answers.filter((status) => status === 201).length);
      return answers;
    }
    const first = await statuses("1.1.0");
    expect(new Set(first)).toEqual(new Set([201, 500]));
    expect(await statuses("1.1.0")).toEqual(first);
    expect(new Set(await statuses("1.0.0"))).toEqual(new Set([201]));
  });
});

test("logs name routes and identifiers, never accounts or the database's password", async () => {
  await api.pay(newKey(), paymentOf({ debtorAccount: "secret-account-42" }), { "x-request-id": "follow-me.1" });
  await api.get("/accounts/secret-account-42/balance");
  const line = api
    .log()
    .split("\n")
    .find((text) => text.includes("follow-me.1"));
  expect(JSON.parse(line ?? "{}")).toMatchObject({ method: "POST", route: "/payments", status: 201 });
  expect(api.log()).toContain("/accounts/:id/balance");
  expect(api.log()).not.toContain("secret-account-42");
  expect(api.log()).not.toContain(new URL(api.databaseUrl).password);
});

test("metrics count requests by route and status, and payments", async () => {
  await api.get("/nothing/here");
  const { text, headers } = await api.get("/metrics");
  expect(headers.get("content-type")).toContain("text/plain");
  expect(text).toMatch(/http_request_duration_seconds_count\{.*method="POST",route="\/payments",status="201"\} [1-9]/);
  expect(text).toMatch(/http_request_duration_seconds_count\{.*route="unmatched",status="404"\} [1-9]/);
  expect(text).toMatch(/payments_total\{.*outcome="created".*\} [1-9]/);
  expect(text).toMatch(/database_connections\{.*state="total".*\} [1-4]\n/);
});

function expectProblem(answer: Answer, status: number, code: string): void {
  expect(answer.body).toMatchObject({ status, code, title: anyText, detail: anyText });
  expect(answer.status).toBe(status);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(answer.body.type).toBe(`urn:fairway:payment-api:problem:${code}`);
  expect(answer.text).not.toMatch(/\.ts:|node_modules/);
}

/** `fetch` gives up on an upload when the answer comes early; this waits for the answer whatever happens. */
function postBytes(body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "idempotency-key": newKey() };
    const outgoing = httpRequest(`${api.url}/payments`, { method: "POST", headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        resolve({
          status: response.statusCode ?? 0,
          headers: new Headers({ "content-type": response.headers["content-type"] ?? "" }),
          text,
          body: JSON.parse(text) as Record<string, unknown>,
        });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
