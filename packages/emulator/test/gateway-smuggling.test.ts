import { createServer } from "node:http";
import { Duplex } from "node:stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readerOf } from "../src/gateway/body.ts";
import { parseRequestHead } from "../src/gateway/request-head.ts";
import { backend, cannedServer, closing, exchange, RawClient, rawServer, startGateway } from "./gateway-parts.ts";

const post = "POST /pay HTTP/1.1\r\nHost: app.test\r\n";
const chunked = "Transfer-Encoding: chunked\r\n";
const hidden = "GET /hidden HTTP/1.1\r\nHost: app.test\r\n\r\n";

/** Each is read in two ways by some pair of servers, or is no HTTP at all. */
const corpus: Readonly<Record<string, string>> = {
  "CL and TE": `${post}Content-Length: 5\r\n${chunked}\r\n0\r\n\r\n${hidden}`,
  "TE and CL": `${post}${chunked}Content-Length: 3\r\n\r\n0\r\n\r\n${hidden}`,
  "two different CL": `${post}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!`,
  "two equal CL": `${post}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello`,
  "CL list": `${post}Content-Length: 5, 5\r\n\r\nhello`,
  "CL with plus": `${post}Content-Length: +5\r\n\r\nhello`,
  "CL negative": `${post}Content-Length: -5\r\n\r\nhello`,
  "CL hexadecimal": `${post}Content-Length: 0x5\r\n\r\nhello`,
  "CL with space inside": `${post}Content-Length: 1 0\r\n\r\n0123456789`,
  "CL empty": `${post}Content-Length:\r\n\r\n`,
  "CL huge": `${post}Content-Length: 99999999999999999999\r\n\r\nhello`,
  "TE twice": `${post}${chunked}${chunked}\r\n0\r\n\r\n`,
  "TE chunked, chunked": `${post}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n`,
  "TE gzip, chunked": `${post}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
  "TE identity": `${post}Transfer-Encoding: identity\r\n\r\n`,
  "TE xchunked": `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
  "TE quoted": `${post}Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n`,
  "TE with vertical tab": `${post}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n`,
  "TE with space before the colon": `${post}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`,
  "TE with tab before the colon": `${post}Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n`,
  "TE folded": `${post}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n`,
  "TE in HTTP/1.0": `POST / HTTP/1.0\r\nHost: app.test\r\n${chunked}\r\n0\r\n\r\n`,
  "folded header": `${post}X-Long: one\r\n two\r\n\r\n`,
  "first header starts with a space": `GET / HTTP/1.1\r\n Host: app.test\r\n\r\n`,
  "header name with space": `${post}X Bad: 1\r\n\r\n`,
  "header name empty": `${post}: 1\r\n\r\n`,
  "header without colon": `${post}Nonsense\r\n\r\n`,
  "NUL in a value": `${post}X-Nul: a\0b\r\n\r\n`,
  "bare LF ends the request line": "GET / HTTP/1.1\nHost: app.test\r\n\r\n",
  "bare LF ends a header": `${post}X-A: 1\nX-B: 2\r\n\r\n`,
  "bare LF everywhere": "GET / HTTP/1.1\nHost: app.test\n\n",
  "bare CR in a value": `${post}X-A: 1\rX-B: 2\r\n\r\n`,
  "bare CR ends a header": `${post}X-A: 1\rContent-Length: 5\r\n\r\nhello`,
  "CR CR LF": `${post}X-A: 1\r\r\n\r\n`,
  "no Host": "GET / HTTP/1.1\r\nAccept: */*\r\n\r\n",
  "two Hosts": "GET / HTTP/1.1\r\nHost: app.test\r\nHost: other.test\r\n\r\n",
  "Host list": "GET / HTTP/1.1\r\nHost: app.test, other.test\r\n\r\n",
  "Host with path": "GET / HTTP/1.1\r\nHost: app.test/x\r\n\r\n",
  "Host with user": "GET / HTTP/1.1\r\nHost: me@app.test\r\n\r\n",
  "target with user": "GET http://me@app.test/ HTTP/1.1\r\nHost: app.test\r\n\r\n",
  "target with space": "GET /a b HTTP/1.1\r\nHost: app.test\r\n\r\n",
  "target with control character": "GET /a\x01b HTTP/1.1\r\nHost: app.test\r\n\r\n",
  "target with a fragment": "GET /a#b HTTP/1.1\r\nHost: app.test\r\n\r\n",
  "target without slash": "GET pay HTTP/1.1\r\nHost: app.test\r\n\r\n",
  "two spaces in the request line": "GET  / HTTP/1.1\r\nHost: app.test\r\n\r\n",
  "tab in the request line": "GET\t/ HTTP/1.1\r\nHost: app.test\r\n\r\n",
  "space behind the version": "GET / HTTP/1.1 \r\nHost: app.test\r\n\r\n",
  "HTTP/0.9": "GET /\r\n\r\n",
  "HTTP/1.2": "GET / HTTP/1.2\r\nHost: app.test\r\n\r\n",
  "HTTP/2 preface": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "version in lower case": "GET / http/1.1\r\nHost: app.test\r\n\r\n",
  "method with control character": "GE\x01T / HTTP/1.1\r\nHost: app.test\r\n\r\n",
  "a TLS hello": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
  "chunk size empty": `${post}${chunked}\r\n\r\n0\r\n\r\n`,
  "chunk size not hexadecimal": `${post}${chunked}\r\nxyz\r\nabc\r\n0\r\n\r\n`,
  "chunk size 0x": `${post}${chunked}\r\n0x3\r\nabc\r\n0\r\n\r\n`,
  "chunk size negative": `${post}${chunked}\r\n-3\r\nabc\r\n0\r\n\r\n`,
  "chunk size with plus": `${post}${chunked}\r\n+3\r\nabc\r\n0\r\n\r\n`,
  "chunk size behind a space": `${post}${chunked}\r\n 3\r\nabc\r\n0\r\n\r\n`,
  "chunk size overflows 32 bits": `${post}${chunked}\r\n100000003\r\nabc\r\n0\r\n\r\n`,
  "chunk size ends in bare LF": `${post}${chunked}\r\n3\nabc\r\n0\r\n\r\n`,
  "chunk size ends in bare CR": `${post}${chunked}\r\n3\rabc\r\n0\r\n\r\n`,
  "chunk data too long": `${post}${chunked}\r\n3\r\nabcd\r\n0\r\n\r\n`,
  "chunk data too short": `${post}${chunked}\r\n5\r\nabc\r\n0\r\n\r\n`,
  "chunk data ends in bare LF": `${post}${chunked}\r\n3\r\nabc\n0\r\n\r\n`,
  "chunk extension with bare LF": `${post}${chunked}\r\n3;a=\nb\r\nabc\r\n0\r\n\r\n`,
  "trailer with bare LF": `${post}${chunked}\r\n0\r\nX-A: 1\n\r\n`,
  "trailer that sets the length": `${post}${chunked}\r\n0\r\nContent-Length: 5\r\n\r\nhello`,
};

