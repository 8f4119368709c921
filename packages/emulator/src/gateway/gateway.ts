import { createServer, type Server, type Socket } from "node:net";
import type { Scheduler, Timer } from "@fairway/kernel";
import type { Address, DataPlane } from "../world/ports.ts";
import { ClientConnection, type Limits } from "./client-connection.ts";
import type { Door } from "./door.ts";
import { Router } from "./router.ts";
import { createSecureServer, type ServerCertificates } from "./secure-door.ts";

export interface GatewayOptions extends Partial<Limits> {
  readonly clock: Scheduler;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free one. */
  readonly port?: number;
  /** HTTPS as well: plain HTTP is then sent on to it for the hosts that want that. Default: no HTTPS. */
  readonly secure?: { readonly certificates: ServerCertificates; readonly port?: number };
}

export interface Gateway extends DataPlane, AsyncDisposable {
  /** Where HTTPS is; undefined without. */
  secureAddress(): Address | undefined;
  /** Breaks off what is in flight. */
  close(): Promise<void>;
}

/** The data plane: an HTTP/1.1 reverse proxy by host and weight, and the forward proxy of the replicas. Listens when the promise resolves. */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { clock } = options;
  const limits = limitsOf(options);
  const heldListeners = new Set<(host: string, backend: string) => void>();
  const router = new Router(clock, (host, backend) => {
    for (const listener of heldListeners) listener(host, backend);
  });
  const connections = new Set<ClientConnection>();
  const sweep = sweeper(clock, limits, connections);
  function accept(socket: Socket, door: Door): void {
    const connection = new ClientConnection(socket, router, limits, () => clock.now(), door);
    connections.add(connection);
    socket.once("close", () => connections.delete(connection));
    sweep.start();
  }
  const host = options.host ?? "127.0.0.1";
  const { secure } = options;
  const secureServer = secure && createSecureServer(secure.certificates, router, accept);
  const securePort = secureServer && (await listen(secureServer, host, secure.port ?? 0));
  const server = createServer({ noDelay: true }, (socket) => accept(socket, { scheme: "http", securePort }));
  const address = { host, port: await listen(server, host, options.port ?? 0) };
  async function close(): Promise<void> {
    sweep.stop();
    const servers = secureServer ? [server, secureServer] : [server];
    const closed = Promise.all(servers.map((one) => new Promise<void>((resolve) => one.close(() => resolve()))));
    for (const connection of connections) connection.destroy();
    router.close();
    await closed;
  }
  return {
    setRoute: (name, route) => router.setRoute(name, route),
    removeRoute: (name) => router.removeRoute(name),
    stats: (name, backend) => router.stats(name, backend),
    onHeld(listener) {
      heldListeners.add(listener);
      return () => heldListeners.delete(listener);
    },
    address: () => address,
    secureAddress: () => (securePort === undefined ? undefined : { host, port: securePort }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The port that it is. */
async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, backlog: 1_024 }, resolve);
  });
  const bound = server.address();
  return typeof bound === "object" && bound ? bound.port : 0;
}

/** A request has 240 s, an idle connection 4 minutes: Azure Container Apps documentation, ingress overview. */
function limitsOf({
  requestTimeoutMs = 240_000,
  headTimeoutMs = 60_000,
  idleTimeoutMs = 240_000,
}: GatewayOptions): Limits {
  return { requestTimeoutMs, headTimeoutMs, idleTimeoutMs };
}

/** Looks at the deadlines of all connections once in a while, as long as there are any: cheaper than a timer per request. */
function sweeper(clock: Scheduler, limits: Limits, connections: ReadonlySet<ClientConnection>) {
  const shortestMs = Math.min(limits.requestTimeoutMs, limits.headTimeoutMs, limits.idleTimeoutMs);
  const periodMs = Math.min(1_000, Math.ceil(shortestMs / 4));
  let timer: Timer | undefined;
  function start(): void {
    timer ??= clock.after(periodMs, run);
  }
  function run(): void {
    timer = undefined;
    const nowMs = clock.now();
    for (const connection of connections) connection.checkDeadline(nowMs);
    if (connections.size > 0) start();
  }
  return { start, stop: () => timer?.cancel() };
}
