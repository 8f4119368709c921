import { createHash } from "node:crypto";
import { connect, type OnReadOpts, type Socket } from "node:net";
import type { Address } from "../world/ports.ts";

/** Who waits for the answer that comes over an upstream connection. */
export interface Receiver {
  /** The chunk is only valid during the call. */
  onUpstreamData(chunk: Buffer): void;
  /** The server has said all that it will say. */
  onUpstreamEnd(): void;
  onUpstreamLost(reason: "connect" | "reset"): void;
  onUpstreamDrain(): void;
}

const readBuffer = Buffer.allocUnsafeSlow(65_536);

/** Idle connections kept per endpoint. */
const idleCountMax = 256;
/**
 * How long an idle connection is used again: half of what its server promises, or half of the 5 s after which Node's
 * servers close theirs. A request that is sent while the server closes is lost, and may not be sent a second time; the
 * other half is for machines so busy that either side is late.
 */
const idleMsDefault = 2_500;
const idleMsMax = 60_000;

/** The connections to one replica. */
export class Endpoint {
  readonly address: Address;
  /** 16 hexadecimal digits that say which one it is and not where. */
  readonly affinity: string;
  /** Requests in flight. */
  active = 0;
  /** Routes that name it. */
  references = 0;
  readonly #now: () => number;
  readonly #idle: Upstream[] = [];
  #retired = false;

  constructor(address: Address, now: () => number) {
    this.address = address;
    this.affinity = createHash("sha256").update(`${address.host}:${address.port}`).digest("hex").slice(0, 16);
    this.#now = now;
  }

  /** An idle connection, the one used last, or a new one. */
  take(receiver: Receiver): Upstream {
    this.active += 1;
    const now = this.#now();
    for (let upstream = this.#idle.pop(); upstream; upstream = this.#idle.pop()) {
      if (upstream.idleUntilMs > now) return upstream.begin(receiver);
      upstream.destroy();
    }
    return new Upstream(this).begin(receiver);
  }

  /** After the last byte of the response. `keepAliveSeconds`: what the server promised. */
  release(upstream: Upstream, reusable: boolean, keepAliveSeconds: number | undefined): void {
    this.active -= 1;
    if (!reusable || this.#retired || this.#idle.length >= idleCountMax) return upstream.destroy();
    const idleMs = keepAliveSeconds === undefined ? idleMsDefault : keepAliveSeconds * 500;
    upstream.idleUntilMs = this.#now() + Math.min(idleMs, idleMsMax);
    this.#idle.push(upstream);
  }

  forget(upstream: Upstream): void {
    const index = this.#idle.indexOf(upstream);
    if (index >= 0) this.#idle.splice(index, 1);
  }

  /** No new requests: idle connections close now, the others after their response. */
  retire(): void {
    this.#retired = true;
    for (const upstream of this.#idle.splice(0)) upstream.destroy();
  }
}

/** One connection to a replica; carries one request at a time. */
export class Upstream {
  readonly socket: Socket;
  idleUntilMs = 0;
  readonly #endpoint: Endpoint;
  #receiver: Receiver | undefined;
  #connected = false;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
    this.socket = connect({ ...endpoint.address, noDelay: true, onread: this.#onRead() });
    this.socket.on("connect", () => {
      this.#connected = true;
    });
    this.socket.on("drain", () => this.#receiver?.onUpstreamDrain());
    this.socket.on("end", () => this.#onEnd());
    this.socket.on("error", () => {});
    this.socket.on("close", () => this.#onClose());
  }

  begin(receiver: Receiver): this {
    this.#receiver = receiver;
    return this;
  }

  /** The response is complete. */
  release(reusable: boolean, keepAliveSeconds: number | undefined): void {
    this.#receiver = undefined;
    if (this.socket.isPaused()) this.socket.resume();
    this.#endpoint.release(this, reusable && this.socket.writable, keepAliveSeconds);
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** All connections read into one buffer, one after another: it is not allocated anew for each answer. */
  #onRead(): OnReadOpts {
    return {
      buffer: readBuffer,
      callback: (byteCount) => {
        this.#onData(readBuffer.subarray(0, byteCount));
        return true;
      },
    };
  }

  #onData(chunk: Buffer): void {
    // Nobody asked: whatever it is, it must not become the answer to the next request.
    if (this.#receiver) this.#receiver.onUpstreamData(chunk);
    else this.#discard();
  }

  #onEnd(): void {
    if (this.#receiver) this.#receiver.onUpstreamEnd();
    else this.#discard();
  }

  #onClose(): void {
    if (this.#receiver) this.#receiver.onUpstreamLost(this.#connected ? "reset" : "connect");
    else this.#discard();
  }

  /** An idle one that cannot be used again. */
  #discard(): void {
    this.#endpoint.forget(this);
    this.destroy();
  }
}
