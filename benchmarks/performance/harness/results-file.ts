import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";

/** What a goal asks for, and whether it was met. */
export interface Goal {
  readonly text: string;
  readonly met: boolean;
}

export function goal(text: string, met: boolean): Goal {
  return { text: `${met ? "met   " : "MISSED"} ${text}`, met };
}

interface PartResults {
  readonly goals: readonly Goal[];
  readonly [name: string]: unknown;
}

/** Writes one part of a results file and leaves the others: parts can be measured one at a time. Prints the goals. */
export function saveResults(file: string, part: string, results: PartResults): void {
  const others = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>) : {};
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version };
  const all = { ...others, [part]: { machine, at: new Date().toISOString(), ...results } };
  writeFileSync(file, `${JSON.stringify(all, undefined, 2)}\n`);
  for (const { text } of results.goals) console.log(text);
  if (results.goals.some(({ met }) => !met)) process.exitCode = 1;
}
