import { connect, type OnReadOpts, type Socket } from "node:net";
import { monotonicMs, type Scheduler } from "@fairway/kernel";
import { createArrivals } from "./arrivals.ts";
import { Recorder, type Request } from "./recorder.ts";
import { createRequests } from "./requests.ts";
import type { ResponseHead } from "./response-head.ts";
import { ResponseReader } from "./response-reader.ts";
import type { Bucket, LoadResult, LoadSpec } from "./spec.ts";

interface Connection {
  readonly socket: Socket;
  readonly reader: ResponseReader;
  request: Request | undefined;
}

/**
 * An open-loop generator: request n leaves when the schedule says, whatever became of the ones before it, and its
 * latency counts from that time. So a server that pauses is charged for every request that should have been served
 * meanwhile. One request at a time on a connection; a request that finds none idle opens one.
 */
export class Generator {
  readonly #spec: LoadSpec;
  readonly #clock: Scheduler;
  readonly #recorder = new Recorder();
  readonly #buffer = Buffer.allocUnsafe(65_536);
  readonly #idle: Connection[] = [];
  readonly #open = new Set<Connection>();
  readonly #arrivals;
  readonly #bytesOf: (index: number) => string;
  readonly #endMs: number;
  readonly #startedAtMs: number;
  readonly #zeroMs = monotonicMs();
  #nextIndex = 0;
  #stopped: { readonly atMs: number } | undefined;

  constructor(spec: LoadSpec, clock: Scheduler) {
    this.#spec = spec;
    this.#clock = clock;
    this.#arrivals = createArrivals(spec.arrivals, spec.ratePerSecond, spec.seed);
    this.#bytesOf = createRequests(spec);
    this.#endMs = spec.durationMs ?? Number.POSITIVE_INFINITY;
    this.#startedAtMs = clock.now();
    this.#tick();
  }

  get elapsedMs(): number {
    return monotonicMs() - this.#zeroMs;
  }

  buckets(afterMs: number): readonly Bucket[] {
    return this.#recorder.buckets(afterMs);
  }

  get isStopped(): boolean {
    return this.#stopped !== undefined;
  }

  /** Sends what is due. It is sent anyway, but up to a millisecond later. */
  dispatchDue(): void {
    this.#dispatchDue(this.elapsedMs);
  }

  /** No new requests from now on. */
  stop(): void {
    this.#stopped ??= { atMs: this.elapsedMs };
  }

  /** True when no request is open any more; those that are time out by themselves. */
  get isIdle(): boolean {
    return this.#idle.length === this.#open.size;
  }

  /** Ends all connections and returns what happened. */
  finish(): LoadResult {
    this.stop();
    for (const { socket } of this.#open) socket.destroy();
    return this.#recorder.result(this.#startedAtMs, this.#stopped?.atMs ?? 0);
  }

  #tick(): void {
    const nowMs = this.elapsedMs;
    this.#dispatchDue(nowMs);
    if (nowMs >= this.#endMs) this.stop();
    this.#expire();
    if (!this.#stopped || !this.isIdle) this.#clock.after(1, () => this.#tick());
  }

  #dispatchDue(nowMs: number): void {
    while (this.#isDue(nowMs)) {
      const connection = this.#idle.pop() ?? this.#connect();
      if (!connection) return;
      this.#send(connection, nowMs);
    }
  }

  /** What should have left before the end still leaves when the end was noticed late. */
  #isDue(nowMs: number): boolean {
    const { nextMs } = this.#arrivals;
    return !this.#stopped && nextMs <= nowMs && nextMs < this.#endMs;
  }

  #send(connection: Connection, nowMs: number): void {
    const request = { index: this.#nextIndex++, scheduledMs: this.#arrivals.nextMs, sentMs: nowMs };
    this.#arrivals.advance();
    this.#recorder.sent(request);
    connection.request = request;
    connection.socket.write(this.#bytesOf(request.index), "latin1");
  }

  #connect(): Connection | undefined {
    if (this.#open.size >= this.#spec.connectionsMax) return undefined;
    const socket = connect({ ...this.#spec.address, noDelay: true, onread: this.#onRead(() => connection) });
    const connection: Connection = { socket, reader: new ResponseReader(), request: undefined };
    this.#open.add(connection);
    socket.on("end", () => this.#receive(connection, undefined));
    socket.on("error", () => this.#close(connection));
    socket.on("close", () => this.#close(connection));
    return connection;
  }

  /** All connections read into one buffer, one after another: nothing of it is kept. */
  #onRead(connectionOf: () => Connection): OnReadOpts {
    return {
      buffer: this.#buffer,
      callback: (byteCount) => {
        this.#receive(connectionOf(), this.#buffer.subarray(0, byteCount));
        return true;
      },
    };
  }

  /** Bytes of an answer, or undefined when the server has ended the connection. */
  #receive(connection: Connection, bytes: Buffer | undefined): void {
    const { reader, request, socket } = connection;
    try {
      const head = bytes ? reader.feed(bytes) : reader.end();
      if (head && request) this.#complete(connection, request, head);
      // Nobody asked, or nothing more will come.
      else if (!request || !bytes) socket.destroy();
    } catch {
      socket.destroy();
    }
  }

  #complete(connection: Connection, request: Request, head: ResponseHead): void {
    const nowMs = this.elapsedMs;
    connection.request = undefined;
    this.#recorder.answered(request, head, nowMs);
    if (!head.isKeptAlive) connection.socket.destroy();
    else if (this.#isDue(nowMs)) this.#send(connection, nowMs);
    else this.#idle.push(connection);
  }

  #close(connection: Connection): void {
    if (!this.#open.delete(connection)) return;
    const idle = this.#idle.indexOf(connection);
    if (idle >= 0) this.#idle.splice(idle, 1);
    this.#fail(connection, "refused");
    connection.socket.destroy();
  }

  #expire(): void {
    const limitMs = this.elapsedMs - this.#spec.timeoutMs;
    for (const connection of this.#open) {
      if (!connection.request || connection.request.scheduledMs > limitMs) continue;
      this.#fail(connection, "timeout");
      connection.socket.destroy();
    }
  }

  #fail(connection: Connection, outcome: "refused" | "timeout"): void {
    const { request } = connection;
    if (!request) return;
    connection.request = undefined;
    this.#recorder.failed(request, outcome);
  }
}
