import { appendFile, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFileJournal, type Journal, type JournalEntry, systemClock } from "@fairway/sdk";
import { afterAll, beforeAll, expect, test } from "vitest";

let folder = "";
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fairway-journal-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("what was appended is read by another process, and by nobody before it is there", async () => {
  const { journal, path } = newJournal();
  expect(await journal.read()).toEqual([]);
  await write(journal, planned, begun("a"));
  expect(await createFileJournal(path, systemClock).read()).toEqual([planned, begun("a")]);
});

test.for([
  { what: "half a line", tail: (line: string) => line.slice(0, line.length / 2) },
  { what: "a line without its end", tail: (line: string) => line.trimEnd() },
  { what: "zeros that the disk left", tail: () => "\0\0\0\0\0\0" },
])("a torn last line is left out and written over: $what", async ({ tail }) => {
  const { journal, path } = newJournal();
  await write(journal, planned, begun("a"));
  const whole = await readFile(path, "utf8");
  const [, second = ""] = whole.split(/(?<=\n)/);
  await appendFile(path, tail(second.replace('"a"', '"b"')));
  expect(await journal.read()).toEqual([planned, begun("a")]);
  await write(journal, begun("c"));
  expect(await journal.read()).toEqual([planned, begun("a"), begun("c")]);
  expect(await readFile(path, "utf8")).toMatch(new RegExp(`^${whole.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}`));
});

test.for([
  { what: "a changed line", change: (lines: string[]) => lines.with(1, (lines[1] ?? "").replace('"a"', '"x"')) },
  { what: "a line that is missing", change: (lines: string[]) => lines.toSpliced(1, 1) },
  {
    what: "lines in another order",
    change: (lines: string[]) => [...lines.slice(0, 1), ...lines.slice(1).toReversed()],
  },
  { what: "text that is none of ours", change: (lines: string[]) => ["hello", ...lines] },
])("what is wrong in the middle is refused with its line: $what", async ({ change }) => {
  const { journal, path } = newJournal();
  await write(journal, planned, begun("a"), begun("b"), begun("c"));
  const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
  await writeFile(path, `${change(lines).join("\n")}\n`);
  await expect(journal.read()).rejects.toMatchObject({
    code: "journal-invalid",
    message: expect.stringMatching(/is damaged at line [12]: its checksum does not fit/) as unknown,
  });
});

test.for([
  { what: "one line", text: "hello\n" },
  { what: "one line without its end", text: "name: api" },
  { what: "a private key", text: "-----BEGIN PRIVATE KEY-----" },
])("a file of somebody else is left as it is: $what", async ({ text }) => {
  const { journal, path } = newJournal();
  await writeFile(path, text);
  const refused = { code: "journal-invalid", message: `${path} is no journal of an upgrade.` };
  await expect(journal.read()).rejects.toMatchObject(refused);
  await expect(write(journal, planned)).rejects.toMatchObject(refused);
  expect(await readFile(path, "utf8")).toBe(text);
});

test.for(["", "1", "1 0123", "1 0123456789abcdef", '1 0123456789abcdef {"at', "\0\0\0"])(
  "a first line that was torn is left out and written over: %j",
  async (text) => {
    const { journal, path } = newJournal();
    await writeFile(path, text);
    expect(await journal.read()).toEqual([]);
    await write(journal, planned);
    expect(await journal.read()).toEqual([planned]);
  },
);

test("what a newer Fairway wrote is refused", async () => {
  const { journal, path } = newJournal();
  await write(journal, planned, begun("a"));
  await writeFile(path, (await readFile(path, "utf8")).replaceAll(/^1 /gm, "2 "));
  await expect(journal.read()).rejects.toMatchObject({
    code: "journal-invalid",
    message: expect.stringContaining("is written in form 2; this Fairway reads 1") as unknown,
  });
});

