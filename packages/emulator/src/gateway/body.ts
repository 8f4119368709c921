import { areHeaderLines } from "./header-lines.ts";

/** How the length of a message's body is known (RFC 9112 §6.3). */
export type Framing =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly bytes: number }
  | { readonly kind: "chunked" }
  /** Responses only: it ends when the connection does. */
  | { readonly kind: "until-close" };

/** Finds the end of a body in the bytes that pass. */
export interface BodyReader {
  readonly done: boolean;
  /** How many bytes of `chunk` from `start` on belong to the body; undefined when it is malformed. */
  read(chunk: Buffer, start: number): number | undefined;
}

const noBody: BodyReader = { done: true, read: () => 0 };
const endlessBody: BodyReader = { done: false, read: (chunk, start) => chunk.length - start };

export function readerOf(framing: Framing): BodyReader {
  switch (framing.kind) {
    case "none":
      return noBody;
    case "length":
      return framing.bytes === 0 ? noBody : new CountedBody(framing.bytes);
    case "chunked":
      return new ChunkedBody();
    case "until-close":
      return endlessBody;
  }
}

class CountedBody implements BodyReader {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  get done(): boolean {
    return this.#left === 0;
  }

  read(chunk: Buffer, start: number): number {
    const taken = Math.min(this.#left, chunk.length - start);
    this.#left -= taken;
    return taken;
  }
}

/** The line before a chunk: its size in hexadecimal, then perhaps extensions of tokens, which are passed on unread. */
const sizeLine = /^([0-9A-Fa-f]{1,8})(?:;[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:=[!#$%&'*+.^_`|~0-9A-Za-z-]+)?)*$/;
const sizeLineLengthMax = 256;
const trailerLengthMax = 8_192;
/** Fields by which a reader that merged trailers into the head could be misled (RFC 9110 §6.5.1). */
const forbiddenTrailer = /^(?:content-length|transfer-encoding|host|connection|authorization|content-encoding):/im;

/** The chunked coding, read strictly: CRLF at the end of every line, nothing between data and CRLF. */
class ChunkedBody implements BodyReader {
  #state: "size" | "data" | "data-end" | "trailer" | "done" = "size";
  /** Of the chunk's data, then of the CRLF behind it. */
  #left = 0;
  #line = "";
  #trailers = "";

  get done(): boolean {
    return this.#state === "done";
  }

  read(chunk: Buffer, start: number): number | undefined {
    let at = start;
    while (at < chunk.length && this.#state !== "done") {
      const next = this.#step(chunk, at);
      if (next === undefined) return undefined;
      at = next;
    }
    return at - start;
  }

  /** The position behind what was read. */
  #step(chunk: Buffer, at: number): number | undefined {
    switch (this.#state) {
      case "data":
        return this.#skipData(chunk, at);
      case "data-end":
        return this.#readDataEnd(chunk, at);
      case "size":
        return this.#readLine(chunk, at, sizeLineLengthMax, (line) => this.#startChunk(line));
      case "trailer":
        return this.#readLine(chunk, at, trailerLengthMax, (line) => this.#addTrailer(line));
      case "done":
        return at;
    }
  }

  #skipData(chunk: Buffer, at: number): number {
    const taken = Math.min(this.#left, chunk.length - at);
    this.#left -= taken;
    if (this.#left === 0) {
      this.#state = "data-end";
      this.#left = 2;
    }
    return at + taken;
  }

  #readDataEnd(chunk: Buffer, at: number): number | undefined {
    if (chunk[at] !== (this.#left === 2 ? 0x0d : 0x0a)) return undefined;
    this.#left -= 1;
    if (this.#left === 0) this.#state = "size";
    return at + 1;
  }

  /** Collects up to LF, which must follow CR, and hands the line on without them. */
  #readLine(chunk: Buffer, at: number, lengthMax: number, use: (line: string) => boolean): number | undefined {
    const lineFeed = chunk.indexOf(0x0a, at);
    const end = lineFeed < 0 ? chunk.length : lineFeed + 1;
    this.#line += chunk.toString("latin1", at, end);
    if (this.#line.length > lengthMax) return undefined;
    if (lineFeed < 0) return end;
    const line = this.#line;
    this.#line = "";
    return line.endsWith("\r\n") && use(line.slice(0, -2)) ? end : undefined;
  }

  #startChunk(line: string): boolean {
    const size = sizeLine.exec(line)?.[1];
    if (size === undefined) return false;
    this.#left = Number.parseInt(size, 16);
    this.#state = this.#left === 0 ? "trailer" : "data";
    return true;
  }

  #addTrailer(line: string): boolean {
    if (line !== "") {
      this.#trailers += `${line}\r\n`;
      return this.#trailers.length <= trailerLengthMax;
    }
    this.#state = "done";
    return areHeaderLines(this.#trailers) && !forbiddenTrailer.test(this.#trailers);
  }
}
