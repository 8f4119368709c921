import { mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Clock, Journal, JournalEntry, JournalRequest } from "@fairway/core";
import { FairwayError } from "@fairway/model";
import { FileLease } from "./file-lease.ts";
import { formatEntry, type ParsedJournal, parseJournal } from "./journal-format.ts";

/**
 * The journal of an upgrade in a file, one line for each entry, on the disk before the step is taken. For one machine: who
 * drives is told by the process. Several machines share one in PostgreSQL.
 */
export function createFileJournal(path: string, clock: Clock): Journal {
  return {
    name: path,
    read: async () => (await readJournal(path)).entries,
    acquire: async (by) => {
      await mkdir(dirname(path), { recursive: true }).catch((error: unknown) => {
        throw unusable(path, error);
      });
      const lease = await FileLease.take(path, by, clock);
      return {
        append: async (entry) => {
          await lease.hold();
          await append(path, entry);
        },
        begin: async (entry) => {
          await lease.hold();
          await putAside(path, clock);
          await append(path, entry);
        },
        takeRequest: async () => {
          await lease.hold();
          return await takeRequest(path);
        },
        isSure: () => lease.isSure(),
        renew: () => lease.renew(),
        release: () => lease.release(),
      };
    },
    request: (what) => writeFile(requestFile(path), what),
  };
}

async function readJournal(path: string): Promise<ParsedJournal> {
  return parseJournal(path, await readOrEmpty(path));
}

/** Writes behind the last whole line: what a torn one left is cut off. */
async function append(path: string, entry: JournalEntry): Promise<void> {
  const { wholeBytes, checksum } = await readJournal(path);
  const isNew = wholeBytes === 0;
  const file = await open(path, isNew ? "w" : "r+", 0o600);
  try {
    await file.truncate(wholeBytes);
    await file.write(formatEntry(entry, checksum), wholeBytes);
    await file.sync();
  } finally {
    await file.close();
  }
  if (isNew) await syncFolder(dirname(path));
}

/** The name of a new file is on the disk only when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** The journal of an upgrade that is over stays beside the new one. */
async function putAside(path: string, clock: Clock): Promise<void> {
  const { entries } = await readJournal(path);
  if (entries.length === 0) return await rm(path, { force: true });
  const stamp = new Date(clock.now()).toISOString().replaceAll(/[:.]/g, "-");
  await rename(path, `${path}.${stamp}`);
}

async function takeRequest(path: string): Promise<JournalRequest | undefined> {
  const text = await readOrEmpty(requestFile(path));
  if (text === "") return undefined;
  await rm(requestFile(path), { force: true });
  return text === "pause" || text === "abort" ? text : undefined;
}

function requestFile(path: string): string {
  return `${path}.request`;
}

async function readOrEmpty(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw unusable(path, error);
  }
}

function unusable(path: string, cause: unknown): FairwayError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
  return new FairwayError("usage", `The journal ${path} cannot be read or written (${code}).`, {
    hint: "Name a file in a folder that this user may write to: --journal FILE (or FAIRWAY_JOURNAL).",
    path: "--journal",
    cause,
  });
}
