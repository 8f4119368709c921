import type { BackendState, Dispatched } from "./backend.ts";
import { type BodyReader, readerOf } from "./body.ts";
import type { Door } from "./door.ts";
import { headerOf, type Ingress } from "./ingress-policy.ts";
import type { Refusal } from "./refusal.ts";
import type { RequestHead } from "./request-head.ts";
import { parseResponseHead, type ResponseHead } from "./response-head.ts";
import type { Endpoint, Receiver, Upstream } from "./upstream.ts";

/** The client's side of an exchange. */
export interface Client {
  /** False: the client reads slowly; `onClientDrain` of the exchange follows. Text is latin1. */
  write(data: string | Buffer): boolean;
  pause(): void;
  resume(): void;
  /** The whole response is written. `close`: it was said to be the last one, or the request's body is not read to its end. */
  finish(close: boolean): void;
  /** An answer of our own, then `finish`. */
  refuse(refusal: Refusal): void;
  /** Tells the client, by RST, that the response will never be complete. */
  reset(): void;
  /** No deadline any more: the connection is a WebSocket. */
  upgrade(): void;
  end(): void;
}

type State =
  /** Held, or being sent. */
  "waiting" | "sent" | "responding" | "websocket" | "over";

const headEnd = "\r\n\r\n";
const responseHeadLengthMax = 65_536;
/** A body up to here is copied behind its head, so that both leave in one write. */
const joinedLengthMax = 16_384;

/** One request and its response: from the client to a replica and back. */
export class Exchange implements Dispatched, Receiver {
  readonly #client: Client;
  readonly #head: RequestHead;
  readonly #backend: BackendState;
  readonly #outgoingHead: string;
  readonly #requestBody: BodyReader;
  readonly #ingress: Ingress | undefined;
  /** Of the request, read before there was a replica to send it to. */
  #early: Buffer[];
  /** Of a request that wants the replica of an earlier one: that replica's name. */
  readonly affinity: string | undefined;
  #state: State = "waiting";
  #upstream: Upstream | undefined;
  #servedBy = "";
  #partialHead: Buffer | undefined;
  #response: { head: ResponseHead; body: BodyReader; close: boolean } | undefined;

  constructor(client: Client, backend: BackendState, request: IncomingRequest) {
    this.#client = client;
    this.#backend = backend;
    this.#head = request.head;
    this.#requestBody = request.body;
    this.#ingress = request.ingress;
    this.affinity = request.ingress?.sticky ? affinityOf(request.head) : undefined;
    this.#early = request.firstBytes.length > 0 ? [request.firstBytes] : [];
    this.#outgoingHead = outgoingHead(request);
  }

