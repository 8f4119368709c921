/** What a proxied request costs, beside nginx, HAProxy and Node's own proxies. Method: README.md beside this file. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { cpuTimeUs, isInstalled, type RunningProgram, startPinned } from "../harness/process-tree.ts";
import { runWrk } from "../harness/wrk.ts";
import { backendCommand, backendPorts, type Contender, contenders, host } from "./contenders.ts";
import { type Sample, summarise, type Workload } from "./summary.ts";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "2" },
    warmup: { type: "string", default: "3" },
    only: { type: "string", default: "" },
    output: { type: "string", default: join(import.meta.dirname, "results.json") },
  },
});

/** The proxies have CPU 0 for themselves; load and backends share CPU 1. */
const proxyCpu = 0;
const otherCpu = 1;

const workloads: readonly Workload[] = [
  { name: "GET c16", connections: 16, method: "GET", goalEfficiency: 0.4 },
  { name: "GET c64", connections: 64, method: "GET", goalEfficiency: 0.4 },
  { name: "POST 300 B c16", connections: 16, method: "POST", goalEfficiency: 0.35 },
  { name: "POST 300 B c64", connections: 64, method: "POST", goalEfficiency: 0.35 },
];

await main();

async function main(): Promise<void> {
  const missing = ["taskset", "wrk", "nginx"].filter((tool) => !isInstalled(tool));
  if (missing.length > 0) {
    console.log(`Not measured: ${missing.join(", ")} missing on the PATH. nginx is the measure and the backend.`);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "fairway-gateway-"));
  try {
    await using _backend = await startPinned(otherCpu, backendCommand(folder), backendPorts[1]);
    const samples = await measure(chosen(folder));
    const { table, goals } = summarise(workloads, samples);
    console.table(table);
    for (const goal of goals) console.log(goal.text);
    const plan = { rounds: options.rounds, seconds: options.seconds, warmupSeconds: options.warmup };
    const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version };
    writeFileSync(options.output, `${JSON.stringify({ machine, plan, goals, table, samples }, undefined, 2)}\n`);
    if (goals.some((goal) => !goal.reached)) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function chosen(folder: string): Contender[] {
  const only = options.only.split(",").filter(Boolean);
  return contenders(folder).filter(({ name, tool }) => {
    if (only.length > 0 && !only.includes(name)) return false;
    const installed = tool === undefined || isInstalled(tool);
    if (!installed) console.log(`${name} is left out: not installed.`);
    return installed;
  });
}

/** All proxies run all the time; in each round they take turns under each workload. */
async function measure(proxies: readonly Contender[]): Promise<Sample[]> {
  await using running = new AsyncDisposableStack();
  const programs = new Map<Contender, RunningProgram>();
  for (const proxy of proxies) {
    programs.set(proxy, running.use(await startPinned(proxyCpu, proxy.command, proxy.port)));
  }
  for (const workload of workloads.filter(({ connections }) => connections === 64)) {
    for (const proxy of proxies) await load(proxy, workload, Number(options.warmup));
  }
  const samples: Sample[] = [];
  for (let round = 1; round <= Number(options.rounds); round++) {
    for (const workload of workloads) {
      for (const [proxy, { pid }] of programs) samples.push(await sample(round, workload, proxy, pid));
    }
    console.log(`round ${round}: ${roundText(samples.filter((one) => one.round === round))}`);
  }
  return samples;
}

async function sample(round: number, workload: Workload, proxy: Contender, pid: number): Promise<Sample> {
  const before = cpuTimeUs(pid);
  const result = await load(proxy, workload, Number(options.seconds));
  const cpuUsPerRequest = (cpuTimeUs(pid) - before) / result.requests;
  return { round, workload: workload.name, proxy: proxy.name, cpuUsPerRequest, ...result };
}

function load(proxy: Contender, workload: Workload, seconds: number) {
  const script = workload.method === "POST" ? { script: join(import.meta.dirname, "post.lua") } : {};
  const url = `http://127.0.0.1:${proxy.port}/payments`;
  return runWrk(otherCpu, { url, host, connections: workload.connections, seconds, ...script });
}

function roundText(samples: readonly Sample[]): string {
  return samples
    .filter(({ workload }) => workload.endsWith("c64"))
    .map(
      ({ proxy, workload, cpuUsPerRequest }) => `${proxy} ${workload.split(" ")[0]} ${cpuUsPerRequest.toFixed(1)} µs`,
    )
    .join(", ");
}
