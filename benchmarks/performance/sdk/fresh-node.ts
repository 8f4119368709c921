import { execFileSync } from "node:child_process";

export interface Cost {
  readonly ms: number;
  readonly rssBytes: number;
}

/** Runs a program in a Node of its own, with the packages as they are built. */
export function inFreshNode(program: string): Cost {
  const output = execFileSync(process.execPath, ["--input-type=module", "--eval", program], {
    cwd: import.meta.dirname,
    encoding: "utf8",
    env: { PATH: process.env["PATH"] },
  });
  return JSON.parse(output) as Cost;
}