test.each(Object.entries(corpus))("%s: 400, and nothing reaches a backend", async (_, bytes) => {
  let reached = "";
  await using server = await rawServer((socket) => socket.on("data", (chunk) => (reached += chunk.toString("latin1"))));
  await using gateway = await startGateway();
  gateway.setRoute("app.test", { backends: [backend("a", [server.address])] });
  const answer = await exchange(gateway, bytes);
  expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
  expect(reached).toBe("");
  expect(server.accepted()).toBe(0);
  expect(gateway.stats("app.test", "a")).toEqual({ requests: 0, active: 0 });
});

test("a body that turns out to be malformed later ends the request at the backend, incomplete", async () => {
  let reached = "";
  await using server = await rawServer((socket) => socket.on("data", (chunk) => (reached += chunk.toString("latin1"))));
  await using gateway = await startGateway();
  gateway.setRoute("app.test", { backends: [backend("a", [server.address])] });
  using client = new RawClient(gateway);
  client.send(`${post}${chunked}\r\n3\r\nabc\r\n`);
  await expect.poll(() => reached).toContain("abc");
  client.send(`zz\r\n${hidden}`);
  expect(await client.untilClosed()).toMatch(/^HTTP\/1\.1 400 /);
  await expect.poll(() => server.sockets.size).toBe(0);
  expect(reached).not.toContain("hidden");
  expect(reached).not.toContain("zz");
});

