import type { RequestListener } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Certificates } from "../tls.ts";

/** An HTTPS server that can vanish and come back on the same port, as an API server does. */
export interface Listener {
  readonly port: number;
  /** Connections break at once, new ones are refused. */
  stop(): void;
  /** Listens again. Rejects with the system's error when somebody else has taken the port. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export interface ListenerOptions {
  readonly certificates: Pick<Certificates, "certPem" | "keyPem">;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly onRequest: RequestListener;
}

export async function createListener(options: ListenerOptions): Promise<Listener> {
  const { certPem, keyPem } = options.certificates;
  const server = createServer({ cert: certPem, key: keyPem, keepAliveTimeout: 60_000 }, options.onRequest);
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  // A client that breaks off during the handshake is no reason to end.
  server.on("tlsClientError", () => {});
  await listen(server, options.host, options.port);
  const { port } = server.address() as AddressInfo;
  let stopped = Promise.resolve();
  function stop(): void {
    if (server.listening) stopped = new Promise((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
  }
  async function start(): Promise<void> {
    await stopped;
    if (!server.listening) await listen(server, options.host, port);
  }
  async function close(): Promise<void> {
    stop();
    await stopped;
  }
  return { port, stop, start, close };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
