import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";

export interface Relay extends AsyncDisposable {
  readonly url: string;
  /** Cuts every connection and takes no new one. */
  down(): Promise<void>;
  up(): Promise<void>;
  /** Connections stay and new ones are taken, but nothing gets through any more. */
  mute(): void;
}

/** A way to PostgreSQL that can be cut without stopping a server which other tests may share. */
export async function startRelay(databaseUrl: string): Promise<Relay> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let isMute = false;
  const server = createServer((near) => {
    const far = connect(Number(target.port || 5432), target.hostname);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.on("data", (chunk: Buffer) => isMute || other.write(chunk));
    }
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${port}`;
  async function down(): Promise<void> {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  }
  return {
    url: url.href,
    down,
    up: () => listen(port),
    mute() {
      isMute = true;
    },
    [Symbol.asyncDispose]: () => (server.listening ? down() : Promise.resolve()),
  };
}
