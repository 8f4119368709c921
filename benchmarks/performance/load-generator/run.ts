import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureStalls, type StallRound } from "./stall.ts";
import { measureRates, type RateRound } from "./throughput.ts";

/** Of wrk's rate and of autocannon's on one core; how far a p99 may be from the true one. */
const goals = { ofWrk: 0.7, ofAutocannon: 1.5, stallErrorMax: 0.05 };

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    seconds: { type: "string", default: "2" },
    connections: { type: "string", default: "64" },
    stalls: { type: "string", default: "3" },
    output: { type: "string", default: join(import.meta.dirname, "results.json") },
  },
});

await main();

async function main(): Promise<void> {
  const rates = await measureRates({
    rounds: Number(options.rounds),
    seconds: Number(options.seconds),
    connections: Number(options.connections),
  });
  const stalls = await measureStalls(Number(options.stalls));
  const summary = { ...(rates ? summariseRates(rates) : {}), ...summariseStalls(stalls) };
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version };
  writeFileSync(
    options.output,
    `${JSON.stringify({ machine, options, goals, summary, rates, stalls }, undefined, 2)}\n`,
  );
  console.table(summary);
  const missed = Object.entries(summary).filter(([, { reached }]) => reached === false);
  if (missed.length > 0) process.exitCode = 1;
}

interface Figure {
  readonly value: number;
  readonly goal?: string;
  readonly reached?: boolean;
}

function summariseRates(rounds: readonly RateRound[]): Record<string, Figure> {
  const median = (name: keyof RateRound, figure: keyof RateRound["ours"]): number =>
    medianOf(rounds.map((round) => round[name][figure]));
  const rateOf = (other: "wrk" | "autocannon"): number =>
    medianOf(rounds.map((round) => round.ours.requestsPerSecond / round[other].requestsPerSecond));
  const cpuOf = (other: "wrk" | "autocannon"): number =>
    medianOf(rounds.map((round) => round[other].cpuUsPerRequest / round.ours.cpuUsPerRequest));
  const [ofWrk, ofAutocannon] = [rateOf("wrk"), rateOf("autocannon")];
  return {
    "wrk, requests/s": { value: Math.round(median("wrk", "requestsPerSecond")) },
    "ours, requests/s": { value: Math.round(median("ours", "requestsPerSecond")) },
    "autocannon, requests/s": { value: Math.round(median("autocannon", "requestsPerSecond")) },
    "wrk, CPU µs/request": { value: twoDigits(median("wrk", "cpuUsPerRequest")) },
    "ours, CPU µs/request": { value: twoDigits(median("ours", "cpuUsPerRequest")) },
    "autocannon, CPU µs/request": { value: twoDigits(median("autocannon", "cpuUsPerRequest")) },
    "rate, ours / wrk": { value: twoDigits(ofWrk), goal: `>= ${goals.ofWrk}`, reached: ofWrk >= goals.ofWrk },
    "rate, ours / autocannon": {
      value: twoDigits(ofAutocannon),
      goal: `>= ${goals.ofAutocannon}`,
      reached: ofAutocannon >= goals.ofAutocannon,
    },
    "CPU, wrk / ours": { value: twoDigits(cpuOf("wrk")) },
    "CPU, autocannon / ours": { value: twoDigits(cpuOf("autocannon")) },
  };
}

function summariseStalls(rounds: readonly StallRound[]): Record<string, Figure> {
  const trueP99Ms = rounds[0]?.trueP99Ms ?? Number.NaN;
  const ours = medianOf(rounds.map(({ oursP99Ms }) => oursP99Ms));
  const limitMs = goals.stallErrorMax * trueP99Ms;
  return {
    "stall: true p99, ms": { value: trueP99Ms },
    "stall: autocannon -R p99, ms": { value: medianOf(rounds.map(({ autocannonP99Ms }) => autocannonP99Ms)) },
    "stall: our p99, ms": {
      value: Math.round(ours),
      goal: `${trueP99Ms} ± ${limitMs.toFixed(0)}`,
      reached: Math.abs(ours - trueP99Ms) <= limitMs,
    },
  };
}

function twoDigits(value: number): number {
  return Math.round(100 * value) / 100;
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
