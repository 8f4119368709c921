import { link, readFile, rm, writeFile } from "node:fs/promises";

/** Takes the lock, or says which process has it. A lock whose owner was killed is taken over. */
export async function takeLock(lock: string): Promise<number | undefined> {
  const draft = `${lock}.${process.pid}`;
  await writeFile(draft, `${process.pid} ${await startOf(process.pid)}`);
  try {
    while (!(await appears(draft, lock))) {
      const [pid, start] = (await readFile(lock, "utf8").catch(() => "")).split(" ");
      const owner = Number(pid);
      if (isAlive(owner) && (await startOf(owner)) === start) return owner;
      await rm(lock, { force: true });
    }
    return undefined;
  } finally {
    await rm(draft, { force: true });
  }
}

/** With its content at once: nobody sees a lock that does not yet say whose it is. */
async function appears(draft: string, lock: string): Promise<boolean> {
  try {
    await link(draft, lock);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

/** When a process started, in clock ticks since boot: a number is given to another process after its owner's end. Empty where there is no /proc. */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // See proc(5): the name in brackets may hold anything; the state follows, and 19 fields later the start.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // One that was killed is seen until its parent has noticed, which in a container may be never.
  return fields[0] === "Z" ? "ended" : (fields[19] ?? "");
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
