import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type CrowdResult, measureCrowd } from "./crowd.ts";
import { measureRequests } from "./requests.ts";
import { measureScale, type ScaleResult } from "./scale.ts";

const goals = {
  createdSeconds: 20,
  residentMegabytes: 1_500,
  getPerSecond: 20_000,
  patchPerSecond: 5_000,
  fanOutMs: 20,
};

const { values: options } = parseArgs({
  options: {
    part: { type: "string", default: "all" },
    nodes: { type: "string", default: "1000" },
    deployments: { type: "string", default: "10" },
    replicas: { type: "string", default: "3000" },
    rounds: { type: "string", default: "50" },
    output: { type: "string", default: join(import.meta.dirname, "results.json") },
  },
});

if (options.part === "scale") {
  const { nodes, deployments, replicas } = options;
  const size = { nodes: Number(nodes), deployments: Number(deployments), replicas: Number(replicas) };
  process.stdout.write(JSON.stringify(measureScale(size, (progress) => process.stderr.write(`${progress}\n`))));
} else if (options.part === "crowd") {
  process.stdout.write(JSON.stringify(await measureCrowd()));
} else {
  await main();
}

async function main(): Promise<void> {
  process.stderr.write("requests and fan-out\n");
  const requests = await measureRequests(Number(options.rounds));
  process.stderr.write("a long list and many watches\n");
  const crowd = inFreshNode<CrowdResult>("crowd");
  const scale = inFreshNode<ScaleResult>("scale");
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version, load: loadavg() };
  const summary = {
    "created, s": { value: scale.createdSeconds, reached: scale.createdSeconds <= goals.createdSeconds },
    "resident, MB": { value: scale.residentMegabytes, reached: scale.residentMegabytes <= goals.residentMegabytes },
    "get, in process, per s": atLeast(requests.inProcess.getPerSecond, goals.getPerSecond),
    "patch, in process, per s": atLeast(requests.inProcess.patchPerSecond, goals.patchPerSecond),
    "event to 100 watchers, ms": { value: requests.fanOutMs, reached: requests.fanOutMs <= goals.fanOutMs },
  };
  writeFileSync(options.output, `${JSON.stringify({ machine, goals, requests, crowd, scale }, undefined, 2)}\n`);
  console.table(summary);
  console.table({ ...requests, ...crowd, ...scale });
  if (Object.values(summary).some(({ reached }) => !reached)) process.exitCode = 1;
}

/** In a Node of its own: what is resident is the world's. */
function inFreshNode<Result>(part: "crowd" | "scale"): Result {
  const passed = ["nodes", "deployments", "replicas"].flatMap((name) => [
    `--${name}`,
    options[name as "nodes" | "deployments" | "replicas"],
  ]);
  const args = [...process.execArgv, import.meta.filename, "--part", part, ...passed];
  const { stdout, status } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    maxBuffer: 1 << 24,
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) throw new Error(`The part ${part} failed; its output is above.`);
  return JSON.parse(stdout) as Result;
}

function atLeast(value: number, goal: number): { value: number; reached: boolean } {
  return { value, reached: value >= goal };
}
