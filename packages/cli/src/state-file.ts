import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Azure } from "@fairway/emulator";
import { FairwayError } from "@fairway/model";
import { takeLock } from "./lock-file.ts";
import type { ProgressDisplay } from "./progress.ts";

/** The file that an emulator keeps its state in. One emulator at a time: it is locked until it is disposed of. */
export interface StateFile extends AsyncDisposable {
  /** Makes again what an earlier emulator left. False when there is no such file yet. */
  restore(azure: Azure, progress: ProgressDisplay): Promise<boolean>;
  /** Writes every so often until the signal aborts, and then once more. */
  keep(azure: Azure, everySeconds: number, signal: AbortSignal): Promise<void>;
}

export async function openStateFile(name: string, folder: string): Promise<StateFile> {
  const file = resolve(folder, name);
  const lock = `${file}.lock`;
  await lockedBy(lock, name);
  return {
    restore: (azure, progress) => restore(file, name, azure, progress),
    keep: (azure, everySeconds, signal) => keep(file, azure, everySeconds, signal),
    [Symbol.asyncDispose]: () => rm(lock, { force: true }),
  };
}

async function lockedBy(lock: string, name: string): Promise<void> {
  const owner = await takeLock(lock).catch((cause: unknown) => {
    throw unreadable(name, cause);
  });
  if (owner === undefined) return;
  const message = `The state file ${name} is used by another emulator (process ${owner}).`;
  throw usage(message, "Name another file.", undefined);
}

async function restore(file: string, name: string, azure: Azure, progress: ProgressDisplay): Promise<boolean> {
  const text = await read(file, name);
  if (text === undefined) return false;
  progress.show({ message: `Making again what ${name} has` });
  try {
    await azure.importState(text);
    return true;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : "";
    const hint = "Name another file, or remove this one to start anew.";
    throw usage(`The state of ${name} cannot be used: ${why}`, hint, cause);
  }
}

async function read(file: string, name: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return undefined;
    throw unreadable(name, cause);
  }
}

/** A large world stands still for a moment while it is written, about a second for 100 MB: it is written less often. */
async function keep(file: string, azure: Azure, everySeconds: number, signal: AbortSignal): Promise<void> {
  let pauseMs = everySeconds * 1_000;
  while (!signal.aborted) {
    await delay(pauseMs, undefined, { signal }).catch(() => {});
    const text = azure.exportState();
    await write(file, text);
    pauseMs = everySeconds * 1_000 + Math.ceil(text.length / 5_000);
  }
}

/** As a whole or not at all: an emulator that is killed while it writes leaves the state of the moment before. */
async function write(file: string, text: string): Promise<void> {
  const draft = `${file}.part`;
  // Secrets of the apps are in it.
  await writeFile(draft, text, { mode: 0o600 });
  await rename(draft, file);
}

function unreadable(name: string, cause: unknown): FairwayError {
  const hint = "Give --state-file a file, or the name of one that is to be written.";
  return usage(`The state file ${name} cannot be read.`, hint, cause);
}

function usage(message: string, hint: string, cause: unknown): FairwayError {
  return new FairwayError("usage", message, { hint, path: "--state-file", cause });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
