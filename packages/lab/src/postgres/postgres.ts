import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { z } from "zod";

export interface Postgres extends AsyncDisposable {
  /** Connection string of the maintenance database. */
  readonly url: string;
  /** Creates an empty database and returns its connection string. */
  createDatabase(name: string): Promise<string>;
}

/** The PostgreSQL at `databaseUrl`, or an embedded one on a free loopback port that is gone after disposal. */
export async function startPostgres(options: { databaseUrl?: string; signal?: AbortSignal } = {}): Promise<Postgres> {
  if (options.databaseUrl) return { ...databasesOf(options.databaseUrl), async [Symbol.asyncDispose]() {} };
  options.signal?.throwIfAborted();
  const password = randomBytes(18).toString("base64url");
  const supervisor = spawnSupervisor(password);
  const stop = (): Promise<void> => stopSupervisor(supervisor);
  try {
    const port = await announcedPort(supervisor, options.signal);
    return { ...databasesOf(`postgres://fairway:${password}@127.0.0.1:${port}/postgres`), [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function databasesOf(url: string): Pick<Postgres, "url" | "createDatabase"> {
  return {
    url,
    async createDatabase(name) {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      try {
        await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
      } finally {
        await client.end();
      }
      const created = new URL(url);
      created.pathname = `/${encodeURIComponent(name)}`;
      return created.href;
    },
  };
}

function spawnSupervisor(password: string): ChildProcess {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const entry = fileURLToPath(new URL(`./supervisor.${extension}`, import.meta.url));
  return spawn(process.execPath, [...conditionFlags(), entry], {
    // A group of its own: Ctrl-C of a terminal must not reach the database before its clients have ended.
    detached: true,
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, FAIRWAY_POSTGRES_PASSWORD: password },
  });
}

/** No other flag of this process is for the supervisor: `--eval` would make it run this program again instead. */
function conditionFlags(): string[] {
  return process.execArgv.filter((flag) => flag.startsWith("--conditions="));
}

async function announcedPort(supervisor: ChildProcess, signal: AbortSignal | undefined): Promise<number> {
  return await new Promise((resolve, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    supervisor.once("exit", (code) => reject(new Error(`The embedded PostgreSQL did not start (exit code ${code}).`)));
    supervisor.once("error", reject);
    if (!supervisor.stdout) return;
    createInterface(supervisor.stdout).once("line", (line) => resolve(announcement.parse(JSON.parse(line)).port));
  });
}

const announcement = z.object({ port: z.int() });

function stopSupervisor(supervisor: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (supervisor.exitCode !== null || supervisor.signalCode !== null) return resolve();
    supervisor.once("exit", () => resolve());
    supervisor.stdin?.end();
  });
}