  /** Call once, after the constructor: the answer may come before it returns. */
  start(): void {
    this.#backend.assign(this);
    if (this.#state === "waiting" && !this.#requestBody.done) this.#client.pause();
  }

  sendTo(endpoint: Endpoint): void {
    const upstream = endpoint.take(this);
    const early = this.#early;
    this.#early = [];
    this.#upstream = upstream;
    this.#servedBy = endpoint.affinity;
    this.#state = "sent";
    this.#client.resume();
    if (!writeTogether(upstream.socket, this.#outgoingHead, early)) this.#client.pause();
  }

  refuse(status: number, text: string): void {
    this.#leave(false);
    const close = !this.#head.keepAlive || !this.#requestBody.done;
    const withoutBody = this.#head.method === "HEAD";
    this.#client.refuse({ status, text, close, withoutBody, revision: this.#backend.headerValue });
  }

  /** Takes what belongs to this request and gives back how many bytes that were. */
  onClientData(chunk: Buffer): number {
    if (this.#state === "websocket") {
      this.#forward(chunk);
      return chunk.length;
    }
    const taken = this.#requestBody.read(chunk, 0);
    if (taken === undefined) {
      this.#abandonMalformed();
      return chunk.length;
    }
    if (taken > 0) this.#forward(taken === chunk.length ? chunk : chunk.subarray(0, taken));
    return taken;
  }

  onClientDrain(): void {
    this.#upstream?.socket.resume();
  }

  /** The client has gone: so does the request. */
  onClientGone(): void {
    this.#leave(false);
  }

  onTimeout(): void {
    if (this.#state === "responding") this.#breakOff();
    else this.refuse(504, "upstream request timeout");
  }

  onUpstreamDrain(): void {
    this.#client.resume();
  }

  onUpstreamData(chunk: Buffer): void {
    if (this.#state === "websocket") this.#toClient(chunk);
    else if (this.#response) this.#continueResponse(chunk);
    else this.#readHead(chunk);
  }

  onUpstreamEnd(): void {
    if (this.#state === "websocket") {
      this.#leave(false);
      this.#client.end();
    } else if (this.#response?.head.framing.kind === "until-close") this.#complete(false);
  }

  onUpstreamLost(reason: "connect" | "reset"): void {
    if (this.#state === "over") return;
    if (this.#state === "websocket" || this.#state === "responding") return this.#breakOff();
    const cause = reason === "connect" ? "connection failure" : "connection termination";
    this.refuse(502, `upstream connect error or disconnect/reset before headers. reset reason: ${cause}`);
  }

  #forward(chunk: Buffer): void {
    if (!this.#upstream) this.#early.push(chunk);
    else if (!this.#upstream.socket.write(chunk)) this.#client.pause();
  }

  #abandonMalformed(): void {
    if (this.#state === "responding") this.#breakOff();
    else this.refuse(400, "the request body is malformed");
  }

  #readHead(incoming: Buffer): void {
    let chunk = this.#partialHead ? Buffer.concat([this.#partialHead, incoming]) : incoming;
    this.#partialHead = undefined;
    while (chunk.length > 0) {
      const end = chunk.indexOf(headEnd) + headEnd.length;
      if (end < headEnd.length) return this.#keepPartialHead(chunk);
      const head = parseResponseHead(chunk.toString("latin1", 0, end), this.#head.method === "HEAD");
      if (!head) return this.#badResponse();
      if (head.status === 101) return this.#startWebSocket(head, chunk.subarray(end));
      if (head.status >= 200) return this.#startResponse(head, chunk, end);
      if (!this.#head.isHttp10) this.#toClient(`HTTP/1.1 ${head.statusText}\r\n${head.lines}\r\n`);
      chunk = chunk.subarray(end);
    }
  }

  #keepPartialHead(chunk: Buffer): void {
    if (chunk.length > responseHeadLengthMax) this.#badResponse();
    else this.#partialHead = Buffer.from(chunk);
  }

  #badResponse(): void {
    this.refuse(502, "upstream connect error or disconnect/reset before headers. reset reason: protocol error");
  }

  #startWebSocket(head: ResponseHead, rest: Buffer): void {
    if (!this.#head.isWebSocket || !this.#upstream) return this.#badResponse();
    this.#state = "websocket";
    this.#client.upgrade();
    const lines = `${head.lines}connection: upgrade\r\nupgrade: ${head.upgrade ?? "websocket"}\r\n`;
    this.#toClient(`HTTP/1.1 ${head.statusText}\r\n${lines}${this.#revisionLine()}\r\n`);
    if (rest.length > 0) this.#toClient(rest);
  }

  #startResponse(head: ResponseHead, chunk: Buffer, bodyStart: number): void {
    const body = readerOf(head.framing);
    const taken = body.read(chunk, bodyStart);
    const isUnreadable = taken === undefined || (this.#head.isHttp10 && head.framing.kind === "chunked");
    if (isUnreadable) return this.#badResponse();
    const isEndless = head.framing.kind === "until-close";
    const close = !this.#head.keepAlive || isEndless || !this.#requestBody.done;
    this.#state = "responding";
    this.#response = { head, body, close };
    const text = `HTTP/1.1 ${head.statusText}\r\n${head.lines}${this.#ingressLines()}${this.#revisionLine()}${connectionLine(this.#head, close)}\r\n`;
    const bodyEnd = bodyStart + taken;
    if (taken <= joinedLengthMax) this.#toClient(text + chunk.toString("latin1", bodyStart, bodyEnd));
    else {
      this.#client.write(text);
      this.#toClient(chunk.subarray(bodyStart, bodyEnd));
    }
    if (body.done) this.#complete(bodyEnd === chunk.length);
  }

  #continueResponse(chunk: Buffer): void {
    const taken = this.#response?.body.read(chunk, 0);
    if (taken === undefined) return this.#breakOff();
    this.#toClient(taken === chunk.length ? chunk : chunk.subarray(0, taken));
    if (this.#response?.body.done) this.#complete(taken === chunk.length);
  }

  /** Copies bytes, which are the upstream's to use again while they wait to leave. */
  #toClient(data: string | Buffer): void {
    if (!this.#client.write(typeof data === "string" ? data : Buffer.from(data))) this.#upstream?.socket.pause();
  }

  /** `clean`: the server sent nothing behind its response. */
  #complete(clean: boolean): void {
    const response = this.#response;
    const close = response?.close === true;
    this.#leave(clean && response?.head.keepAlive === true && this.#requestBody.done && !this.#head.isHttp10);
    this.#client.finish(close);
  }

  #breakOff(): void {
    this.#leave(false);
    this.#client.reset();
  }

  /** Gives the connection to the replica back, or breaks it off, and ends the count of this request. */
  #leave(reusable: boolean): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#upstream?.release(reusable, this.#response?.head.keepAliveSeconds);
    this.#backend.finish(this);
  }

  #ingressLines(): string {
    if (!this.#ingress) return "";
    const isNew = this.#ingress.sticky && this.affinity !== this.#servedBy;
    const cookie = isNew ? `set-cookie: ${affinityCookie}="${this.#servedBy}"; Path=/; HttpOnly\r\n` : "";
    return `${this.#ingress.responseLines(this.#head)}${cookie}`;
  }

  #revisionLine(): string {
    return `x-emulator-revision: ${this.#backend.headerValue}\r\n`;
  }
}

/** What Container Apps calls the cookie of session affinity. */
const affinityCookie = "acaAffinity";

function affinityOf(head: RequestHead): string | undefined {
  return /(?:^|;\s*)acaAffinity="?([0-9a-f]{16})"?(?:;|$)/.exec(headerOf(head, "cookie") ?? "")?.[1];
}

export interface IncomingRequest {
  readonly head: RequestHead;
  readonly body: BodyReader;
  /** The part of the body that came with the head, already read by `body`. */
  readonly firstBytes: Buffer;
  readonly clientAddress: string;
  readonly door: Door;
  readonly ingress: Ingress | undefined;
}

/** A new head: request line, one Host, one statement of length, who asked. HTTP/1.0 stays that, so that no answer is chunked. */
function outgoingHead({ head, clientAddress, door, ingress }: IncomingRequest): string {
  const certificate = ingress?.clientCertificate === undefined ? undefined : door.certificate;
  return (
    `${head.method} ${head.target} HTTP/1.${head.isHttp10 ? 0 : 1}\r\nhost: ${head.host}\r\n${head.lines}` +
    `${framingLine(head)}${head.isWebSocket ? "connection: upgrade\r\nupgrade: websocket\r\n" : ""}` +
    `x-forwarded-for: ${head.forwardedFor}${clientAddress}\r\nx-forwarded-proto: ${door.scheme}\r\n` +
    `x-forwarded-host: ${head.host}\r\n${certificate === undefined ? "" : `x-forwarded-client-cert: ${certificate}\r\n`}\r\n`
  );
}

function framingLine({ framing }: RequestHead): string {
  switch (framing.kind) {
    case "length":
      return `content-length: ${framing.bytes}\r\n`;
    case "chunked":
      return "transfer-encoding: chunked\r\n";
    case "none":
    case "until-close":
      return "";
  }
}

function connectionLine(head: RequestHead, close: boolean): string {
  if (close) return "connection: close\r\n";
  return head.isHttp10 ? "connection: keep-alive\r\n" : "";
}

/** One write for the head and a small body; false: the socket is full. */
function writeTogether(socket: Upstream["socket"], head: string, body: readonly Buffer[]): boolean {
  const [first] = body;
  if (!first) return socket.write(head, "latin1");
  if (body.length === 1 && first.length <= joinedLengthMax) {
    return socket.write(head + first.toString("latin1", 0, first.length), "latin1");
  }
  return socket.write(Buffer.concat([Buffer.from(head, "latin1"), ...body]));
}