test.each([
  ["431 for a head that is too long", `GET / HTTP/1.1\r\n${closing}X: ${"y".repeat(40_000)}\r\n\r\n`, 431],
  ["431 for a head without end", `GET / HTTP/1.1\r\n${closing}X: ${"y".repeat(40_000)}`, 431],
  ["431 for too many headers", `GET / HTTP/1.1\r\n${closing}${"X: y\r\n".repeat(100)}\r\n`, 431],
  ["417 for an expectation nobody knows", `GET / HTTP/1.1\r\n${closing}Expect: miracles\r\n\r\n`, 417],
  ["405 for TRACE", `TRACE / HTTP/1.1\r\n${closing}\r\n`, 405],
])("%s", async (_, bytes, status) => {
  await using server = await cannedServer("HTTP/1.1 204 No Content\r\n\r\n");
  await using gateway = await startGateway();
  gateway.setRoute("app.test", { backends: [backend("a", [server.address])] });
  expect(await exchange(gateway, bytes)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(server.accepted()).toBe(0);
});

test.each([
  ["CL and TE", `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n${chunked}\r\n0\r\n\r\n`],
  ["two CL", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc"],
  ["folding", "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n"],
  ["a bare LF", "HTTP/1.1 200 OK\r\nX: a\nY: b\r\nContent-Length: 0\r\n\r\n"],
  ["no HTTP", "SSH-2.0-OpenSSH_9.2\r\n\r\n"],
  ["another coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"],
  ["a bad first chunk", `HTTP/1.1 200 OK\r\n${chunked}\r\nzz\r\n`],
  ["a switch of protocol that nobody asked for", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"],
])("a response with %s is 502", async (_, answer) => {
  await using server = await cannedServer(answer);
  await using gateway = await startGateway();
  gateway.setRoute("app.test", { backends: [backend("a", [server.address])] });
  const text = await exchange(gateway, `GET / HTTP/1.1\r\n${closing}\r\n`);
  expect(text).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n/);
  expect(text).toContain("x-emulator-revision: a\r\n");
});

test("bytes behind a response never become the answer to the next request", async () => {
  await using server = await cannedServer(
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
  );
  await using gateway = await startGateway();
  gateway.setRoute("app.test", { backends: [backend("a", [server.address])] });
  using client = new RawClient(gateway);
  for (let sent = 1; sent <= 3; sent++) {
    client.text = "";
    client.send("GET / HTTP/1.1\r\nHost: app.test\r\n\r\n");
    expect(await client.until(/ok$/)).not.toContain("evil");
    expect(server.accepted()).toBe(sent);
  }
});

interface Seen {
  readonly method: string;
  readonly target: string;
  readonly body: string;
}

/** What our reader makes of bytes on one connection: complete requests, up to the first thing that it refuses. */
function readByUs(bytes: Buffer): Seen[] {
  const seen: Seen[] = [];
  let rest = bytes;
  for (;;) {
    const end = rest.indexOf("\r\n\r\n") + 4;
    if (end < 4) return seen;
    const head = parseRequestHead(rest.toString("latin1", 0, end));
    if (head.kind === "malformed" || head.method === "CONNECT") return seen;
    const body = readerOf(head.framing);
    const taken = body.read(rest, end);
    if (taken === undefined || !body.done) return seen;
    const raw = rest.toString("latin1", end, end + taken);
    seen.push({
      method: head.method,
      target: head.target,
      body: head.framing.kind === "chunked" ? dechunked(raw) : raw,
    });
    if (!head.keepAlive) return seen;
    rest = rest.subarray(end + taken);
  }
}

function dechunked(raw: string): string {
  let data = "";
  let at = 0;
  for (;;) {
    const lineEnd = raw.indexOf("\r\n", at);
    const size = Number.parseInt(raw.slice(at, lineEnd), 16);
    if (size === 0) return data;
    data += raw.slice(lineEnd + 2, lineEnd + 2 + size);
    at = lineEnd + 2 + size + 2;
  }
}

/** What llhttp, the parser of Node's servers, makes of the same bytes. */
async function readByNode(bytes: Buffer): Promise<Seen[]> {
  const seen: Seen[] = [];
  const server = createServer({ maxHeaderSize: 65_536 }, (request, response) => {
    let body = "";
    request.setEncoding("latin1").on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      const target = (request.url ?? "").replace(/^http:\/\/[^/?]*/i, "");
      seen.push({ method: request.method ?? "", target: target.startsWith("?") ? `/${target}` : target || "/", body });
      response.end();
    });
  });
  server.on("clientError", () => {});
  const connection = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  server.emit("connection", connection);
  connection.push(bytes);
  for (let turn = 0; turn < 12; turn++) await new Promise((resolve) => setImmediate(resolve));
  connection.destroy();
  return seen;
}

