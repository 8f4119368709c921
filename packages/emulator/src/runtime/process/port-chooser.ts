import { createServer } from "node:net";

/**
 * Ports below the range from which Linux (32768 …), macOS and Windows (49152 …) take the local ports of outgoing
 * connections. A port of that range could be gone between our look and the child's `listen`, under load even often.
 */
const firstPort = 20_000;
const portCount = 10_000;

/**
 * Ports for children. One that was given away comes round again only after all others, so a late connection to a dead
 * replica does not meet another one. Two processes of this kind start at different places; should they meet all the
 * same, the child that loses ends with EADDRINUSE and is restarted like any that crashed.
 */
export class PortChooser {
  #next = (process.pid * 97) % portCount;

  async choose(): Promise<number> {
    for (let tried = 0; tried < portCount; tried++) {
      const port = firstPort + this.#next;
      this.#next = (this.#next + 1) % portCount;
      if (await isFree(port)) return port;
    }
    throw new Error(`no free port from ${firstPort} to ${firstPort + portCount - 1}`);
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}
