import { once } from "node:events";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { createRealTimeKernel } from "@fairway/kernel";
import { expect, vi } from "vitest";
import { createGateway, type Gateway, type GatewayOptions } from "../src/gateway/gateway.ts";
import type { Address, Backend } from "../src/world/ports.ts";

export async function startGateway(options: Partial<GatewayOptions> = {}): Promise<Gateway> {
  return createGateway({ clock: createRealTimeKernel({ seed: 1 }).clock, ...options });
}

export interface TestServer extends AsyncDisposable {
  readonly address: Address;
  /** Connections that are open. */
  readonly sockets: ReadonlySet<Socket>;
  /** Connections so far. */
  readonly accepted: () => number;
}

/** A backend that speaks HTTP as Node does. */
export function httpServer(listener: RequestListener): Promise<TestServer> {
  return listening(createHttpServer(listener));
}

/** A backend that says whatever the test wants. */
export function rawServer(listener: (socket: Socket) => void): Promise<TestServer> {
  return listening(
    createServer({ noDelay: true }, (socket) => {
      socket.on("error", () => {});
      listener(socket);
    }),
  );
}

async function listening(server: Server): Promise<TestServer> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  server.on("connection", (socket: Socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    address: { host: "127.0.0.1", port },
    sockets,
    accepted: () => accepted,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** A backend that answers every request with this, as soon as its head has come. */
export function cannedServer(answer: string): Promise<TestServer> {
  return rawServer((socket) => {
    socket.on("data", (chunk) => {
      if (chunk.includes("\r\n\r\n")) socket.write(answer, "latin1");
    });
  });
}

export function backend(name: string, endpoints: readonly Address[], changes: Partial<Backend> = {}): Backend {
  return { name, weight: 100, endpoints, whenEmpty: "reject", ...changes };
}

/** A client that sends bytes and keeps what comes back. */
export class RawClient implements Disposable {
  readonly socket: Socket;
  text = "";
  closed = false;
  error: NodeJS.ErrnoException | undefined;

  constructor(gateway: Gateway) {
    this.socket = connect(gateway.address());
    this.socket.setNoDelay(true);
    this.socket.on("data", (chunk) => {
      this.text += chunk.toString("latin1");
    });
    this.socket.on("error", (error) => {
      this.error = error;
    });
    this.socket.on("close", () => {
      this.closed = true;
    });
  }

  send(text: string): this {
    this.socket.write(text, "latin1");
    return this;
  }

  async until(pattern: string | RegExp): Promise<string> {
    await vi.waitFor(() => expect(this.text).toMatch(pattern), { timeout: 10_000, interval: 5 });
    return this.text;
  }

  async untilClosed(): Promise<string> {
    await vi.waitFor(() => expect(this.closed).toBe(true), { timeout: 10_000, interval: 5 });
    return this.text;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

/** What comes back on a connection of its own; the request should ask for `Connection: close`. */
export async function exchange(gateway: Gateway, text: string): Promise<string> {
  using client = new RawClient(gateway);
  return await client.send(text).untilClosed();
}

export const closing = "Host: app.test\r\nConnection: close\r\n";

export async function eventually(check: () => void): Promise<void> {
  await vi.waitFor(check, { timeout: 10_000, interval: 5 });
}
