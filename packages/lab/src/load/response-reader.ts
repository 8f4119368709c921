import { ChunkedBody } from "./chunked-body.ts";
import { type ResponseHead, readHead } from "./response-head.ts";

type State =
  | { readonly kind: "head" }
  | { readonly kind: "length"; bytesLeft: number }
  | { readonly kind: "chunked"; readonly body: ChunkedBody }
  | { readonly kind: "until-close" };

const awaitingHead: State = { kind: "head" };
const headEnd = Buffer.from("\r\n\r\n");
const headBytesMax = 65_536;

/** Reads the answers of one connection that has one request at a time. */
export class ResponseReader {
  #state: State = awaitingHead;
  /** The beginning of a head whose end has not come. */
  #pending: Buffer | undefined;
  #head: ResponseHead | undefined;

  /** Gives the head once this chunk has completed the answer. Throws when it is not HTTP. Does not keep `chunk`. */
  feed(chunk: Buffer): ResponseHead | undefined {
    if (this.#state.kind !== "head") return this.#feedBody(chunk, 0);
    const bytes = this.#pending ? Buffer.concat([this.#pending, chunk]) : chunk;
    const end = bytes.indexOf(headEnd);
    if (end < 0) {
      if (bytes.length > headBytesMax) throw new Error("The head of an answer is too long.");
      this.#pending = Buffer.from(bytes);
      return undefined;
    }
    this.#pending = undefined;
    const head = readHead(bytes, end);
    // 1xx: the answer itself is still to come.
    if (head.status < 200) return this.feed(bytes.subarray(end + headEnd.length));
    this.#head = head;
    this.#state = bodyStateOf(head);
    return this.#feedBody(bytes, end + headEnd.length);
  }

  /** The server has ended the connection in order; gives the head when that completes the answer. */
  end(): ResponseHead | undefined {
    return this.#state.kind === "until-close" ? this.#complete(false) : undefined;
  }

  #feedBody(bytes: Buffer, from: number): ResponseHead | undefined {
    const state = this.#state;
    switch (state.kind) {
      case "length":
        state.bytesLeft -= bytes.length - from;
        return state.bytesLeft > 0 ? undefined : this.#complete(state.bytesLeft < 0);
      case "chunked": {
        const end = state.body.feed(bytes, from);
        return end === undefined ? undefined : this.#complete(end < bytes.length);
      }
      case "head":
      case "until-close":
        return undefined;
    }
  }

  /** A server that says more than it was asked for is not asked again. */
  #complete(hasSurplus: boolean): ResponseHead | undefined {
    const head = this.#head;
    this.#head = undefined;
    this.#state = awaitingHead;
    return head && hasSurplus ? { ...head, isKeptAlive: false } : head;
  }
}

function bodyStateOf({ body }: ResponseHead): State {
  switch (body) {
    case "chunked":
      return { kind: "chunked", body: new ChunkedBody() };
    case "until-close":
      return { kind: "until-close" };
    default:
      return { kind: "length", bytesLeft: body };
  }
}
