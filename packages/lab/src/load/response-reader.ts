/** What one answer said, as far as a load generator cares. */
export interface ResponseHead {
  readonly status: number;
  readonly isKeptAlive: boolean;
  /** Value of `x-emulator-revision`, "" without one. */
  readonly revision: string;
}

type Body =
  | { readonly kind: "length"; left: number }
  | { readonly kind: "chunked"; rest: string }
  | { readonly kind: "until-close" };

const headEnd = Buffer.from("\r\n\r\n");

/** Reads answers of HTTP/1.1 from one connection, one after another. Only the head is decoded. */
export class ResponseReader {
  #pending: Buffer | undefined;
  #head: ResponseHead | undefined;
  #body: Body | undefined;

  /** True when this chunk completed the answer: `take()` then gives its head. Throws when it is not HTTP. */
  feed(chunk: Buffer): boolean {
    if (this.#body) return this.#feedBody(this.#body, chunk);
    const bytes = this.#pending ? Buffer.concat([this.#pending, chunk]) : chunk;
    const end = bytes.indexOf(headEnd);
    if (end < 0) {
      if (bytes.length > 65_536) throw new Error("The head of an answer is too long.");
      this.#pending = bytes;
      return false;
    }
    this.#pending = undefined;
    const text = bytes.toString("latin1", 0, end + 2);
    const status = statusOf(text);
    if (status < 200) return this.feed(bytes.subarray(end + 4));
    this.#head = readHead(text, status);
    this.#body = bodyOf(text, status);
    return this.#feedBody(this.#body, bytes.subarray(end + 4));
  }

  /** The connection has ended; true when that completes an answer. */
  end(): boolean {
    return this.#body?.kind === "until-close";
  }

  take(): ResponseHead | undefined {
    const head = this.#head;
    this.#head = undefined;
    this.#body = undefined;
    return head;
  }

  #feedBody(body: Body, chunk: Buffer): boolean {
    switch (body.kind) {
      case "length":
        body.left -= chunk.length;
        return body.left <= 0;
      case "chunked":
        // The last chunk has length zero and is followed by trailers and an empty line; payloads are not looked at.
        body.rest = (body.rest + chunk.toString("latin1")).slice(-65_536);
        return /(^|\r\n)0\r\n([^\r\n]+\r\n)*\r\n$/.test(body.rest);
      case "until-close":
        return false;
    }
  }
}

function statusOf(head: string): number {
  if (!head.startsWith("HTTP/1.")) throw new Error("The answer is not HTTP/1.1.");
  return Number(head.slice(9, 12));
}

function readHead(text: string, status: number): ResponseHead {
  return {
    status,
    isKeptAlive: !/\r\nconnection: *close/i.test(text),
    revision: /\r\nx-emulator-revision: *([^\r]*)/i.exec(text)?.[1] ?? "",
  };
}

function bodyOf(text: string, status: number): Body {
  if (status === 204 || status === 304) return { kind: "length", left: 0 };
  const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
  if (length !== undefined) return { kind: "length", left: Number(length) };
  if (/\r\ntransfer-encoding: *chunked/i.test(text)) return { kind: "chunked", rest: "" };
  return { kind: "until-close" };
}
