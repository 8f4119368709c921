import { createServer, type RequestListener } from "node:http";
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import { type LoadResult, type LoadSpec, outcomes } from "../src/load/spec.ts";

export interface TestServer extends AsyncDisposable {
  readonly port: number;
  /** Accepted so far. */
  readonly connections: number;
}

export function startHttp(handle: RequestListener): Promise<TestServer> {
  return listen(createServer({ keepAliveTimeout: 60_000 }, handle));
}

export function startTcp(handle: (socket: Socket) => void): Promise<TestServer> {
  return listen(createTcpServer(handle));
}

async function listen(server: Server): Promise<TestServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on("connection", (socket) => {
    sockets.add(socket);
    connections += 1;
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen({ host: "127.0.0.1", port: 0, backlog: 1_024 }, resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function describeLoad(port: number, changes: Partial<LoadSpec> = {}): LoadSpec {
  return {
    address: { host: "127.0.0.1", port },
    hostName: "service.example",
    ratePerSecond: 500,
    arrivals: "constant",
    seed: "test",
    workload: { kind: "get", path: "/" },
    timeoutMs: 10_000,
    connectionsMax: 64,
    durationMs: 400,
    ...changes,
  };
}

/** What must hold of every result: each request ended in one way, and all counts are of the same requests. */
export function countsAgree({ totals, totalsByRevision, outcomeByRequest, statusByRequest }: LoadResult): boolean {
  const sumOfTotals = outcomes.reduce((sum, outcome) => sum + totals[outcome], 0);
  const byRevision = Object.values(totalsByRevision);
  return (
    sumOfTotals === outcomeByRequest.length &&
    statusByRequest.length === outcomeByRequest.length &&
    byRevision.reduce((sum, { ok, failed }) => sum + ok + failed, 0) === outcomeByRequest.length &&
    byRevision.reduce((sum, { ok }) => sum + ok, 0) === totals.ok &&
    outcomes.every((name, index) => outcomeByRequest.filter((outcome) => outcome === index).length === totals[name])
  );
}
