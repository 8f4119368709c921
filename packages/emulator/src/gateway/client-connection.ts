import type { Socket } from "node:net";
import { readerOf } from "./body.ts";
import type { Door } from "./door.ts";
import { type Client, Exchange } from "./exchange.ts";
import type { Ingress, IngressAnswer } from "./ingress-policy.ts";
import { type Refusal, textOf } from "./refusal.ts";
import { parseRequestHead, type RequestHead } from "./request-head.ts";
import type { Router } from "./router.ts";

export interface Limits {
  /** From the request's head to the last byte of the response. */
  readonly requestTimeoutMs: number;
  readonly headTimeoutMs: number;
  readonly idleTimeoutMs: number;
}

const headEnd = "\r\n\r\n";
const headLengthMax = 32_768;
/** Bytes of later requests that are kept while one is being answered. */
const pipelinedLengthMax = 65_536;
/** After a refusal, and behind it what the client still sends is thrown away for so long, so that it can read the answer. */
const lingerMs = 2_000;

const nothing = Buffer.alloc(0);

/** One connection of a client: reads requests, one after the other, and starts an exchange for each. */
export class ClientConnection implements Client {
  readonly #socket: Socket;
  readonly #router: Router;
  readonly #limits: Limits;
  readonly #now: () => number;
  readonly #address: string;
  readonly #door: Door;
  #pending: Buffer = nothing;
  #exchange: Exchange | undefined;
  /** After CONNECT: the scope of all requests that follow. */
  #scope: string | undefined;
  #closing = false;
  #advancing = false;
  #deadlineMs: number;

