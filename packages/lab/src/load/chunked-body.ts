const newline = 10;

/** Finds the end of a chunked body (RFC 9112 §7.1). Payloads are skipped, not kept. */
export class ChunkedBody {
  /** Of the current chunk and the line end behind it. */
  #bytesLeft = 0;
  #line = "";
  #isInTrailers = false;

  /** Takes what belongs to the body, and returns where that ends; undefined when the body goes on. */
  feed(bytes: Buffer, from: number): number | undefined {
    let at = from;
    while (at < bytes.length) {
      if (this.#bytesLeft > 0) {
        const skipped = Math.min(this.#bytesLeft, bytes.length - at);
        this.#bytesLeft -= skipped;
        at += skipped;
        continue;
      }
      const lineEnd = bytes.indexOf(newline, at);
      this.#line += bytes.toString("latin1", at, lineEnd < 0 ? bytes.length : lineEnd);
      if (this.#line.length > 8_192) throw new Error("A line of a chunked body is too long.");
      if (lineEnd < 0) return undefined;
      at = lineEnd + 1;
      if (this.#isLast(this.#line.trimEnd())) return at;
      this.#line = "";
    }
    return undefined;
  }

  #isLast(line: string): boolean {
    if (this.#isInTrailers) return line === "";
    const digits = /^[0-9a-f]{1,12}(?=$|[ \t;])/i.exec(line)?.[0];
    if (digits === undefined) throw new Error("A chunk has no size.");
    const size = Number.parseInt(digits, 16);
    if (size === 0) this.#isInTrailers = true;
    else this.#bytesLeft = size + 2;
    return false;
  }
}
