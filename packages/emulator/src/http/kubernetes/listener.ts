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
  /** How long a client may take to send a whole request; then it gets 408. Default: kube-apiserver's --request-timeout. */
  readonly requestTimeoutMs?: number | undefined;
}

/** As kube-apiserver has them: ReadHeaderTimeout, IdleTimeout, MaxHeaderBytes (pkg/server/secure_serving.go). */
const headersTimeoutMs = 32_000;
const idleTimeoutMs = 90_000;
const headersLimitBytes = 1024 * 1024;

export async function createListener(options: ListenerOptions): Promise<Listener> {
  const { certPem, keyPem } = options.certificates;
  const limits = limitsOf(options.requestTimeoutMs ?? 60_000);
  const server = createServer({ cert: certPem, key: keyPem, ...limits }, options.onRequest);
  // Their size is limited; Node would leave out what comes after the first 2,000.
  server.maxHeadersCount = 0;
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

function limitsOf(requestTimeout: number) {
  return {
    requestTimeout,
    headersTimeout: Math.min(headersTimeoutMs, requestTimeout),
    connectionsCheckingInterval: Math.min(10_000, Math.ceil(requestTimeout / 4)),
    keepAliveTimeout: idleTimeoutMs,
    maxHeaderSize: headersLimitBytes,
  };
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
