import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Kubectl extends Disposable {
  /** Output of a command that must succeed. Words are split at spaces; `input` is its standard input. */
  run(command: string | readonly string[], input?: string, more?: NodeJS.ProcessEnv): Promise<string>;
  /** What a command that must fail says, on standard error unless told otherwise. */
  fails(command: string | readonly string[], input?: string, stream?: "stdout" | "stderr"): Promise<string>;
  /** What it runs with, for a process that a test starts itself. */
  readonly environment: NodeJS.ProcessEnv;
  /** Cells of a printed table, head first. */
  table(command: string): Promise<string[][]>;
}

/** The kubectl of this machine, with a configuration of its own. */
export function createKubectl(kubeconfigText: string): Kubectl {
  const home = mkdtempSync(join(tmpdir(), "fairway-kubectl-"));
  const file = join(home, "config");
  writeFileSync(file, kubeconfigText);
  const env = { ...process.env, KUBECONFIG: file, HOME: home, KUBECACHEDIR: join(home, "cache") };
  const kubectl: Kubectl = {
    environment: env,
    async run(command, input, more) {
      const { code, stdout, stderr } = await execute(command, { ...env, ...more }, input);
      if (code !== 0) throw new Error(`kubectl ${String(command)}: ${stderr}`);
      return stdout;
    },
    async fails(command, input, stream = "stderr") {
      const ran = await execute(command, env, input);
      if (ran.code === 0) throw new Error(`kubectl ${String(command)} did not fail`);
      return ran[stream];
    },
    async table(command) {
      return cellsOf(await kubectl.run(command));
    },
    [Symbol.dispose]: () => rmSync(home, { recursive: true, force: true }),
  };
  return kubectl;
}

/** Cells of what kubectl prints as a table. */
export function cellsOf(output: string): string[][] {
  const lines = output.trimEnd().split("\n");
  return lines.map((line) => line.trim().split(/\s{2,}/));
}

/** Whether there is a kubectl on the PATH; without one, the tests of `file` say that they are skipped. */
export async function hasKubectl(file: string): Promise<boolean> {
  const { code } = await execute("version --client", process.env);
  // oxlint-disable-next-line no-console
  if (code !== 0) console.log(`${file}: skipped, there is no kubectl on the PATH`);
  return code === 0;
}

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function execute(command: string | readonly string[], env: NodeJS.ProcessEnv, input = ""): Promise<Ran> {
  const words = typeof command === "string" ? command.split(" ") : command;
  return new Promise((resolve) => {
    const child = execFile("kubectl", words, { env }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) || 1 : 0, stdout, stderr });
    });
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
  });
}
