import { describe, expect, test } from "vitest";
import { startLoad } from "../src/load/load.ts";
import { outcomes } from "../src/load/spec.ts";
import { countsAgree, describeLoad, startHttp, startTcp } from "./server.ts";

describe("how requests end", () => {
  test("2xx is ok, any other answer an error, by the revision that gave it", async () => {
    let served = 0;
    await using server = await startHttp((_request, response) => {
      const isBad = served++ % 4 === 0;
      response.writeHead(isBad ? 503 : 201, { "x-emulator-revision": isBad ? "bad" : "good" }).end("x");
    });
    await using load = startLoad(describeLoad(server.port));
    const result = await load.ended();
    expect(result.totals).toEqual({
      ok: served - Math.ceil(served / 4),
      error: Math.ceil(served / 4),
      refused: 0,
      timeout: 0,
    });
    expect(result.totalsByRevision).toEqual({
      good: { ok: result.totals.ok, failed: 0 },
      bad: { ok: 0, failed: result.totals.error },
    });
    expect(new Set(result.statusByRequest)).toEqual(new Set([201, 503]));
    expect(result.outcomeByRequest.length).toBe(served);
    expect(countsAgree(result)).toBe(true);
  });

  test("sends every request that the schedule has, with the host that it was told", async () => {
    const hosts = new Set<string | undefined>();
    await using server = await startHttp((request, response) => {
      hosts.add(`${request.method} ${request.url} ${request.headers.host}`);
      response.end();
    });
    await using load = startLoad(
      describeLoad(server.port, { ratePerSecond: 1_000, durationMs: 500, connectionsMax: 512 }),
    );
    const { totals } = await load.ended();
    expect(totals).toEqual({ ok: 500, error: 0, refused: 0, timeout: 0 });
    expect(hosts).toEqual(new Set(["GET / service.example"]));
  });

  test("nobody listens: refused", async () => {
    const { port } = await closedServer();
    await using load = startLoad(describeLoad(port, { durationMs: 100 }));
    const result = await load.ended();
    expect(result.totals.refused).toBe(result.outcomeByRequest.length);
    expect(result.totals.refused).toBeGreaterThan(0);
    expect(result.latency.maxMs).toBe(0);
    expect(countsAgree(result)).toBe(true);
  });

  test.each([
    ["the connection breaks", (text: string) => text.slice(0, 30)],
    ["the answer is not HTTP", () => "220 mail.example ESMTP\r\n\r\n"],
    ["the body is cut short", (text: string) => text.slice(0, -1)],
  ])("%s before the answer is complete: refused", async (_name, change) => {
    await using server = await startTcp((socket) => {
      socket.once("data", () => socket.end(change("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")));
    });
    await using load = startLoad(describeLoad(server.port, { durationMs: 100 }));
    const result = await load.ended();
    expect(result.totals).toEqual({ ok: 0, error: 0, timeout: 0, refused: result.outcomeByRequest.length });
    expect(result.totals.refused).toBeGreaterThan(0);
  });

  test("an answer that ends with its connection is one, and the connection is not used again", async () => {
    await using server = await startTcp((socket) => {
      socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\n\r\nhello"));
    });
    await using load = startLoad(describeLoad(server.port, { ratePerSecond: 100 }));
    const result = await load.ended();
    expect(result.totals).toEqual({ ok: result.outcomeByRequest.length, error: 0, timeout: 0, refused: 0 });
  });

  test("no answer in time: timeout, counted for when the request should have left", async () => {
    await using server = await startTcp((socket) => void socket.resume());
    const spec = describeLoad(server.port, {
      ratePerSecond: 100,
      timeoutMs: 300,
      durationMs: 300,
      connectionsMax: 512,
    });
    await using load = startLoad(spec);
    const result = await load.ended();
    expect(result.totals).toEqual({ ok: 0, error: 0, refused: 0, timeout: result.outcomeByRequest.length });
    expect(result.totals.timeout).toBeGreaterThan(0);
    expect(new Set(result.statusByRequest)).toEqual(new Set([0]));
    expect(result.buckets.every(({ atMs }) => atMs < result.durationMs)).toBe(true);
  });
});

