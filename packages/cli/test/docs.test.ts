import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Revision } from "@fairway/sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rootFolder, type SpawnedCommand, spawnFairway } from "./run.ts";

const patience = { timeout: 240_000 };
let folder = "";
let emulator: SpawnedCommand;
const shell = { ...process.env };

beforeAll(async () => {
  folder = await mkdtemp(join(rootFolder, "packages/cli/test/docs-"));
  const files = await mkdtemp(join(tmpdir(), "fairway-cli-"));
  emulator = spawnFairway(["emulator", "--port", "0", "--time-scale", "600", "--folder", files, "--json"]);
  Object.assign(shell, JSON.parse(await emulator.printed("\n")));
}, 300_000);
afterAll(async () => {
  emulator.interrupt();
  await emulator.ended;
  await rm(folder, { recursive: true });
});

test("the README's TypeScript compiles, and does what it says", patience, async () => {
  const [source = ""] = await blocks("README.md", "ts");
  await fairway("deploy", "examples/config-server.yaml", "--target", address("ACA"));
  const file = join(folder, "readme.ts");
  await writeFile(file, source);
  const config = { extends: "../../../../tsconfig.tests.json", include: ["*.ts"] };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
  await succeeds(join(rootFolder, "node_modules/.bin/tsc"), ["--noEmit", "--incremental", "false", "-p", folder]);

  // Only where the target is, and an app that is there already, are other than on the page.
  const here = `process.env.FAIRWAY_TARGET_ACA ?? "", { arm: { endpoint: process.env.FAIRWAY_ARM_ENDPOINT ?? "", caCertificate: (await import("node:fs")).readFileSync(process.env.FAIRWAY_ARM_CA ?? "", "utf8") } }`;
  await writeFile(
    file,
    source
      .replace('"aca://SUBSCRIPTION/GROUP/ENVIRONMENT"', here)
      .replace('name: "shop"', 'name: "config-server"')
      .replaceAll('("shop"', '("config-server"'),
  );
  await succeeds(process.execPath, ["--conditions=fairway-source", file]);
  const status = JSON.parse(await fairway("status", "config-server", "--target", address("ACA"), "--json")) as {
    revisions: Revision[];
  };
  expect(status.revisions.map(({ image, weight }) => [image, weight])).toEqual([
    ["registry.example/shop:1.1.0", 10],
    ["config-server:1.0.0", 90],
  ]);
});

/** What the pages show and other tests run: `.ci/run` and the laboratory's own. */
const elsewhere = /^(npm (start|test|run)|npx fairway compare)\b/;
/** What goes on until Ctrl-C: it must have said something by then. */
const endless = /^(while |npx fairway emulator)|--follow| -w$/;

test.for(["docs/quickstart.md", "README.md"])(
  "the commands of %s work as shown, one after another",
  patience,
  async (page) => {
    const lines = (await blocks(page, "sh")).join("").split("\n");
    const commands = lines
      .map((line) => line.replace(/ +#.*$/, ""))
      .filter((line) => line !== "" && !elsewhere.test(line));
    expect(commands.length).toBeGreaterThan(1);
    for (const command of commands) {
      const { code, text } = await inShell(await withOwnRevisions(command), endless.test(command));
      expect({ command, code, text }).toEqual({ command, code: 0, text: expect.stringMatching(/\S/) as unknown });
    }
  },
);

async function blocks(page: string, language: string): Promise<string[]> {
  const text = await readFile(join(rootFolder, page), "utf8");
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "gms"))].map(([, block = ""]) => block);
}

/** Names of revisions follow their content, and with it the password of this database. */
async function withOwnRevisions(command: string): Promise<string> {
  if (!command.includes("payment-api--")) return command;
  const status = JSON.parse(await fairway("status", "payment-api", "--json")) as { revisions: Revision[] };
  const names = status.revisions.map(({ name }) => name);
  return command.replaceAll(/payment-api--[a-z0-9]+/g, () => names.shift() ?? "missing");
}

/** Runs a line in a shell at the repository's root. An endless one ends at its first output, as Ctrl-C ends it. */
async function inShell(line: string, isEndless: boolean): Promise<{ code: number | null; text: string }> {
  const port = line === "npx fairway emulator" ? " --port 0 --no-postgres --folder $TMPDIR" : "";
  const child = spawn("bash", ["-c", line + port], {
    cwd: rootFolder,
    env: { ...shell, TMPDIR: folder },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  let isEnough = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      if (!isEndless || isEnough || stream === child.stderr || child.pid === undefined) return;
      isEnough = true;
      process.kill(-child.pid, "SIGTERM");
    });
  }
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code: isEnough ? 0 : code, text };
}

function address(kind: "ACA"): string {
  return shell[`FAIRWAY_TARGET_${kind}`] ?? "";
}

async function fairway(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await spawnFairway(args, shell).ended;
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

async function succeeds(file: string, args: readonly string[]): Promise<void> {
  await promisify(execFile)(file, args, { cwd: rootFolder, env: shell }).catch((error: unknown) => {
    // The compiler speaks on standard output.
    const said = error instanceof Error && "stdout" in error ? String(error.stdout) : "";
    throw new Error(`${file} ${args.join(" ")} failed.\n${said}`, { cause: error });
  });
}
