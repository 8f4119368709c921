import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { runCli } from "../src/index.ts";

export const binPath = fileURLToPath(new URL("../bin/fairway.mjs", import.meta.url));
export const rootFolder = fileURLToPath(new URL("../../..", import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One command in this process, outside of a terminal. */
export async function run(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<Outcome> {
  const written = { stdout: "", stderr: "" };
  const output = (name: keyof typeof written) => ({
    write: (text: string) => void (written[name] += text),
    isTerminal: false,
    columns: 100,
  });
  const context = { stdout: output("stdout"), stderr: output("stderr"), environment, folder: rootFolder, signal };
  const code = await runCli(args, context);
  return { code, ...written };
}

export interface SpawnedCommand {
  readonly pid: number;
  /** Resolves with everything written so far once standard output holds the text; rejects when the command ends first. */
  printed(text: string): Promise<string>;
  /** The same for standard error. */
  said(text: string): Promise<string>;
  readonly ended: Promise<Outcome>;
  /** What Ctrl-C on a terminal does: every process of the group gets it. */
  interrupt(): void;
}

/** The command as a shell starts it: the bin, in a process group of its own. */
export function spawnFairway(args: readonly string[], environment: NodeJS.ProcessEnv = process.env): SpawnedCommand {
  const child = spawn(process.execPath, [binPath, ...args], {
    cwd: rootFolder,
    env: environment,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const written = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => (written[name] += text));
  }
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, ...written }));
  });
  const hasWritten = (name: "stdout" | "stderr", text: string) =>
    new Promise<string>((resolve, reject) => {
      const look = () => written[name].includes(text) && resolve(written[name]);
      child[name].on("data", look);
      look();
      ended.then(({ code }) => reject(new Error(`Ended with ${code}: ${written.stdout}${written.stderr}`)), reject);
    });
  return {
    pid: child.pid ?? 0,
    ended,
    printed: (text) => hasWritten("stdout", text),
    said: (text) => hasWritten("stderr", text),
    interrupt: () => void (child.pid !== undefined && process.kill(-child.pid, "SIGINT")),
  };
}
