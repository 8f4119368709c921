import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import pg from "pg";
import { expect, test } from "vitest";
import { startPostgres } from "../src/postgres/postgres.ts";

const patience = { timeout: 30_000, interval: 50 };

test("serves databases while it is held, and nothing afterwards", { timeout: 60_000 }, async () => {
  const postgres = await startPostgres();
  const port = Number(new URL(postgres.url).port);
  try {
    const url = await postgres.createDatabase("two words");
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    expect((await client.query("SELECT current_database() AS name")).rows).toEqual([{ name: "two words" }]);
    await client.end();
  } finally {
    await postgres[Symbol.asyncDispose]();
  }
  expect(await isListening(port)).toBe(false);
});

test("a given database is used, and left alone by disposal", async () => {
  const postgres = await startPostgres({ databaseUrl: "postgres://someone@db.example/postgres" });
  expect(postgres.url).toBe("postgres://someone@db.example/postgres");
  await postgres[Symbol.asyncDispose]();
});

test("a start that was aborted leaves nothing behind", { timeout: 60_000 }, async () => {
  await using folder = await temporaryFolder();
  await using owner = startOwner(folder.path, "aborts");
  expect(await owner.firstLine).toBe("aborted");
  await expect.poll(() => readdir(folder.path), patience).toEqual([]);
});

test("killing the process that asked for it leaves neither a server nor a folder", { timeout: 90_000 }, async () => {
  await using folder = await temporaryFolder();
  await using owner = startOwner(folder.path, "holds");
  const port = Number(await owner.firstLine);
  expect(await isListening(port)).toBe(true);
  expect(await readdir(folder.path)).toHaveLength(1);
  owner.child.kill("SIGKILL");
  await expect.poll(() => isListening(port), patience).toBe(false);
  await expect.poll(() => readdir(folder.path), patience).toEqual([]);
});

/** A process that asks for a PostgreSQL below `folder`. */
function startOwner(
  folder: string,
  mode: "holds" | "aborts",
): AsyncDisposable & { readonly child: ChildProcess; readonly firstLine: Promise<string> } {
  const child = spawn(process.execPath, [join(import.meta.dirname, "postgres-owner.ts"), mode], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, TMPDIR: folder },
  });
  const exited = once(child, "exit");
  const firstLine = once(createInterface(child.stdout), "line").then(([line]) => String(line));
  return {
    child,
    firstLine,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** Below /tmp, as always: the server's own user must be able to enter it. */
async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "fairway-lab-test-"));
  await chmod(path, 0o711);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
