import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { Agent, request } from "node:http";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readerOf } from "../src/gateway/body.ts";
import type { Gateway } from "../src/gateway/gateway.ts";
import {
  backend,
  cannedServer,
  closing,
  eventually,
  exchange,
  httpServer,
  RawClient,
  rawServer,
  startGateway,
  type TestServer,
} from "./gateway-parts.ts";

async function gatewayTo(server: TestServer): Promise<Gateway> {
  const gateway = await startGateway();
  gateway.setRoute("app.test", { backends: [backend("rev-1", [server.address])] });
  return gateway;
}

test("what reaches the replica: one Host, one length, who asked; nothing that was for this hop", async () => {
  let seen = "";
  await using server = await rawServer((socket) =>
    socket.on("data", (chunk) => {
      seen += chunk.toString("latin1");
      socket.write("HTTP/1.1 204 No Content\r\n\r\n");
    }),
  );
  await using gateway = await gatewayTo(server);
  await exchange(
    gateway,
    "POST /a?b=c HTTP/1.1\r\nhOsT: app.test:8080\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\n" +
      "Upgrade: h2c\r\nX-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Host: evil.test\r\nX-Forwarded-Proto: https\r\n" +
      "Proxy-Connection: keep-alive\r\nCookie: a=1\r\nContent-Length: 2\r\n\r\nhi",
  );
  expect(seen).toBe(
    "POST /a?b=c HTTP/1.1\r\nhost: app.test:8080\r\nCookie: a=1\r\ncontent-length: 2\r\n" +
      "x-forwarded-for: 203.0.113.7, 127.0.0.1\r\nx-forwarded-proto: http\r\nx-forwarded-host: app.test:8080\r\n\r\nhi",
  );
});

test("what reaches the client: the response as it is, its revision, nothing that was for the other hop", async () => {
  await using server = await cannedServer(
    "HTTP/1.1 201 Made It\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\n" +
      "Keep-Alive: timeout=5\r\nX-Emulator-Revision: liar\r\nContent-Length: 3\r\nX-Latin: \xe9\r\n\r\n\xff\x00!",
  );
  await using gateway = await gatewayTo(server);
  expect(await exchange(gateway, `GET / HTTP/1.1\r\n${closing}\r\n`)).toBe(
    "HTTP/1.1 201 Made It\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nContent-Length: 3\r\nX-Latin: \xe9\r\n" +
      "x-emulator-revision: rev-1\r\nconnection: close\r\n\r\n\xff\x00!",
  );
});

