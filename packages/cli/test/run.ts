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
  /** Resolves with everything written so far once standard output holds the text; rejects when the command ends first. */
  printed(text: string): Promise<string>;
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
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
  return {
    ended,
    printed: (text) =>
      new Promise((resolve, reject) => {
        const look = () => stdout.includes(text) && resolve(stdout);
        child.stdout.on("data", look);
        look();
        ended.then(({ code }) => reject(new Error(`Ended with ${code}: ${stdout}${stderr}`)), reject);
      }),
    interrupt: () => void (child.pid !== undefined && process.kill(-child.pid, "SIGINT")),
  };
}