describe("open loop", () => {
  test("a server that stands still is charged for every request that should have been served meanwhile", async () => {
    let isToPause = true;
    await using server = await startHttp((_request, response) => {
      if (isToPause) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
      isToPause = false;
      response.end();
    });
    await using load = startLoad(
      describeLoad(server.port, { ratePerSecond: 200, durationMs: 1_000, connectionsMax: 512 }),
    );
    const { latency, totals, outcomeByRequest } = await load.ended();
    expect(totals.ok).toBe(outcomeByRequest.length);
    // Half of the second: a closed loop with any number of connections would have one slow answer for each of them.
    expect(latency.maxMs).toBeGreaterThanOrEqual(490);
    expect(latency.p99Ms).toBeGreaterThan(400);
    expect(latency.p90Ms).toBeGreaterThan(300);
  });

  test("requests wait when all connections are busy, and that shows as dispatch lag and as latency", async () => {
    await using server = await startHttp((_request, response) => void setTimeout(() => response.end(), 50));
    await using load = startLoad(describeLoad(server.port, { ratePerSecond: 400, durationMs: 500, connectionsMax: 3 }));
    const { dispatchLag, latency, serviceTime } = await load.ended();
    expect(server.connections).toBe(3);
    // Three connections serve 60 per second of the 400 that should leave.
    expect(dispatchLag.maxMs).toBeGreaterThan(200);
    expect(latency.maxMs).toBeGreaterThan(dispatchLag.p90Ms);
    // What a tool that forgets the schedule would tell.
    expect(serviceTime.p50Ms).toBeGreaterThanOrEqual(49);
    expect(serviceTime.p50Ms).toBeLessThan(latency.p50Ms);
  });

  test("idle connections are used again", async () => {
    await using server = await startHttp((_request, response) => void response.end());
    await using load = startLoad(describeLoad(server.port, { connectionsMax: 2 }));
    const { totals } = await load.ended();
    expect(totals.ok).toBeGreaterThan(50);
    expect(server.connections).toBeLessThanOrEqual(2);
  });
});

describe("the end of a load", () => {
  test("stop sends nothing more, and waits for the answers to what was sent", async () => {
    let served = 0;
    const { promise: firstServed, resolve: announce } = Promise.withResolvers<void>();
    await using server = await startHttp((_request, response) => {
      served += 1;
      announce();
      setTimeout(() => response.end(), 300);
    });
    const { durationMs: _, ...endless } = describeLoad(server.port, { ratePerSecond: 100 });
    await using load = startLoad(endless);
    await firstServed;
    const result = await load.stop();
    expect(result.totals).toEqual({ ok: served, error: 0, refused: 0, timeout: 0 });
    expect([...result.outcomeByRequest]).toEqual(Array(served).fill(outcomes.indexOf("ok")));
    expect(await load.stop()).toBe(result);
  });

  test("tells meanwhile what is known so far, and in the end the same", async () => {
    await using server = await startHttp((_request, response) => void response.end());
    await using load = startLoad(describeLoad(server.port, { durationMs: 1_000 }));
    await expect.poll(() => load.buckets().length, { timeout: 10_000 }).toBeGreaterThan(0);
    const [first] = load.buckets();
    const result = await load.ended();
    expect(first?.atMs).toBe(0);
    expect(result.buckets.map(({ atMs }) => atMs)).toEqual(result.buckets.map((_, index) => index * result.bucketMs));
    expect(first?.counts.ok).toBeLessThanOrEqual(result.buckets[0]?.counts.ok ?? 0);
  });

  test("disposing of a load that runs ends it", async () => {
    await using server = await startHttp((_request, response) => void response.end());
    const { durationMs: _, ...endless } = describeLoad(server.port);
    const load = startLoad(endless);
    await load[Symbol.asyncDispose]();
    await expect(load.ended()).rejects.toThrow("load generator ended");
  });
});

test("payments: valid ones, the same for the same seed, each with the key of its run and number", async () => {
  const first = await collectPayments("seed-1");
  const again = await collectPayments("seed-1");
  const other = await collectPayments("seed-2");
  const shared = Math.min(first.length, again.length, other.length);
  expect(shared).toBeGreaterThan(10);
  expect(first.slice(0, shared)).toEqual(again.slice(0, shared));
  expect(first.slice(0, shared)).not.toEqual(other.slice(0, shared));
  for (const [index, { key, body }] of first.entries()) {
    expect(key).toBe(`run-${index}`);
    expect(body.currency).toBe("NOK");
    expect(Number.isSafeInteger(body.amount) && Number(body.amount) > 0).toBe(true);
    expect(body.debtorAccount).not.toBe(body.creditorAccount);
  }
});

interface SentPayment {
  readonly key: string;
  readonly body: Record<string, unknown>;
}

async function collectPayments(seed: string): Promise<SentPayment[]> {
  const payments: SentPayment[] = [];
  await using server = await startHttp(async (request, response) => {
    const chunks = await request.setEncoding("utf8").toArray();
    payments.push({
      key: String(request.headers["idempotency-key"]),
      body: JSON.parse(chunks.join("")) as Record<string, unknown>,
    });
    response.writeHead(201).end();
  });
  const workload = { kind: "payments", run: "run", accounts: 5, currency: "NOK" } as const;
  await using load = startLoad(describeLoad(server.port, { seed, workload, connectionsMax: 1, durationMs: 300 }));
  await load.ended();
  return payments;
}

async function closedServer(): Promise<{ port: number }> {
  await using server = await startTcp(() => {});
  return { port: server.port };
}
