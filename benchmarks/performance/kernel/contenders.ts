import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Measured {
  /** Operations, or customers, per second of CPU. */
  readonly perSecond: number;
  /** Of M/M/c only: mean wait in service times. */
  readonly meanWait?: number;
}

export interface Contender {
  readonly name: "C" | "C, ties in any order" | "Fairway" | "SimPy";
  measure(model: "hold" | "mmc", size: number, operations: number): Measured;
}

/** Whoever can be measured on this machine; the others are named with the reason. */
export function contenders(folder: string): readonly Contender[] {
  return [...compiled(folder), ours, ...simpy()];
}

const here = import.meta.dirname;

const ours: Contender = {
  name: "Fairway",
  measure: (model, size, operations) =>
    run(process.execPath, ["--conditions=fairway-source", join(here, "ours.ts"), model, size, operations]),
};

function compiled(folder: string): readonly Contender[] {
  const variants = [
    { name: "C", flags: [] },
    { name: "C, ties in any order", flags: ["-DNO_TIES"] },
  ] as const;
  return variants.flatMap(({ name, flags }) => {
    const programs = { hold: join(folder, `hold${flags.join("")}`), mmc: join(folder, `mmc${flags.join("")}`) };
    for (const model of ["hold", "mmc"] as const) {
      const args = ["-O2", ...flags, "-o", programs[model], join(here, `${model}.c`), "-lm"];
      const { error, status, stderr } = spawnSync("cc", args, { encoding: "utf8" });
      if (error) return skipped(name, "no C compiler on the PATH (Debian: sudo apt-get install gcc libc6-dev)");
      if (status !== 0) return skipped(name, stderr);
    }
    return [{ name, measure: (model, size, operations) => run(programs[model], [size, operations]) }];
  });
}

/** Debian's own Python has it, which need not be the first on the PATH. */
function simpy(): readonly Contender[] {
  const python = ["/usr/bin/python3", "python3"].find(
    (path) => spawnSync(path, ["-c", "import simpy"], { stdio: "ignore" }).status === 0,
  );
  if (python === undefined) return skipped("SimPy", "not installed (Debian: sudo apt-get install python3-simpy3)");
  return [
    {
      name: "SimPy",
      measure: (model, size, operations) => run(python, [join(here, `${model}.py`), size, operations]),
    },
  ];
}

function skipped(name: string, reason: string): readonly [] {
  console.log(`${name} is left out: ${reason}`);
  return [];
}

function run(program: string, args: readonly (string | number)[]): Measured {
  const { status, stdout, stderr, error } = spawnSync(program, args.map(String), { encoding: "utf8" });
  if (status !== 0) throw error ?? new Error(`${program} failed: ${stderr}`);
  return JSON.parse(stdout) as Measured;
}

/** A folder for what the compiler writes. */
export function withFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "fairway-kernel-"));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