test("one holds it at a time, and a new upgrade puts the old journal aside", async () => {
  const { journal, path } = newJournal();
  const lease = await journal.acquire("ada");
  await expect(journal.acquire("bob")).rejects.toMatchObject({
    code: "lease-held",
    message: expect.stringMatching(/is held by ada \(process \d+ on /) as unknown,
  });
  await lease.begin(planned);
  await lease.release();
  const next = await journal.acquire("bob");
  await next.begin({ ...planned, by: "bob" });
  await next.release();
  expect(await journal.read()).toEqual([{ ...planned, by: "bob" }]);
  const names = await readdir(folder);
  expect(names.filter((name) => join(folder, name).startsWith(`${path}.2`))).toHaveLength(1);
});

test("of many who come at once one gets it", async () => {
  const { journal } = newJournal();
  const all = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => journal.acquire(`p${index}`)));
  expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});

test("a holder that has ended, or has long been silent, loses it, and can write no more", async () => {
  const { journal, path } = newJournal();
  // No process has so high a number.
  const dead = { pid: 2 ** 22 + 1, host: (await import("node:os")).hostname(), by: "ghost" };
  await writeFile(`${path}.lease-4`, JSON.stringify(dead));
  const lease = await journal.acquire("ada");
  await lease.begin(planned);
  const longAgo = new Date(Date.now() - 60_000);
  await utimes(`${path}.lease-5`, longAgo, longAgo);
  const successor = await journal.acquire("bob");
  await expect(lease.append(begun("a"))).rejects.toMatchObject({ code: "lease-held" });
  await successor.append(begun("b"));
  expect(await journal.read()).toEqual([planned, begun("b")]);
  await successor.release();
});

test("a holder whose machine has slept is not sure of itself, and asks before it goes on", async () => {
  const { path } = newJournal();
  let sleptMs = 0;
  const own = createFileJournal(path, { ...systemClock, now: () => Date.now() + sleptMs });
  const lease = await own.acquire("ada");
  expect(lease.isSure()).toBe(true);
  sleptMs = 25_000;
  expect(lease.isSure()).toBe(false);
  await lease.renew();
  expect(lease.isSure()).toBe(true);
  sleptMs = 60_000;
  const successor = await createFileJournal(path, { ...systemClock, now: () => Date.now() + 60_000 }).acquire("bob");
  await expect(lease.renew()).rejects.toMatchObject({ code: "lease-held" });
  expect(lease.isSure()).toBe(false);
  await successor.release();
});

test("a holder that slept while others came and went does not take the next one's lease for its own", async () => {
  const { journal, path } = newJournal();
  const sleeper = await journal.acquire("ada");
  const longAgo = new Date(Date.now() - 60_000);
  await utimes(`${path}.lease-1`, longAgo, longAgo);
  await (await journal.acquire("bob")).release();
  const next = await journal.acquire("eve");
  await expect(sleeper.append(begun("a"))).rejects.toMatchObject({ code: "lease-held" });
  await expect(sleeper.renew()).rejects.toMatchObject({ code: "lease-held" });
  await sleeper.release();
  await next.append(begun("b"));
  await next.release();
  expect(await journal.read()).toEqual([begun("b")]);
});

test("what is asked for is told once", async () => {
  const { journal } = newJournal();
  const lease = await journal.acquire("ada");
  expect(await lease.takeRequest()).toBeUndefined();
  await journal.request("pause");
  expect(await lease.takeRequest()).toBe("pause");
  expect(await lease.takeRequest()).toBeUndefined();
  await lease.release();
});

const planned = {
  at: "2026-11-25T10:00:00.000Z",
  type: "planned",
  by: "ada",
  plan: {
    strategy: "in-place",
    cluster: "aks://a/b/c",
    version: "1.35.1",
    from: { version: "1.34.2", pools: {} },
    steps: [],
  },
} as const satisfies JournalEntry;

function begun(step: string): JournalEntry {
  return { at: "2026-11-25T10:00:00.000Z", type: "begun", step };
}

function newJournal(): { readonly journal: Journal; readonly path: string } {
  files += 1;
  const path = join(folder, `${files}.upgrade`);
  return { path, journal: createFileJournal(path, systemClock) };
}

async function write(journal: Journal, ...entries: readonly JournalEntry[]): Promise<void> {
  const lease = await journal.acquire("ada");
  for (const entry of entries) await lease.append(entry);
  await lease.release();
}
