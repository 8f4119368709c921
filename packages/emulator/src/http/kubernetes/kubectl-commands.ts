import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommandRunner } from "../../world/container-service/environment.ts";
import type { CommandResult } from "../../world/container-service/state.ts";
import type { Kubeconfigs } from "../arm/container-service/credentials.ts";

/** No command of a person takes longer against a cluster that answers. */
const limitMs = 60_000;
const outputLimit = 512 * 1024;

/**
 * `runCommand` with the kubectl of this machine, if it has one. Only kubectl: the line is split into words and never
 * reaches a shell, so that a client of the emulator cannot run anything else here.
 */
export function createKubectlCommands(kubeconfigOf: Kubeconfigs): CommandRunner {
  return ({ cluster: { cluster, resourceGroup }, line }, done) => {
    const [program = "", ...words] = wordsOf(line);
    if (program !== "kubectl") {
      cluster.world.clock.after(0, () => done(notFound(program)));
      return;
    }
    const kubeconfig = kubeconfigOf({ cluster, resourceGroup, user: "clusterAdmin" });
    void (async () => done(await runKubectl(kubeconfig, words)))();
  };
}

async function runKubectl(kubeconfig: string, words: readonly string[]): Promise<CommandResult> {
  try {
    return await withKubeconfig(kubeconfig, (path) => kubectl(["--kubeconfig", path, ...words]));
  } catch (error) {
    return { exitCode: 1, logs: `${error instanceof Error ? error.message : "failed"}\n` };
  }
}

/** Words of a line as a shell has them, quotes taken off; nothing in them is expanded. */
function wordsOf(line: string): string[] {
  const words = line.match(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g) ?? [];
  return words.map((word) => word.replaceAll(/"([^"]*)"|'([^']*)'/g, "$1$2"));
}

function notFound(program: string): CommandResult {
  return { exitCode: 127, logs: `sh: ${program}: command not found\n` };
}

async function withKubeconfig<T>(text: string, use: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "fairway-command-"));
  try {
    const path = join(folder, "config");
    await writeFile(path, text, { mode: 0o600 });
    return await use(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function kubectl(words: readonly string[]): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn("kubectl", words, { stdio: ["ignore", "pipe", "pipe"], timeout: limitMs });
    let logs = "";
    const take = (chunk: Buffer): void => {
      if (logs.length < outputLimit) logs += chunk.toString();
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.once("error", () => resolve(notFound("kubectl")));
    child.once("close", (code) => resolve({ exitCode: code ?? 1, logs }));
  });
}
