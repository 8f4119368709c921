import { createServer, type RequestListener, type Server } from "node:http";
import { FairwayError } from "@fairway/model";

export interface RunningServer {
  readonly url: string;
  /** Ends open connections too: event streams would keep the process. */
  close(): Promise<void>;
}

/** Listens on loopback only. Port 0 takes a free one. */
export async function listen(app: RequestListener, port: number): Promise<RunningServer> {
  const server = createServer(app);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) =>
      reject(cause.code === "EADDRINUSE" ? portInUse(port, cause) : cause),
    );
    server.listen(port, "127.0.0.1", resolve);
  });
  return { url: `http://127.0.0.1:${portOf(server)}`, close: () => closeAll(server) };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

function closeAll(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function portInUse(port: number, cause: Error): FairwayError {
  return new FairwayError("port-in-use", `Port ${port} is in use.`, {
    hint: "Give --port another number, or 0 for a free one.",
    path: "--port",
    cause,
  });
}