  constructor(socket: Socket, router: Router, limits: Limits, now: () => number, door: Door) {
    this.#socket = socket;
    this.#router = router;
    this.#limits = limits;
    this.#now = now;
    this.#door = door;
    this.#address = (socket.remoteAddress ?? "127.0.0.1").replace(/^::ffff:/, "");
    this.#deadlineMs = now() + limits.idleTimeoutMs;
    socket.on("data", (chunk: Buffer) => this.#onData(chunk));
    socket.on("drain", () => this.#onDrain());
    socket.on("error", () => {});
    socket.on("end", () => this.#onGone());
    socket.on("close", () => this.#onGone());
  }

  /** Called now and then. */
  checkDeadline(nowMs: number): void {
    if (nowMs < this.#deadlineMs) return;
    this.#deadlineMs = Number.POSITIVE_INFINITY;
    if (this.#exchange) this.#exchange.onTimeout();
    else if (this.#pending.length > 0 && !this.#closing) this.#refuseAndClose(408, "the request's head did not come");
    else this.#socket.destroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  write(data: string | Buffer): boolean {
    return typeof data === "string" ? this.#socket.write(data, "latin1") : this.#socket.write(data);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    if (this.#socket.isPaused()) this.#socket.resume();
  }

  finish(close: boolean): void {
    this.#exchange = undefined;
    this.#deadlineMs = this.#now() + this.#limits.idleTimeoutMs;
    if (close) return this.#linger();
    this.resume();
    if (this.#pending.length > 0 && !this.#advancing) this.#advance();
  }

  refuse(refusal: Refusal): void {
    this.write(textOf(refusal));
    this.finish(refusal.close);
  }

  reset(): void {
    this.#exchange = undefined;
    // Under TLS, a connection that ends without its closing alert says the same.
    if (this.#door.scheme === "https") this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  upgrade(): void {
    this.#deadlineMs = Number.POSITIVE_INFINITY;
    const rest = this.#pending;
    this.#pending = nothing;
    if (rest.length > 0) this.#exchange?.onClientData(rest);
  }

  end(): void {
    this.#exchange = undefined;
    this.#socket.end();
  }

  #onData(chunk: Buffer): void {
    if (this.#closing) return;
    const taken = this.#exchange ? this.#exchange.onClientData(chunk) : 0;
    if (this.#closing || taken === chunk.length) return;
    const rest = taken === 0 ? chunk : chunk.subarray(taken);
    this.#pending = this.#pending.length === 0 ? rest : Buffer.concat([this.#pending, rest]);
    if (!this.#exchange) this.#advance();
    if (this.#pending.length > pipelinedLengthMax) this.pause();
  }

  #onDrain(): void {
    if (this.#exchange) this.#exchange.onClientDrain();
    else if (this.#pending.length > 0) this.#advance();
  }

  /** Reads requests until one is under way, more bytes are needed, or the client has answers enough to read. */
  #advance(): void {
    this.#advancing = true;
    while (!this.#exchange && !this.#closing && this.#pending.length > 0 && !this.#socket.writableNeedDrain) {
      const end = this.#pending.indexOf(headEnd) + headEnd.length;
      if (end < headEnd.length) {
        this.#awaitHead();
        break;
      }
      this.#readRequest(end);
    }
    this.#advancing = false;
    if (!this.#exchange && this.#pending.length <= pipelinedLengthMax) this.resume();
  }

  #readRequest(headLength: number): void {
    if (headLength > headLengthMax) return this.#refuseAndClose(431, "the request's head is too long");
    const head = parseRequestHead(this.#pending.toString("latin1", 0, headLength));
    this.#pending = headLength === this.#pending.length ? nothing : this.#pending.subarray(headLength);
    if (head.kind === "malformed") this.#refuseAndClose(head.status, head.reason);
    else if (head.method === "CONNECT") this.#connect(head);
    else this.#serve(head);
  }

  #awaitHead(): void {
    if (this.#pending.length > headLengthMax) return this.#refuseAndClose(431, "the request's head is too long");
    // Lines that end in LF alone would never make a head.
    if (/(?:^|[^\r])\n/.test(this.#pending.toString("latin1")))
      return this.#refuseAndClose(400, "a line ends without CR");
    this.#deadlineMs = Math.min(this.#deadlineMs, this.#now() + this.#limits.headTimeoutMs);
  }

  /**
   * A client that tunnels even plain HTTP through its proxy (Node's `fetch` does) gets a tunnel to this gateway itself,
   * never to the network.
   */
  #connect(head: RequestHead): void {
    if (!this.#router.find(head.host, head.scope)) return this.#refuseAndClose(404, notFound);
    this.#scope = head.scope ?? this.#scope;
    this.write("HTTP/1.1 200 Connection Established\r\n\r\n");
  }

  #serve(head: RequestHead): void {
    const body = readerOf(head.framing);
    const taken = body.read(this.#pending, 0);
    if (taken === undefined) return this.#refuseAndClose(400, "the request body is malformed");
    const firstBytes = this.#pending.subarray(0, taken);
    this.#pending = taken === this.#pending.length ? nothing : this.#pending.subarray(taken);
    const { backend, target, ingress } = this.#router.dispatch(head, head.scope ?? this.#scope);
    const scope = head.scope ?? this.#scope;
    const answer = ingress && (this.#doorAnswer(ingress, head, scope) ?? ingress.answer(head, this.#address));
    if (answer) return this.#answerRequest(answer, head, body.done);
    if (typeof backend === "number") return this.#refuseRequest(backend, head, body.done);
    this.#deadlineMs = this.#now() + this.#limits.requestTimeoutMs;
    const sent = target === head.target ? head : { ...head, target };
    this.#exchange = new Exchange(this, backend, {
      head: sent,
      body,
      firstBytes,
      clientAddress: this.#address,
      door: this.#door,
      ingress,
    });
    this.#exchange.start();
  }

  /** Those inside the environment come by other ways than through the edge. */
  #doorAnswer(ingress: Ingress, head: RequestHead, scope: string | undefined): IngressAnswer | undefined {
    const { scheme, certificate, securePort } = this.#door;
    if (scheme === "http") {
      if (!ingress.secureOnly || securePort === undefined || scope !== undefined) return undefined;
      const place = `${head.host.replace(/:\d+$/, "")}${securePort === 443 ? "" : `:${securePort}`}${head.target}`;
      return { status: 301, text: "", lines: `location: https://${place}\r\n` };
    }
    if (ingress.clientCertificate !== "require" || certificate !== undefined) return undefined;
    return { status: 403, text: "a client certificate is required", lines: "" };
  }

  #refuseRequest(status: number, head: RequestHead, bodyIsRead: boolean): void {
    this.#answerRequest(
      { status, text: status === 404 ? notFound : "no healthy upstream", lines: "" },
      head,
      bodyIsRead,
    );
  }

  #answerRequest({ status, text, lines }: IngressAnswer, head: RequestHead, bodyIsRead: boolean): void {
    const close = !head.keepAlive || !bodyIsRead;
    this.write(textOf({ status, text, close, lines, withoutBody: head.method === "HEAD" }));
    if (close) this.#linger();
  }

  #refuseAndClose(status: number, text: string): void {
    this.write(textOf({ status, text, close: true }));
    this.#linger();
  }

  #linger(): void {
    this.#closing = true;
    this.#pending = nothing;
    this.#deadlineMs = this.#now() + lingerMs;
    this.#socket.end();
    this.resume();
  }

  #onGone(): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    exchange?.onClientGone();
    if (!this.#closing) this.#socket.destroy();
  }
}

const notFound = "this app is stopped or does not exist";
