/** The drawn steps of the laboratory's traffic model beside a request-by-request simulation. Method: README.md. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isQuiet, waitForQuiet } from "../harness/quiet.ts";
import { type Goal, goal, saveResults } from "../harness/results-file.ts";
import { type Spread, spreadOf, spreadText } from "../harness/statistics.ts";
import type { Outcome } from "./scaled-run.ts";

const { values: options } = parseArgs({
  options: {
    part: { type: "string", default: "fleet,peak,day" },
    seeds: { type: "string", default: "5" },
    output: { type: "string", default: join(import.meta.dirname, "results.json") },
  },
});
const seeds = Array.from({ length: Number(options.seeds) }, (_, index) => index + 1);

const compared: Readonly<Record<string, readonly string[]>> = {
  fleet: ["500 services, 1 hop", "500 services, 8 hops", "50 services, 1 hop"],
  peak: ["peak with incidents"],
};
const days = ["17 May, 100 services", "17 May, 100 services, 5 hops", "17 May, 500 services"];
const dayCpuSecondsMax = 0.7;

const coresInUse = await waitForQuiet(10_000);
if (!isQuiet(coresInUse)) console.log(`Others use ${coresInUse} cores of this machine: the times scatter.`);
for (const part of options.part.split(",")) {
  if (part === "day") saveResults(options.output, part, { coresInUse, ...measureDays() });
  else saveResults(options.output, part, { coresInUse, ...compare(part) });
}

function compare(part: string): { goals: Goal[]; cases: unknown[] } {
  const names = compared[part];
  if (!names) throw new Error(`There is no part "${part}": ${Object.keys(compared).join(", ")}, day.`);
  const cases = names.map((name) => {
    const pairs = seeds.map((seed) => ({ steps: run("steps", name, seed), requests: run("requests", name, seed) }));
    console.log(name);
    console.table(tableOf(pairs));
    return { name, table: tableOf(pairs), goals: goalsOf(part, name, pairs), pairs };
  });
  return { goals: cases.flatMap(({ goals }) => goals), cases };
}

interface Pair {
  readonly steps: Outcome;
  readonly requests: Outcome;
}

function goalsOf(part: string, name: string, pairs: readonly Pair[]): Goal[] {
  const near = (what: string, limit: number, pick: (one: Outcome) => number): Goal => {
    const ratio = ratioOfSums(pairs, pick);
    return goal(`${name}, ${what}: ${percent(ratio - 1)}, goal within ${percent(limit)}`, Math.abs(ratio - 1) <= limit);
  };
  const faster = 1 / medianRatio(pairs, ({ cpuSeconds }) => cpuSeconds).median;
  return [
    near("replicas", 0.05, ({ meanReplicas }) => meanReplicas),
    near("scale events", 0.1, ({ scaleEvents }) => scaleEvents),
    ...(part === "peak" ? [near("failed requests", 0.05, ({ failed }) => failed)] : []),
    ...(name.includes("8 hops")
      ? [goal(`${name}: ${faster.toFixed(1)} times as fast, goal at least 5`, faster >= 5)]
      : []),
  ];
}

function tableOf(pairs: readonly Pair[]): Record<string, Record<string, string>> {
  const reasons = Object.keys(pairs[0]?.steps.failures ?? {});
  const rows: [string, (one: Outcome) => number][] = [
    ["replicas", ({ meanReplicas }) => meanReplicas],
    ["scale events", ({ scaleEvents }) => scaleEvents],
    ["payments", ({ arrivals }) => arrivals],
    ["late", ({ late }) => late],
    ["failed", ({ failed }) => failed],
    ...reasons.map((reason): [string, (one: Outcome) => number] => [
      `  ${reason}`,
      ({ failures }) => failures[reason] ?? 0,
    ]),
    ["CPU seconds", ({ cpuSeconds }) => cpuSeconds],
  ];
  return Object.fromEntries(
    rows.map(([row, pick]) => [
      row,
      {
        "drawn steps": meanOf(pairs.map(({ steps }) => pick(steps))),
        "each request": meanOf(pairs.map(({ requests }) => pick(requests))),
        "ratio of sums": ratioOfSums(pairs, pick).toFixed(3),
        "by seed": spreadText(medianRatio(pairs, pick)),
      },
    ]),
  );
}

function measureDays(): { goals: Goal[]; cases: unknown[] } {
  const cases = days.map((name) => {
    const runs = seeds.map((seed) => run("steps", name, seed));
    const cpuSeconds = spreadOf(runs.map((one) => one.cpuSeconds));
    console.log(`${name}: ${spreadText(cpuSeconds)} s of CPU`);
    return { name, cpuSeconds, runs };
  });
  const { name, cpuSeconds } = cases[0] ?? { name: "", cpuSeconds: spreadOf([]) };
  const text = `${name}: ${cpuSeconds.median.toFixed(2)} s of CPU, goal at most ${dayCpuSecondsMax}`;
  return { goals: [goal(text, cpuSeconds.median <= dayCpuSecondsMax)], cases };
}

function run(model: "steps" | "requests", name: string, seed: number): Outcome {
  const program = join(import.meta.dirname, "one.ts");
  const args = ["--conditions=fairway-source", program, model, name, String(seed)];
  const { status, stdout, stderr, error } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw error ?? new Error(`${name} failed: ${stderr}`);
  return JSON.parse(stdout) as Outcome;
}

function ratioOfSums(pairs: readonly Pair[], pick: (one: Outcome) => number): number {
  const sum = (side: keyof Pair): number => pairs.reduce((total, pair) => total + pick(pair[side]), 0);
  return sum("steps") / sum("requests");
}

function medianRatio(pairs: readonly Pair[], pick: (one: Outcome) => number): Spread {
  return spreadOf(pairs.map(({ steps, requests }) => pick(steps) / pick(requests)));
}

function meanOf(values: readonly number[]): string {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return mean < 100 ? mean.toFixed(2) : Math.round(mean).toString();
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
