// The one entry of `npm start`, `npm test`, `npm run check`, `npm run docs` and `npm run benchmark`. Runs on any Node from
// 20 on, with nothing installed: it brings pnpm through npx, the dependencies through pnpm, and Node 24 through the npm
// package `node`.
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const node = join(root, "node_modules", "node-lts", "bin", process.platform === "win32" ? "node.exe" : "node");
const tool = (name) => join(root, "node_modules", ".bin", name);
const source = "--conditions=fairway-source";

const steps = {
  start: (args) => [[node, [source, "packages/cli/src/main.ts", "compare", "--start", ...args]]],
  test: (args) => [[tool("vitest"), ["run", ...args]]],
  check: () => [
    [tool("biome"), ["check", "."]],
    [tool("oxlint"), ["packages", "apps", "benchmarks", "scripts"]],
    [tool("tsc"), ["-b"]],
    [tool("depcruise"), ["--config", ".dependency-cruiser.cjs", "packages", "apps"]],
    [tool("knip"), []],
    [node, ["scripts/check-packages.mjs"]],
  ],
  // The SDK is measured as it is published: built.
  benchmark: ([name = "", ...args]) => [
    ...(name === "sdk" ? [[tool("tsc"), ["-b"]]] : []),
    [node, [source, programOf(name), ...args]],
  ],
  docs: () => [
    [node, [source, "packages/cli/scripts/generate-docs.ts"]],
    [node, [source, "packages/emulator/scripts/generate-parity.ts"]],
  ],
};

const [command, ...args] = process.argv.slice(2);
if (!Object.hasOwn(steps, command ?? ""))
  fail(`Unknown command "${command}". Use: npm start, npm test, npm run check, npm run docs or npm run benchmark.`);
await install();
process.exitCode = await runAll(steps[command](args));

function programOf(name) {
  const benchmarks = join(root, "benchmarks");
  const performance = join(benchmarks, "performance");
  const programs = [benchmarks, performance].flatMap((folder) =>
    readdirSync(folder).map((one) => [one, join(folder, one, "run.ts")]),
  );
  const found = Object.fromEntries(programs.filter(([, path]) => existsSync(path)));
  if (!Object.hasOwn(found, name)) fail(`Which benchmark? npm run benchmark -- ${Object.keys(found).join(" | ")}`);
  return found[name];
}

async function install() {
  if (isInstalled()) return;
  const { engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const pnpm = `pnpm@${engines.pnpm}`;
  console.error(`Installing dependencies with ${pnpm} (about half a minute the first time) …`);
  const npx = process.platform === "win32" ? "npx.cmd" : "npx";
  const code = await run(npx, ["--yes", pnpm, "install", "--frozen-lockfile"]);
  if (code !== 0)
    fail(
      `The installation failed with exit code ${code}. Its output is above; run the command again when it is mended.`,
    );
}

/** Installed, and since the lock file last changed. */
function isInstalled() {
  const marker = join(root, "node_modules", ".modules.yaml");
  return (
    existsSync(marker) && existsSync(node) && statSync(marker).mtimeMs >= statSync(join(root, "pnpm-lock.yaml")).mtimeMs
  );
}

/** All steps run, so that one look shows everything that is wrong; the first failure decides the exit code. */
async function runAll(list) {
  let worst = 0;
  for (const [file, stepArgs] of list) {
    const code = await run(file, stepArgs);
    if (code !== 0 && list.length > 1)
      console.error(`✗ ${[file.replace(root, ""), ...stepArgs].join(" ")} (exit code ${code})`);
    worst ||= code;
  }
  return worst;
}

function run(file, stepArgs) {
  const path = `${join(root, "node_modules", "node-lts", "bin")}${process.platform === "win32" ? ";" : ":"}${process.env.PATH}`;
  // Our own program ends when the channel closes, which it does when this process is gone, however that happens.
  const stdio = file === node ? ["inherit", "inherit", "inherit", "ipc"] : "inherit";
  const child = spawn(file, stepArgs, { cwd: root, stdio, env: { ...process.env, PATH: path } });
  // A terminal sends Ctrl-C to the child as well: it cleans up and ends, and then so do we.
  const ignore = () => {};
  const forward = () => child.kill("SIGTERM");
  process.on("SIGINT", ignore).on("SIGTERM", forward);
  return new Promise((resolve) => {
    child.on("error", (error) => fail(`Cannot run ${file}: ${error.message}`));
    child.on("exit", (code, signal) => {
      process.off("SIGINT", ignore).off("SIGTERM", forward);
      resolve(code ?? (signal === "SIGINT" ? 130 : 143));
    });
  });
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
