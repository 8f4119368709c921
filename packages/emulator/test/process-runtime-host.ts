// Starts two replicas (one with a child of its own), prints every pid below this process, then waits to be killed.
import { execFileSync } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createRealTimeKernel } from "@fairway/kernel";
import { createProcessRuntime } from "../src/runtime/process/runtime.ts";

const app = fileURLToPath(new URL("./process-runtime-app.ts", import.meta.url));
const runtime = createProcessRuntime({
  clock: createRealTimeKernel({ seed: 1 }).clock,
  images: { "app:1": { command: [process.execPath, app] } },
  proxyUrl: () => undefined,
  fallback: {
    start() {
      throw new Error("every image of this program is in the catalogue");
    },
    close: async () => {},
  },
});
const replicas: number[] = [];
for (const mode of ["stubborn", "family"]) {
  const log = (line: string): void => {
    if (/^(listening|grandchild) /.test(line)) replicas.push(Number(line.split(" ")[1]));
  };
  const events = { log, started() {}, exited() {}, failedToStart() {} };
  runtime.start({ id: mode, image: "app:1", env: { MODE: mode } }, events);
}
while (replicas.length < 3) await delay(20);
if (process.argv[2] === "lose-keeper") {
  const [first = 0] = keepers();
  process.kill(first, "SIGKILL");
  while (keepers().length !== 1 || keepers()[0] === first) await delay(20);
}
process.stdout.write([...replicas, ...keepers(), ""].join("\n"));
setInterval(() => {}, 1_000);

/** Pids of the keeper programs that this process has as children. */
function keepers(): number[] {
  const rows = execFileSync("ps", ["-o", "pid=,stat=,args=", "--ppid", String(process.pid)], { encoding: "utf8" });
  return rows
    .split("\n")
    .filter((row) => row.includes("keeper") && !/^\s*\d+\s+Z/.test(row))
    .map((row) => Number.parseInt(row, 10));
}
