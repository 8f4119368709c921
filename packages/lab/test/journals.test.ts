import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createFileJournal, createPostgresJournal, type Journal, type JournalEntry, systemClock } from "@fairway/sdk";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Postgres, startPostgres } from "../src/postgres/postgres.ts";

let folder = "";
let postgres: Postgres;
let url = "";
let journals = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fairway-journals-"));
  postgres = await startPostgres();
  url = await postgres.createDatabase("journals");
}, 60_000);
afterAll(async () => {
  await postgres[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** Opens the same journal again and again, as other processes do. */
type Place = () => Journal;

function inFile(): Place {
  journals += 1;
  const path = join(folder, `${journals}.upgrade`);
  return () => createFileJournal(path, systemClock);
}

function inPostgres(): Place {
  journals += 1;
  const cluster = `aks://a/b/cluster-${journals}`;
  return () => createPostgresJournal({ url, cluster, clock: systemClock });
}

describe.for([
  { where: "a file", newPlace: inFile },
  { where: "PostgreSQL", newPlace: inPostgres },
])("a journal in $where", ({ newPlace }) => {
  test("has nothing before the first upgrade, and then what was appended, for everybody", async () => {
    const open = newPlace();
    expect(await open().read()).toEqual([]);
    const lease = await open().acquire("ada");
    await lease.begin(planned("ada"));
    await lease.append(begun("a"));
    expect(await open().read()).toEqual([planned("ada"), begun("a")]);
    await lease.release();
    expect(await open().read()).toEqual([planned("ada"), begun("a")]);
  });

  test("goes on where another process has left it", async () => {
    const open = newPlace();
    await write(open(), planned("ada"), begun("a"));
    const lease = await open().acquire("bob");
    await lease.append(begun("b"));
    await lease.release();
    expect(await open().read()).toEqual([planned("ada"), begun("a"), begun("b")]);
  });

  test("begins anew, without what was there before", async () => {
    const open = newPlace();
    await write(open(), planned("ada"), begun("a"));
    await write(open(), planned("bob"));
    expect(await open().read()).toEqual([planned("bob")]);
  });

  test("is held by one at a time, who is named, and is free when that one lets go", async () => {
    const open = newPlace();
    const lease = await open().acquire("ada");
    await expect(open().acquire("bob")).rejects.toMatchObject({
      code: "lease-held",
      message: expect.stringMatching(/ is held by ada/) as unknown,
    });
    await lease.release();
    await (await open().acquire("bob")).release();
  });

  test("of many who come at once one gets it", async () => {
    const open = newPlace();
    const all = await Promise.allSettled(Array.from({ length: 12 }, (_, index) => open().acquire(`p${index}`)));
    const got = all.filter((one) => one.status === "fulfilled");
    expect(got).toHaveLength(1);
    for (const one of all) if (one.status === "rejected") expect(one.reason).toMatchObject({ code: "lease-held" });
    for (const { value } of got) await value.release();
  });

  test("tells once what somebody has asked for, also before anybody holds it", async () => {
    const open = newPlace();
    await (await open().acquire("ada")).release();
    await open().request("pause");
    const lease = await open().acquire("ada");
    expect(await lease.takeRequest()).toBe("pause");
    expect(await lease.takeRequest()).toBeUndefined();
    await open().request("abort");
    expect(await lease.takeRequest()).toBe("abort");
    await lease.release();
  });
});

describe("the journal in PostgreSQL", () => {
  test("is taken over when the process that held it was killed", { timeout: 30_000 }, async () => {
    const open = inPostgres();
    await write(open(), planned("ada"));
    const child = spawnHolder(open().name.split(" ")[1] ?? "");
    expect(await firstLine(child)).toBe("held");
    await expect(open().acquire("bob")).rejects.toMatchObject({ code: "lease-held" });
    child.kill("SIGKILL");
    await once(child, "exit");
    const lease = await takenAtLast(open());
    await lease.append(begun("b"));
    await lease.release();
    expect(await open().read()).toEqual([planned("ada"), begun("by the child"), begun("b")]);
  });

  test("is taken over from one that is silent though connected, which then writes nothing any more", async () => {
    const open = inPostgres();
    const silent = await open().acquire("ada");
    await silent.begin(planned("ada"));
    await sql("UPDATE fairway.upgrade_journal SET alive_at = now() - interval '31 seconds' WHERE holder = 'ada'");
    const successor = await open().acquire("bob");
    await successor.append(begun("b"));
    await expect(silent.append(begun("a"))).rejects.toMatchObject({ code: "lease-held" });
    await expect(silent.begin(planned("ada"))).rejects.toMatchObject({ code: "lease-held" });
    await expect(silent.renew()).rejects.toMatchObject({ code: "lease-held" });
    await silent.release();
    // What the deposed one let go was no longer its own.
    await expect(open().acquire("eve")).rejects.toMatchObject({ code: "lease-held" });
    await successor.release();
    expect(await open().read()).toEqual([planned("ada"), begun("b")]);
  });

  test("is nobody's for sure when a machine has slept, or its connection has broken, until it was asked", async () => {
    let sleptMs = 0;
    journals += 1;
    const clock = { ...systemClock, now: () => Date.now() + sleptMs };
    const lease = await createPostgresJournal({ url, cluster: `aks://a/b/cluster-${journals}`, clock }).acquire("ada");
    expect(lease.isSure()).toBe(true);
    sleptMs = 25_000;
    expect(lease.isSure()).toBe(false);
    await lease.renew();
    expect(lease.isSure()).toBe(true);
    await sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'fairway'");
    await expect.poll(() => lease.isSure(), { timeout: 10_000 }).toBe(false);
    await expect(lease.renew()).rejects.toMatchObject({ code: "unreachable" });
    await lease.release();
  });

  test("tells who drove when the connection breaks, and another one goes on", async () => {
    const open = inPostgres();
    const lease = await open().acquire("ada");
    await lease.begin(planned("ada"));
    await sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'fairway'");
    await expect(lease.append(begun("a"))).rejects.toMatchObject({
      code: "unreachable",
      hint: expect.stringContaining("resume") as unknown,
    });
    const next = await takenAtLast(open());
    await next.append(begun("b"));
    await next.release();
    await lease.release();
    expect(await open().read()).toEqual([planned("ada"), begun("b")]);
  });

  test.for([
    {
      what: "a changed line",
      change: "UPDATE fairway.upgrade_entry SET line = replace(line, '\"a\"', '\"x\"') WHERE cluster = $1",
      line: 2,
    },
    {
      what: "a line that is missing",
      change: "DELETE FROM fairway.upgrade_entry WHERE cluster = $1 AND number = 2",
      line: 2,
    },
    {
      what: "the last line changed",
      change: "UPDATE fairway.upgrade_entry SET line = line || ' ' WHERE cluster = $1 AND number = 3",
      line: 3,
    },
  ])("what is wrong in it is refused: $what", async ({ change, line }) => {
    const open = inPostgres();
    await write(open(), planned("ada"), begun("a"), begun("b"));
    await sql(change, [open().name.split(" ")[1]]);
    await expect(open().read()).rejects.toMatchObject({
      code: "journal-invalid",
      message: expect.stringContaining(`is damaged at line ${line}`) as unknown,
    });
  });

  test("keeps clusters apart, and old upgrades", async () => {
    const [one, other] = [inPostgres(), inPostgres()];
    const leases = [await one().acquire("ada"), await other().acquire("ada")];
    for (const lease of leases) await lease.release();
    await write(one(), planned("ada"));
    await write(one(), planned("bob"));
    expect(await other().read()).toEqual([]);
    const rows = await sql("SELECT count(*)::int AS count FROM fairway.upgrade_entry WHERE cluster = $1", [
      one().name.split(" ")[1],
    ]);
    expect(rows).toEqual([{ count: 2 }]);
  });

  test.for([
    { what: "no URL", at: () => "postgres://ada:sesame@", code: "usage" },
    { what: "no database", at: () => "postgres://ada:sesame@db", code: "usage" },
    { what: "another password", at: () => changed((place) => (place.password = "sesame")), code: "forbidden" },
    { what: "another database", at: () => changed((place) => (place.pathname = "/nothere")), code: "platform" },
    { what: "nobody there", at: () => changed((place) => (place.port = "1")), code: "unreachable" },
  ])("refuses $what without telling the password", async ({ at, code }) => {
    const thrown: unknown = await Promise.resolve()
      .then(() => createPostgresJournal({ url: at(), cluster: "aks://a/b/c", clock: systemClock }).read())
      .catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code });
    const { message, hint } = thrown as { message: string; hint: string };
    expect(`${message} ${hint}`).not.toMatch(new RegExp(`sesame|${new URL(url).password}`));
  });

  test("names itself without user, password and parameters", () => {
    const secret = "postgres://ada:sesame@db.example:6432/ops?sslmode=require";
    const { name } = createPostgresJournal({ url: secret, cluster: "aks://a/b/c", clock: systemClock });
    expect(name).toBe("postgres://db.example:6432/ops aks://a/b/c");
  });
});

function planned(by: string): JournalEntry {
  const plan = {
    strategy: "in-place",
    cluster: "aks://a/b/c",
    version: "1.35.1",
    from: { version: "1.34.2", pools: {} },
    steps: [],
  } as const;
  return { at: "2026-11-25T10:00:00.000Z", type: "planned", by, plan };
}

function begun(step: string): JournalEntry {
  return { at: "2026-11-25T10:00:00.000Z", type: "begun", step };
}

/** What begins with a plan begins an upgrade. */
async function write(journal: Journal, ...entries: readonly JournalEntry[]): Promise<void> {
  const lease = await journal.acquire("ada");
  for (const entry of entries) await (entry.type === "planned" ? lease.begin(entry) : lease.append(entry));
  await lease.release();
}

/** The server needs a moment to see that a connection is gone. */
async function takenAtLast(journal: Journal): Promise<Awaited<ReturnType<Journal["acquire"]>>> {
  const taken: Awaited<ReturnType<Journal["acquire"]>>[] = [];
  await expect.poll(async () => taken.push(await journal.acquire("bob")), { timeout: 10_000 }).toBe(1);
  const [lease] = taken;
  if (!lease) throw new Error("It was not taken.");
  return lease;
}

async function sql(text: string, values: readonly unknown[] = []): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}

function changed(change: (place: URL) => void): string {
  const place = new URL(url);
  change(place);
  return place.href;
}

/** A process that takes the journal, writes one entry and stays. */
function spawnHolder(cluster: string) {
  const program = `
    import { createPostgresJournal, systemClock } from "@fairway/sdk";
    const journal = createPostgresJournal({ url: process.env.JOURNAL_URL, cluster: ${JSON.stringify(cluster)}, clock: systemClock });
    const lease = await journal.acquire("the child");
    await lease.append(${JSON.stringify(begun("by the child"))});
    console.log("held");
    setInterval(() => {}, 1_000);`;
  return spawn(process.execPath, ["--conditions=fairway-source", "--input-type=module", "--eval", program], {
    cwd: import.meta.dirname,
    env: { ...process.env, JOURNAL_URL: url },
    stdio: ["ignore", "pipe", "inherit"],
  });
}

async function firstLine({ stdout }: ReturnType<typeof spawnHolder>): Promise<string> {
  const [line] = (await once(createInterface(stdout), "line")) as [string];
  return line;
}
