import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ResponseHead } from "../src/load/response-head.ts";
import { ResponseReader } from "../src/load/response-reader.ts";

const plain = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Emulator-Revision: green\r\n\r\nhello";
const chunked =
  "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5;name=value\r\nhello\r\nA\r\n0\r\n\r\n01234\r\n0\r\nTrailer: x\r\n\r\n";
const noBody = "HTTP/1.1 204 No Content\r\nDate: now\r\n\r\n";
const notModified = "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n";
const continued = `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${plain}`;

describe("an answer in pieces", () => {
  const answers: [name: string, text: string, status: number][] = [
    ["with a length", plain, 200],
    ["chunked", chunked, 201],
    ["204", noBody, 204],
    ["304", notModified, 304],
    ["after 100 and 103", continued, 200],
  ];
  for (const [name, text, status] of answers) {
    test(`${name}: is complete with its last byte, wherever it was cut`, () => {
      const whole = feedAll([text]);
      expect(whole).toMatchObject([{ status, isKeptAlive: true }]);
      for (let cut = 1; cut < text.length; cut += 1) {
        const reader = new ResponseReader();
        expect(reader.feed(Buffer.from(text.slice(0, cut))), `cut at ${cut}`).toBeUndefined();
        expect(reader.feed(Buffer.from(text.slice(cut))), `cut at ${cut}`).toEqual(whole[0]);
      }
      expect(feedAll(Array.from(text))).toEqual(whole);
    });
  }

  test("does not keep the bytes that it was given", () => {
    const reader = new ResponseReader();
    const shared = Buffer.alloc(200);
    for (const piece of [plain.slice(0, 30), plain.slice(30, 60), plain.slice(60)]) {
      const head = reader.feed(shared.subarray(0, shared.write(piece)));
      shared.fill("x");
      if (piece === plain.slice(60)) expect(head).toMatchObject({ status: 200, revision: "green" });
      else expect(head).toBeUndefined();
    }
  });

  test("chunked bodies of any content end where they end", () => {
    fc.assert(
      fc.property(fc.array(payload, { maxLength: 5 }), fc.array(fc.nat(40), { maxLength: 8 }), (payloads, cuts) => {
        const body = payloads.map((text) => `${text.length.toString(16)}\r\n${text}\r\n`).join("");
        const text = `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${body}0\r\n\r\n`;
        expect(feedAll(piecesOf(text, cuts)).length).toBe(1);
        expect(feedAll(piecesOf(text.slice(0, -1), cuts)).length).toBe(0);
      }),
    );
  });
});

/** Payloads that look like the end of a body. */
const payload = fc
  .array(fc.constantFrom("0\r\n\r\n", "\r\n", "0", "a", "HTTP/1.1 200 OK\r\n"), { minLength: 1, maxLength: 6 })
  .map((parts) => parts.join(""));

describe("what the head says", () => {
  test("names in any case, values without the space around them", () => {
    const [head] = feedAll(["HTTP/1.1 503 No\r\ncONTENT-lENGTH:  0 \r\nx-emulator-revision:blue--2 \r\n\r\n"]);
    expect(head).toMatchObject({ status: 503, revision: "blue--2", isKeptAlive: true });
  });

  test.each([
    ["HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", false],
    ["HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n", true],
    ["HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", false],
    ["HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nmore than was asked for", false],
  ])("%j: kept alive is %s", (text, isKeptAlive) => {
    expect(feedAll([text])).toMatchObject([{ isKeptAlive }]);
  });

  test("chunked wins over a length", () => {
    const text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n2\r\nab\r\n0\r\n\r\n";
    expect(feedAll(Array.from(text))).toMatchObject([{ body: "chunked" }]);
  });
});

describe("the end of the connection", () => {
  test("completes an answer without a length, and then the connection is gone", () => {
    const reader = new ResponseReader();
    expect(reader.feed(Buffer.from("HTTP/1.1 200 OK\r\n\r\nsome"))).toBeUndefined();
    expect(reader.feed(Buffer.from(" body"))).toBeUndefined();
    expect(reader.end()).toMatchObject({ status: 200, isKeptAlive: false });
  });

  test.each([
    "",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
  ])("does not complete %j", (text) => {
    const reader = new ResponseReader();
    reader.feed(Buffer.from(text));
    expect(reader.end()).toBeUndefined();
  });
});

describe("garbage", () => {
  test.each([
    "SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "HTTP/2 200\r\n\r\n",
    "HTTP/1.1 abc\r\n\r\n",
    "HTTP/1.1 \r\n\r\n",
    "\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnothing\r\n",
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${"1".repeat(10_000)}`,
    "x".repeat(70_000),
  ])("is refused: %.60j", (text) => {
    expect(() => new ResponseReader().feed(Buffer.from(text))).toThrow();
  });

  test("of any kind neither hangs nor makes an answer of less than 100", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 5 }), (pieces) => {
        const reader = new ResponseReader();
        try {
          for (const piece of pieces) {
            const head = reader.feed(Buffer.concat([Buffer.from("HTTP/1.1 2"), piece, Buffer.from("\r\n\r\n")]));
            if (head) expect(head.status).toBeGreaterThanOrEqual(200);
          }
        } catch (error) {
          expect((error as Error).message).toMatch(/answer|chunk/);
        }
      }),
    );
  });
});

function feedAll(pieces: readonly string[]): ResponseHead[] {
  const reader = new ResponseReader();
  return pieces.flatMap((piece) => reader.feed(Buffer.from(piece)) ?? []);
}

function piecesOf(text: string, cuts: readonly number[]): string[] {
  const pieces: string[] = [];
  let rest = text;
  for (const cut of cuts) {
    pieces.push(rest.slice(0, cut));
    rest = rest.slice(cut);
  }
  return [...pieces, rest];
}
