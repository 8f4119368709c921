import { readFileSync } from "node:fs";
import type { Scheduler, Timer } from "@fairway/kernel";
import type { Usage } from "../../world/ports.ts";

interface Reading {
  readonly atMs: number;
  readonly cpuMs: number;
  readonly memoryBytes: number;
}

const readEveryMs = 5_000;
const kept = 20;
/** The kernel counts in hundredths of a second: over less than this they say nothing. */
const leastWindowMs = 1_000;
/** USER_HZ of Linux. */
const msPerTick = 10;
const pageBytes = 4_096;

/** How much processor and memory a process and its children use, as Linux's /proc has it. Elsewhere nobody knows. */
export class ProcessUsage {
  readonly #clock: Scheduler;
  readonly #pid: number;
  #readings: readonly Reading[] = [];
  #timer: Timer | undefined;

  constructor(clock: Scheduler, pid: number) {
    this.#clock = clock;
    this.#pid = pid;
    this.#read();
    if (this.#readings.length > 0) this.#again();
  }

  /** Of the readings that come closest to the two moments. */
  between(fromMs: number): Usage | undefined {
    if (this.#clock.now() - (this.#readings.at(-1)?.atMs ?? 0) >= leastWindowMs) this.#read();
    const last = this.#readings.at(-1);
    if (!last) return undefined;
    const startMs = Math.min(fromMs, last.atMs - leastWindowMs);
    const first = this.#readings.findLast(({ atMs }) => atMs <= startMs) ?? this.#readings[0];
    if (!first || first.atMs >= last.atMs) return undefined;
    const cpuMillicores = ((last.cpuMs - first.cpuMs) / (last.atMs - first.atMs)) * 1_000;
    return { cpuMillicores: Math.max(0, cpuMillicores), memoryBytes: last.memoryBytes };
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #again(): void {
    this.#timer = this.#clock.after(readEveryMs, () => {
      this.#read();
      this.#again();
    });
  }

  #read(): void {
    const all = processTree(this.#pid).flatMap((pid) => readProcess(pid) ?? []);
    if (all.length === 0) return;
    const cpuMs = all.reduce((sum, one) => sum + one.cpuMs, 0);
    const memoryBytes = all.reduce((sum, one) => sum + one.memoryBytes, 0);
    this.#readings = [...this.#readings, { atMs: this.#clock.now(), cpuMs, memoryBytes }].slice(-kept);
  }
}

function processTree(pid: number): number[] {
  const children = readText(`/proc/${pid}/task/${pid}/children`) ?? "";
  return [pid, ...children.split(" ").filter(Boolean).map(Number).flatMap(processTree)];
}

/** Processor time with that of children that have ended, and resident memory. Source: proc_pid_stat(5), fields 14 to 17 and 24. */
function readProcess(pid: number): Pick<Reading, "cpuMs" | "memoryBytes"> | undefined {
  const text = readText(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The second field is a name in brackets that may hold anything.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15).map(Number);
  const pages = Number(fields[21]);
  return { cpuMs: (user + system + childUser + childSystem) * msPerTick, memoryBytes: pages * pageBytes };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
