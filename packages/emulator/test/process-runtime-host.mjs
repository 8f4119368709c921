// Starts two replicas (one with a child of its own), prints every pid below this process, then waits to be killed.
import { execFileSync } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createRealTimeKernel } from "@fairway/kernel";
import { createProcessRuntime } from "../src/runtime/process/runtime.ts";

const app = fileURLToPath(new URL("./process-runtime-app.mjs", import.meta.url));
const runtime = createProcessRuntime({
  clock: createRealTimeKernel({ seed: 1 }).clock,
  images: { "app:1": { command: [process.execPath, app] } },
  proxyUrl: () => undefined,
  fallback: { start: () => undefined, close: async () => {} },
});
let listening = 0;
const replicas = [];
for (const mode of ["stubborn", "family"]) {
  const log = (line) => {
    if (line.startsWith("listening")) listening += 1;
    else if (line.startsWith("grandchild")) replicas.push(Number(line.split(" ")[1]));
    if (line.startsWith("listening")) replicas.push(Number(line.split(" ")[1]));
  };
  runtime.start(
    { id: mode, image: "app:1", env: { MODE: mode } },
    { log, started() {}, exited() {}, failedToStart() {} },
  );
}
while (listening < 2) await delay(20);
if (process.argv[2] === "lose-keeper") {
  const [first] = keepers();
  process.kill(first, "SIGKILL");
  while (keepers().length !== 1 || keepers()[0] === first) await delay(20);
}
for (const pid of [...replicas, ...keepers()]) console.log(pid);
setInterval(() => {}, 1_000);

/** Pids of the keeper programs that this process has as children. */
function keepers() {
  const rows = execFileSync("ps", ["-o", "pid=,stat=,args=", "--ppid", String(process.pid)], { encoding: "utf8" });
  return rows
    .split("\n")
    .filter((row) => row.includes("keeper") && !/^\s*\d+\s+Z/.test(row))
    .map((row) => Number.parseInt(row, 10));
}
