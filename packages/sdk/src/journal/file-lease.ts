import { randomUUID } from "node:crypto";
import { link, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname } from "node:path";
import type { Clock } from "@fairway/core";
import { FairwayError } from "@fairway/model";
import { beatMs, LastSign, silenceMs } from "./last-sign.ts";

/**
 * Who may write: the process that made the file with the highest number, `JOURNAL.lease-7`, which only one can make. The
 * next number may be made when that process has ended, or has said nothing for a while. Whoever finds a higher number than
 * its own, or somebody else's file under it, has lost.
 */
export class FileLease {
  readonly #path: string;
  readonly #number: number;
  /** What is written in it: numbers begin anew when nobody is there. */
  readonly #text: string;
  readonly #clock: Clock;
  readonly #sign: LastSign;
  readonly #ended = new AbortController();

  private constructor(path: string, number: number, text: string, clock: Clock) {
    [this.#path, this.#number, this.#text, this.#clock] = [path, number, text, clock];
    this.#sign = new LastSign(clock);
  }

  /** Rejects with `lease-held`. */
  static async take(path: string, by: string, clock: Clock): Promise<FileLease> {
    const highest = await highestNumber(path);
    const holder = highest === 0 ? undefined : await holderOf(path, highest, clock);
    if (holder !== undefined) throw held(path, holder);
    const number = highest + 1;
    const text = JSON.stringify(await thisProcess(by));
    const lease = new FileLease(path, number, text, clock);
    const madeAt = lease.#sign.now();
    if (!(await makeFile(path, number, text))) throw held(path, "another process");
    try {
      await lease.hold();
      // It may have come to life at this moment, and then it found no number but its own.
      const awake = highest === 0 ? undefined : await holderOf(path, highest, clock);
      if (awake !== undefined) throw held(path, awake);
    } catch (error) {
      await lease.release();
      throw error;
    }
    lease.#sign.heard(madeAt);
    for (let older = highest; older > 0 && (await removed(path, older)); older -= 1);
    void lease.#beat();
    return lease;
  }

  isSure(): boolean {
    return this.#sign.isRecent;
  }

  /** First it is said, and then looked for others: of two who do so at once, at least one sees the other. */
  async renew(): Promise<void> {
    const saidAt = this.#sign.now();
    const now = new Date(saidAt.wallMs);
    await utimes(fileOf(this.#path, this.#number), now, now).catch(() => undefined);
    await this.hold();
    this.#sign.heard(saidAt);
  }

  /** Rejects with `lease-held` when another process has taken over. */
  async hold(): Promise<void> {
    if ((await highestNumber(this.#path)) === this.#number && (await this.#isOurs())) return;
    throw held(this.#path, "another process");
  }

  async release(): Promise<void> {
    this.#ended.abort();
    if (await this.#isOurs()) await removed(this.#path, this.#number);
  }

  async #isOurs(): Promise<boolean> {
    return (await readFile(fileOf(this.#path, this.#number), "utf8").catch(() => "")) === this.#text;
  }

  async #beat(): Promise<void> {
    for (;;) {
      await this.#clock.sleep(beatMs, this.#ended.signal).catch(() => undefined);
      if (this.#ended.signal.aborted) return;
      await this.renew().catch(() => undefined);
    }
  }
}

interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly by: string;
  /** Of this lease alone. */
  readonly token: string;
  /** When it was started, as the kernel counts: another process may get the same number later. */
  readonly startedAt?: string;
}

async function thisProcess(by: string): Promise<Holder> {
  const { pid } = process;
  const startedAt = (await processOf(pid))?.startedAt;
  return { pid, host: hostname(), by, token: randomUUID(), ...(startedAt === undefined ? {} : { startedAt }) };
}

function fileOf(path: string, number: number): string {
  return `${path}.lease-${number}`;
}

async function highestNumber(path: string): Promise<number> {
  const prefix = `${basename(path)}.lease-`;
  const names = await readdir(dirname(path));
  const numbers = names.filter((name) => name.startsWith(prefix)).map((name) => Number(name.slice(prefix.length)));
  return Math.max(0, ...numbers.filter(Number.isInteger));
}

/** Who holds it still; undefined when nobody does any more. */
async function holderOf(path: string, number: number, clock: Clock): Promise<string | undefined> {
  try {
    const file = fileOf(path, number);
    const { mtimeMs } = await stat(file);
    const isSilent = clock.now() - mtimeMs > silenceMs;
    const holder = JSON.parse(await readFile(file, "utf8")) as Holder;
    const isGone = holder.host === hostname() && !(await isAlive(holder));
    return isGone || isSilent ? undefined : `${holder.by} (process ${holder.pid} on ${holder.host})`;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

async function isAlive({ pid, startedAt }: Holder): Promise<boolean> {
  const found = await processOf(pid);
  if (found) return !found.isZombie && (startedAt === undefined || found.startedAt === startedAt);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** What Linux tells of a process; undefined elsewhere, and for one that is gone (man page proc_pid_stat: fields 3 and 22). */
async function processOf(pid: number): Promise<{ isZombie: boolean; startedAt: string } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  // The name before may have any character, and stands in parentheses.
  const fields = text?.slice(text.lastIndexOf(")") + 2).split(" ");
  return fields && { isZombie: fields[0] === "Z", startedAt: fields[19] ?? "" };
}

/** At once and with its content. False when somebody else was faster. */
async function makeFile(path: string, number: number, text: string): Promise<boolean> {
  const draft = `${path}.draft-${randomUUID()}`;
  await writeFile(draft, text, { mode: 0o600 });
  try {
    await link(draft, fileOf(path, number));
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(draft);
  }
}

/** Whether it was there. */
async function removed(path: string, number: number): Promise<boolean> {
  try {
    await rm(fileOf(path, number));
    return true;
  } catch {
    return false;
  }
}

function held(path: string, holder: string): FairwayError {
  return new FairwayError("lease-held", `${path} is held by ${holder}.`, {
    hint: "One process drives an upgrade. Ask it to stop with fairway upgrade pause or abort, or wait for its end.",
  });
}
