import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureCalls } from "./call-cost.ts";
import { type Cost, inFreshNode } from "./fresh-node.ts";
import { firstUseOf, firstUseOfClient, importing } from "./programs.ts";
import { countRoundTrips } from "./round-trips.ts";

/** Over an empty Node; over the official client alone; over the bare client; above the least possible. */
const goals = { importMs: 30, importMb: 10, firstUse: 1.15, callCpu: 1.2, extraRoundTrips: 2 };

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "15" },
    calls: { type: "string", default: "2000" },
    output: { type: "string", default: join(import.meta.dirname, "results.json") },
  },
});

const programs = {
  empty: importing(undefined),
  sdk: importing("@fairway/sdk"),
  "aca, ours": firstUseOf("aca"),
  "aca, client": firstUseOfClient("aca"),
  "aks, ours": firstUseOf("aks"),
  "aks, client": firstUseOfClient("aks"),
};
type Program = keyof typeof programs;

await main();

async function main(): Promise<void> {
  const imports = measureImports(Number(options.rounds));
  const calls = await measureCalls({ rounds: Number(options.rounds), calls: Number(options.calls) });
  const roundTrips = await countRoundTrips();
  const medianMs = (program: Program) => medianOf(imports.map((round) => round[program].ms));
  const medianMb = (program: Program) => medianOf(imports.map((round) => round[program].rssBytes)) / 1e6;
  const extra = Math.max(...roundTrips.map(({ calls: made, least }) => made - least));
  const summary = {
    "import, ms over empty": atMost(medianMs("sdk") - medianMs("empty"), goals.importMs),
    "import, MB over empty": atMost(medianMb("sdk") - medianMb("empty"), goals.importMb),
    "first use of aca / client": atMost(medianMs("aca, ours") / medianMs("aca, client"), goals.firstUse),
    "first use of aks / clients": atMost(medianMs("aks, ours") / medianMs("aks, client"), goals.firstUse),
    "status, CPU µs": { value: round(medianOf(calls.map(({ oursCpuUs }) => oursCpuUs))) },
    "bare client, CPU µs": { value: round(medianOf(calls.map(({ bareCpuUs }) => bareCpuUs))) },
    "status / bare client, CPU": atMost(medianOf(calls.map((c) => c.oursCpuUs / c.bareCpuUs)), goals.callCpu),
    "round trips of a deploy above the least": atMost(extra, goals.extraRoundTrips),
  };
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version };
  const results = { machine, options, goals, summary, imports, calls, roundTrips };
  writeFileSync(options.output, `${JSON.stringify(results, undefined, 2)}\n`);
  console.table(summary);
  if (Object.values(summary).some((figure) => "reached" in figure && !figure.reached)) process.exitCode = 1;
}

/** Interleaved: what the machine does meanwhile meets all of them. The first round warms the files. */
function measureImports(rounds: number): Record<Program, Cost>[] {
  const names = Object.keys(programs) as Program[];
  const measured = Array.from({ length: rounds + 1 }, () =>
    Object.fromEntries(names.map((name): [Program, Cost] => [name, inFreshNode(programs[name])])),
  );
  return measured.slice(1) as Record<Program, Cost>[];
}

function atMost(value: number, goal: number): { value: number; goal: string; reached: boolean } {
  return { value: round(value), goal: `<= ${goal}`, reached: value <= goal };
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

function round(value: number): number {
  return Number(value.toFixed(2));
}
