/** What a proxied request costs, beside nginx, HAProxy and Node's own proxies. Method: README.md beside this file. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startPinned } from "../harness/process-tree.ts";
import { saveResults } from "../harness/results-file.ts";
import { isThere, requireTools } from "../harness/tools.ts";
import { backendCommand, backendPorts, type Contender, contenders } from "./contenders.ts";
import { measureCost } from "./cost.ts";
import { measureLatency, summariseLatency } from "./latency.ts";
import { summarise, type Workload } from "./summary.ts";

const { values: options } = parseArgs({
  options: {
    part: { type: "string", default: "get,post,two-workers,latency-get,latency-post" },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "2" },
    warmup: { type: "string", default: "3" },
    only: { type: "string", default: "" },
    output: { type: "string", default: join(import.meta.dirname, "results.json") },
  },
});

const workloads: readonly Workload[] = [
  { name: "GET c16", connections: 16, method: "GET", goalEfficiency: 0.4 },
  { name: "GET c64", connections: 64, method: "GET", goalEfficiency: 0.4 },
  { name: "POST 300 B c16", connections: 16, method: "POST", goalEfficiency: 0.35 },
  { name: "POST 300 B c64", connections: 64, method: "POST", goalEfficiency: 0.35 },
];

/** With one worker the proxies have core 0 for themselves, and load and backends share core 1. */
const apart = { proxies: "0", others: "1" };
const together = { proxies: "0,1", others: "0,1" };

const plan = {
  rounds: Number(options.rounds),
  seconds: Number(options.seconds),
  warmupSeconds: Number(options.warmup),
};

requireTools(["taskset", "wrk", "nginx"]);
const folder = mkdtempSync(join(tmpdir(), "fairway-gateway-"));
try {
  for (const part of options.part.split(",")) await run(part);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function run(part: string): Promise<void> {
  switch (part) {
    case "get":
      return cost(part, 1, workloads.slice(0, 2));
    case "post":
      return cost(part, 1, workloads.slice(2));
    case "two-workers":
      return cost(
        part,
        2,
        workloads.filter(({ connections }) => connections === 64),
      );
    case "latency-get":
      return latency(part, "GET");
    case "latency-post":
      return latency(part, "POST");
    default:
      throw new Error(`There is no part "${part}".`);
  }
}

async function cost(part: string, workers: number, loads: readonly Workload[]): Promise<void> {
  const cores = workers === 1 ? apart : together;
  await using _backend = await startPinned(cores.others, backendCommand(folder), backendPorts[1]);
  const samples = await measureCost({ ...plan, part, cores, workloads: loads, proxies: chosen(workers) });
  const { table, goals } = summarise(loads, samples);
  console.table(table);
  saveResults(options.output, part, { plan, goals, table, samples });
}

async function latency(part: string, method: "GET" | "POST"): Promise<void> {
  await using _backend = await startPinned(apart.others, backendCommand(folder), backendPorts[1]);
  const samples = await measureLatency({ ...plan, part, method, cores: apart, proxies: chosen(1) });
  const { table, goals } = summariseLatency(part, samples);
  console.table(table);
  saveResults(options.output, part, { plan, goals, table, samples });
}

function chosen(workers: number): Contender[] {
  const only = options.only.split(",").filter(Boolean);
  return contenders(folder, workers).filter(
    ({ name, tool }) => (only.length === 0 || only.includes(name)) && (tool === undefined || isThere(tool)),
  );
}
