#!/usr/bin/env node
// The `fairway` command. Works with any Node from 20 on: an older one than Fairway needs starts the Node 24 that is
// installed beside it (npm package `node`).
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = dirname(dirname(fileURLToPath(import.meta.url)));
const sources = join(folder, "src", "main.ts");
const entry =
  existsSync(join(folder, "dist", "main.js")) && !existsSync(sources) ? join(folder, "dist", "main.js") : sources;
const child = spawn(
  nodeToUse(),
  ["--conditions=fairway-source", "--disable-warning=ExperimentalWarning", entry, ...process.argv.slice(2)],
  // The channel closes when this process is gone, however that happens: the command then ends too.
  { stdio: ["inherit", "inherit", "inherit", "ipc"], env: process.env },
);
// Ctrl-C reaches the child through the terminal; a kill of this process is passed on.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => child.kill("SIGTERM"));
// A SIGTERM for npx ends the shell between it and us without a word to us.
const parent = process.ppid;
if (process.env.npm_command === "exec") {
  setInterval(() => process.ppid !== parent && child.kill("SIGTERM"), 500).unref();
}
child.on("error", (error) => {
  console.error(`fairway cannot start Node: ${error.message}`);
  process.exit(1);
});
child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 143)));

function nodeToUse() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return process.execPath;
  for (const from of [join(process.cwd(), "package.json"), import.meta.url]) {
    try {
      return join(dirname(createRequire(from).resolve("node-lts/package.json")), "bin", "node");
    } catch {}
  }
  console.error(
    `fairway needs Node 22.18 or newer; this is ${process.versions.node}. Run "npm test" or "npm start" once in the repository, which brings one.`,
  );
  process.exit(1);
}