const line = fc.constantFrom(
  "GET / HTTP/1.1",
  "POST /pay HTTP/1.1",
  "PUT /p?x=1&y HTTP/1.1",
  "POST http://app.test/abs HTTP/1.1",
  "POST / HTTP/1.0",
  "OPTIONS * HTTP/1.1",
);
const header = fc.constantFrom(
  "Host: app.test",
  "Content-Length: 5",
  "Content-Length: 0",
  "content-length:5",
  "Content-Length: 05",
  "Transfer-Encoding: chunked",
  "transfer-encoding:  CHUNKED ",
  "transfer-encoding:\tchunked",
  "Transfer-Encoding: identity",
  "Connection: close",
  "Connection: keep-alive, X-Hop",
  "Connection: content-length",
  "X-Hop: 1",
  "Expect: 100-continue",
  "Accept: */*",
  "X-Obs: \xe9\xff",
  "Upgrade: websocket",
  " folded: value",
  "X:",
);
const body = fc.constantFrom("", "hello", "5\r\nhello\r\n0\r\n\r\n", "3;x=y\r\nabc\r\n0\r\nT: 1\r\n\r\n", "0\r\n\r\n");
const message = fc
  .tuple(line, fc.array(header, { maxLength: 5 }), body)
  .map(([first, headers, rest]) => `${[first, "Host: app.test", ...headers].join("\r\n")}\r\n\r\n${rest}`);
const edit = fc.record({
  at: fc.nat({ max: 400 }),
  remove: fc.nat({ max: 2 }),
  insert: fc.constantFrom(
    "",
    "\r",
    "\n",
    "\r\n",
    " ",
    "\t",
    ":",
    ",",
    ";",
    "\0",
    "\x0b",
    "0",
    "5",
    "x",
    "\r\n\r\n",
    "+",
  ),
});

function edited(text: string, edits: readonly { at: number; remove: number; insert: string }[]): string {
  return edits.reduce((current, { at, remove, insert }) => {
    const where = at % (current.length + 1);
    return current.slice(0, where) + insert + current.slice(where + remove);
  }, text);
}

test("what we take for a request, llhttp takes for the same request, whatever the bytes", async () => {
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(message, { minLength: 1, maxLength: 3 }),
      fc.array(edit, { maxLength: 3 }),
      async (messages, edits) => {
        const bytes = Buffer.from(edited(messages.join(""), edits), "latin1");
        const ours = readByUs(bytes);
        accepted += ours.length;
        if (ours.length === 0) return;
        expect((await readByNode(bytes)).slice(0, ours.length)).toEqual(ours);
      },
    ),
    { numRuns: 3_000 },
  );
  expect(accepted).toBeGreaterThan(500);
});