test.each([
  ["HEAD with a length", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"],
  ["HEAD of a chunked resource", "HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"],
  ["204", "GET", "HTTP/1.1 204 No Content\r\n\r\n"],
  ["304 with a length", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n"],
  ["an empty body", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"],
  [
    "chunks and trailers",
    "GET",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nX-Sum: 1\r\n\r\n",
  ],
  ["no reason phrase", "GET", "HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx"],
])("%s: both connections go on", async (_, method, answer) => {
  await using server = await cannedServer(answer);
  await using gateway = await gatewayTo(server);
  using client = new RawClient(gateway);
  const expected = answer.replace("\r\n\r\n", "\r\nx-emulator-revision: rev-1\r\n\r\n");
  for (let round = 1; round <= 3; round++) {
    client.send(`${method} / HTTP/1.1\r\nHost: app.test\r\n\r\n`);
    await eventually(() => expect(client.text).toBe(expected.repeat(round)));
  }
  expect(server.accepted()).toBe(1);
});

test("a response that ends with its connection ends ours", async () => {
  await using server = await rawServer((socket) => {
    socket.on("data", () => socket.end("HTTP/1.1 200 OK\r\n\r\nall of it"));
  });
  await using gateway = await gatewayTo(server);
  using client = new RawClient(gateway);
  client.send("GET / HTTP/1.1\r\nHost: app.test\r\n\r\n");
  expect(await client.untilClosed()).toMatch(/connection: close\r\n\r\nall of it$/);
  expect(client.error).toBeUndefined();
});

test("a response that breaks off in the middle breaks ours off: the client sees a reset, not an end", async () => {
  await using server = await rawServer((socket) => {
    socket.on("data", () => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome", () => socket.destroy());
    });
  });
  await using gateway = await gatewayTo(server);
  using client = new RawClient(gateway);
  client.send("GET / HTTP/1.1\r\nHost: app.test\r\n\r\n");
  await client.untilClosed();
  expect(client.error?.code).toBe("ECONNRESET");
});

test("requests that come in one go are answered in order, those that come in single bytes too", async () => {
  await using server = await httpServer((incoming, response) => {
    let body = "";
    incoming.on("data", (chunk: Buffer) => (body += chunk.toString()));
    incoming.on("end", () =>
      setTimeout(() => response.end(`<${incoming.url} ${body}>`), incoming.url === "/1" ? 30 : 0),
    );
  });
  await using gateway = await gatewayTo(server);
  const requests =
    "GET /1 HTTP/1.1\r\nHost: app.test\r\n\r\n" +
    "POST /2 HTTP/1.1\r\nHost: app.test\r\nContent-Length: 3\r\n\r\ntwo" +
    "POST /3 HTTP/1.1\r\nHost: app.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nthr\r\n2\r\nee\r\n0\r\nX-T: 1\r\n\r\n" +
    "GET /nobody HTTP/1.1\r\nHost: elsewhere.test\r\n\r\n" +
    "GET /4 HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n" +
    "GET /never HTTP/1.1\r\nHost: app.test\r\n\r\n";
  for (const pieces of [[requests], requests.split("")]) {
    using client = new RawClient(gateway);
    for (const piece of pieces) {
      client.send(piece);
      if (pieces.length > 1) await new Promise((resolve) => setImmediate(resolve));
    }
    const text = await client.untilClosed();
    expect(text.match(/<[^>]*>/g)).toEqual(["</1 >", "</2 two>", "</3 three>", "</4 >"]);
    expect(text.indexOf("404 Not Found")).toBeGreaterThan(text.indexOf("three"));
  }
});

test("Expect: 100-continue goes all the way: the replica's word comes first, then the body", async () => {
  await using server = await httpServer((incoming, response) => {
    incoming.resume().on("end", () => response.end("thanks"));
  });
  await using gateway = await gatewayTo(server);
  using client = new RawClient(gateway);
  client.send(`POST / HTTP/1.1\r\n${closing}Expect: 100-continue\r\nContent-Length: 4\r\n\r\n`);
  await client.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
  client.send("body");
  expect(await client.untilClosed()).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n[^]*thanks$/);
});

test("a replica that answers before it has read the body: the answer arrives, the connections end", async () => {
  await using server = await rawServer((socket) => {
    socket.once("data", () => socket.write("HTTP/1.1 413 Payload Too Large\r\nContent-Length: 3\r\n\r\nbig"));
  });
  await using gateway = await gatewayTo(server);
  using client = new RawClient(gateway);
  client.send("POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 1000000\r\n\r\nbegin");
  expect(await client.untilClosed()).toMatch(/^HTTP\/1\.1 413 [^]*connection: close\r\n\r\nbig$/);
  await eventually(() => expect(server.sockets.size).toBe(0));
  expect(gateway.stats("app.test", "rev-1").active).toBe(0);
});

test("HTTP/1.0 clients get no chunks, and keep-alive only when they ask", async () => {
  await using server = await httpServer((incoming, response) => {
    response.write("a");
    response.end(incoming.httpVersion);
  });
  await using gateway = await gatewayTo(server);
  const text = await exchange(gateway, "GET / HTTP/1.0\r\nHost: app.test\r\n\r\n");
  expect(text).toMatch(/connection: close\r\n\r\na1\.0$/);
  expect(text).not.toMatch(/chunked/i);
  await using canned = await cannedServer("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok");
  gateway.setRoute("app.test", { backends: [backend("rev-1", [canned.address])] });
  using client = new RawClient(gateway);
  for (let round = 1; round <= 2; round++) {
    client.send("GET / HTTP/1.0\r\nHost: app.test\r\nConnection: keep-alive\r\n\r\n");
    await eventually(() => expect(client.text.match(/connection: keep-alive\r\n\r\nok/g)).toHaveLength(round));
  }
});

test("a WebSocket passes in both directions, and ends on both sides", async () => {
  await using server = await rawServer((socket) => {
    socket.once("data", (head) => {
      expect(head.toString()).toMatch(/connection: upgrade\r\nupgrade: websocket\r\n/);
      socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhello");
      socket.on("data", (chunk) => socket.write(`<${chunk.toString()}>`));
    });
  });
  await using gateway = await gatewayTo(server);
  using client = new RawClient(gateway);
  client.send(
    "GET /ws HTTP/1.1\r\nHost: app.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n",
  );
  await client.until(/^HTTP\/1\.1 101 [^]*upgrade: websocket[^]*x-emulator-revision: rev-1\r\n\r\nhello$/);
  client.send("GET / HTTP/1.1");
  await client.until("<GET / HTTP/1.1>");
  expect(gateway.stats("app.test", "rev-1").active).toBe(1);
  client.socket.destroy();
  await eventually(() => expect(server.sockets.size).toBe(0));
  expect(gateway.stats("app.test", "rev-1").active).toBe(0);
});

test("a replica may refuse a WebSocket", async () => {
  await using server = await cannedServer("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
  await using gateway = await gatewayTo(server);
  using client = new RawClient(gateway);
  client.send("GET /ws HTTP/1.1\r\nHost: app.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  await client.until("403 Forbidden");
  client.text = "";
  client.send("GET / HTTP/1.1\r\nHost: app.test\r\n\r\n");
  await client.until("403 Forbidden");
});

test("a client that leaves takes its request with it", async () => {
  let arrived = 0;
  await using server = await rawServer((socket) => socket.on("data", () => (arrived += 1)));
  await using gateway = await gatewayTo(server);
  for (const leave of ["destroy", "resetAndDestroy", "end"] as const) {
    const before = arrived;
    using client = new RawClient(gateway);
    client.send("GET / HTTP/1.1\r\nHost: app.test\r\n\r\n");
    await eventually(() => expect(arrived).toBe(before + 1));
    expect(gateway.stats("app.test", "rev-1").active).toBe(1);
    client.socket[leave]();
    await eventually(() => expect(server.sockets.size).toBe(0));
    expect(gateway.stats("app.test", "rev-1").active).toBe(0);
  }
});

/** Waits until a figure that has begun to grow does not grow any more. */
async function standsStill(figure: () => number): Promise<void> {
  let before = 0;
  const stands = (): boolean => {
    const now = figure();
    const same = now > 0 && now === before;
    before = now;
    return same;
  };
  await expect.poll(stands, { interval: 200, timeout: 10_000 }).toBe(true);
}

const large = randomBytes(24 * 1024 * 1024);
const digest = (data: Buffer): string => createHash("sha256").update(data).digest("hex");

test("a slow reader holds the replica back, gets every byte, and its connection serves others afterwards", async () => {
  let written = 0;
  await using server = await rawServer((socket) => {
    socket.on("data", (chunk) => {
      if (chunk.includes("GET /small")) return void socket.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nsmall");
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${large.length}\r\n\r\n`);
      const send = (at: number): void => {
        if (at >= large.length) return;
        written = at;
        socket.write(large.subarray(at, at + 65_536), () => send(at + 65_536));
      };
      send(0);
    });
  });
  await using gateway = await gatewayTo(server);
  using client = new RawClient(gateway);
  client.socket.pause();
  const chunks: Buffer[] = [];
  client.socket.removeAllListeners("data");
  client.socket.on("data", (chunk) => chunks.push(chunk));
  client.socket.pause();
  client.send("GET /large HTTP/1.1\r\nHost: app.test\r\n\r\n");
  await standsStill(() => written);
  // The buffers of three sockets are full; the rest waits at the replica.
  expect(written).toBeLessThan(large.length - 4 * 1024 * 1024);
  client.socket.resume();
  const received = (): Buffer => Buffer.concat(chunks);
  await eventually(() => expect(chunks.reduce((sum, chunk) => sum + chunk.length, 0)).toBeGreaterThan(large.length));
  const all = received();
  expect(digest(all.subarray(all.indexOf("\r\n\r\n") + 4))).toBe(digest(large));
  // The connection to the replica was stopped in between; the next request over it must not stall.
  expect(await exchange(gateway, `GET /small HTTP/1.1\r\n${closing}\r\n`)).toMatch(/small$/);
  expect(server.accepted()).toBe(1);
});

test("a client that asks on and on without reading is not answered on and on, and stops nobody else", async () => {
  let asked = 0;
  const answer = `HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n${"x".repeat(60_000)}`;
  await using server = await rawServer((socket) => {
    socket.on("data", () => {
      asked += 1;
      socket.write(answer);
    });
  });
  await using gateway = await gatewayTo(server);
  using client = new RawClient(gateway);
  client.socket.pause();
  client.send("GET / HTTP/1.1\r\nHost: app.test\r\n\r\n".repeat(1_000));
  await standsStill(() => asked);
  expect(asked).toBeLessThan(500);
  // The connection that carried the last answer was stopped; it must not be stopped for the next one.
  expect(await exchange(gateway, `GET / HTTP/1.1\r\n${closing}\r\n`)).toMatch(/x{60000}$/);
  expect(server.accepted()).toBe(1);
  client.socket.resume();
  await eventually(() => expect(client.text.length).toBeGreaterThan(1_000 * 60_000));
  expect(asked).toBe(1_001);
});

test("a replica that does not read holds the client back", async () => {
  await using server = await rawServer((socket) => socket.pause());
  await using gateway = await gatewayTo(server);
  using client = new RawClient(gateway);
  let taken = 0;
  const send = (at: number): void => {
    taken = at;
    if (at < large.length) client.socket.write(large.subarray(at, at + 65_536), () => send(at + 65_536));
  };
  client.send(`POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: ${large.length}\r\n\r\n`);
  send(0);
  await standsStill(() => taken);
  expect(taken).toBeLessThan(large.length - 4 * 1024 * 1024);
});

test.each(["length", "chunked"] as const)(
  "a large upload (%s) waits for a slow replica and arrives whole",
  async (kind) => {
    const hash = createHash("sha256");
    await using server = await httpServer((incoming, response) => {
      setTimeout(() => {
        incoming.on("data", (chunk: Buffer) => hash.update(chunk));
        incoming.on("end", () => response.end("got it"));
      }, 100);
    });
    await using gateway = await gatewayTo(server);
    const agent = new Agent();
    const headers = { Host: "app.test", ...(kind === "length" ? { "Content-Length": large.length } : {}) };
    const call = request({ ...gateway.address(), method: "POST", agent, headers });
    call.write(large.subarray(0, 1_000_000));
    call.end(large.subarray(1_000_000));
    const [response] = (await once(call, "response")) as [NodeJS.ReadableStream];
    response.resume();
    await once(response, "end");
    expect(hash.digest("hex")).toBe(digest(large));
    agent.destroy();
  },
);

test("a chunked body ends at the same byte however it is cut", () => {
  const body = Buffer.from(
    "5\r\nhello\r\n1;a=b\r\n!\r\n00A\r\n0123456789\r\n0\r\nX-A: 1\r\nX-B: 2\r\n\r\nGET / HTTP/1.1\r\n",
  );
  const whole = readerOf({ kind: "chunked" });
  const length = whole.read(body, 0);
  expect(whole.done).toBe(true);
  expect(length).toBe(body.indexOf("GET"));
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (sizes) => {
      const reader = readerOf({ kind: "chunked" });
      let total = 0;
      for (let at = 0, cut = 0; at < body.length && !reader.done; cut++) {
        const size = sizes[cut % sizes.length] ?? 1;
        total += reader.read(body.subarray(at, at + size), 0) ?? Number.NaN;
        at += size;
      }
      expect({ total, done: reader.done }).toEqual({ total: length, done: true });
    }),
  );
});
