import type { Finding } from "@fairway/model";
import type { ClusterFacts } from "@fairway/sdk";
import { dollarsPerHour, priceSource } from "./prices.ts";
import type { RehearsalRun } from "./rehearse-once.ts";
import type { Remedy } from "./remedies.ts";

/** What a rehearsal says, as --json prints it. */
export interface Rehearsal {
  readonly target: string;
  readonly takenAt: string;
  readonly from: string;
  readonly version: string;
  readonly strategy: string;
  readonly seed: number;
  readonly seeds: number;
  /** False when it was ended early: then it is about the worlds that have ended. */
  readonly isWhole: boolean;
  /** Where the model is not what the snapshot says. */
  readonly notes: readonly string[];
  /** Required findings about what the model does not have. */
  readonly outside: readonly Finding[];
  readonly before: RehearsalRound;
  readonly remedies: readonly Omit<Remedy, "apply">[];
  /** With all remedies in the model; absent when there are none. */
  readonly after?: RehearsalRound;
}

export interface RehearsalRound {
  readonly runs: number;
  readonly finished: number;
  /** Of those that finished; of all when none did. */
  readonly minutes: Spread;
  /** Of those runs too, in the order of the plan. */
  readonly steps: readonly StepSummary[];
  readonly failures: readonly FailureSummary[];
  readonly findings: readonly Finding[];
  readonly workloads: readonly WorkloadSummary[];
  readonly stuck: readonly StuckSummary[];
  readonly surge: readonly SurgeSummary[];
  readonly cost: { readonly dollars: number | undefined; readonly source: string };
}

/** Nearest rank. */
export interface Spread {
  readonly p50: number;
  readonly p95: number;
}

export interface StepSummary {
  /** As the plan calls it. */
  readonly step: string;
  readonly minutes: Spread;
}

export interface FailureSummary {
  readonly step: string;
  readonly message: string;
  readonly runs: number;
}

export interface WorkloadSummary {
  readonly workload: string;
  readonly wanted: number;
  /** In the worst run. */
  readonly lowest: number;
  readonly reducedMinutes: Spread;
  readonly downMinutes: Spread;
}

export interface StuckSummary {
  readonly node: string;
  readonly pool: string;
  readonly workload: string;
  readonly why: string;
  /** Medians over the runs in which it happened. */
  readonly fromMinute: number;
  readonly toMinute: number;
  /** Runs in which it happened, and in which the drain was given up for it. */
  readonly runs: number;
  readonly givenUp: number;
}

export interface SurgeSummary {
  readonly pool: string;
  readonly nodes: number;
  readonly nodeHours: Spread;
  /** Of the median; undefined where the price list does not have the size. */
  readonly dollars: number | undefined;
}

interface About {
  readonly region: string;
  readonly pools: ClusterFacts["pools"];
}

export function summarize(runs: readonly RehearsalRun[], about: About): RehearsalRound {
  const finished = runs.filter(({ outcome }) => outcome.kind === "finished");
  const counted = finished.length > 0 ? finished : runs;
  const surge = surgeOf(runs, about);
  const priced = surge.map(({ dollars }) => dollars);
  const dollars = priced.every((one) => one !== undefined) ? priced.reduce((sum, one) => sum + one, 0) : undefined;
  return {
    runs: runs.length,
    finished: finished.length,
    minutes: spread(counted.map(({ minutes }) => minutes)),
    steps: stepsOf(counted),
    failures: failuresOf(runs),
    findings: runs[0]?.findings ?? [],
    workloads: workloadsOf(runs),
    stuck: stuckOf(runs),
    surge,
    cost: { dollars: dollars === undefined ? undefined : cents(dollars), source: `${priceSource}, ${about.region}` },
  };
}

function stepsOf(runs: readonly RehearsalRun[]): readonly StepSummary[] {
  const byStep = Map.groupBy(
    runs.flatMap(({ steps }) => steps),
    ({ step }) => step,
  );
  return [...byStep].map(([step, records]) => ({ step, minutes: spread(records.map(({ minutes }) => minutes)) }));
}

function failuresOf(runs: readonly RehearsalRun[]): readonly FailureSummary[] {
  const failed = runs.flatMap(({ outcome }) => (outcome.kind === "failed" ? [outcome] : []));
  // Names of pods and machines differ between the runs.
  return [...Map.groupBy(failed, ({ step, code }) => `${step} ${code}`).values()].map((same) => ({
    step: same[0]?.step ?? "",
    message: same[0]?.message ?? "",
    runs: same.length,
  }));
}

function workloadsOf(runs: readonly RehearsalRun[]): readonly WorkloadSummary[] {
  const byWorkload = Map.groupBy(
    runs.flatMap(({ workloads }) => workloads),
    ({ workload }) => workload,
  );
  return [...byWorkload].map(([workload, records]) => ({
    workload,
    wanted: records[0]?.wanted ?? 0,
    lowest: Math.min(...records.map(({ lowest }) => lowest)),
    reducedMinutes: spread(records.map(({ reducedMinutes }) => reducedMinutes)),
    downMinutes: spread(records.map(({ downMinutes }) => downMinutes)),
  }));
}

function stuckOf(runs: readonly RehearsalRun[]): readonly StuckSummary[] {
  const all = runs.flatMap(({ stuck, seed }) => stuck.map((one) => ({ ...one, seed })));
  const bySame = Map.groupBy(all, ({ node, workload }) => `${node} ${workload}`);
  return [...bySame.values()]
    .flatMap((records): readonly StuckSummary[] => {
      const [first] = records;
      if (!first) return [];
      const { node, pool, workload, why } = first;
      const inRuns = (some: readonly { readonly seed: string }[]) => new Set(some.map(({ seed }) => seed)).size;
      return [
        {
          node,
          pool,
          workload,
          why,
          fromMinute: spread(records.map(({ fromMinute }) => fromMinute)).p50,
          toMinute: spread(records.map(({ toMinute }) => toMinute)).p50,
          runs: inRuns(records),
          givenUp: inRuns(records.filter(({ isGivenUp }) => isGivenUp)),
        },
      ];
    })
    .toSorted((a, b) => b.givenUp - a.givenUp || b.runs - a.runs || a.fromMinute - b.fromMinute);
}

function surgeOf(runs: readonly RehearsalRun[], { region, pools }: About): readonly SurgeSummary[] {
  const byPool = Map.groupBy(
    runs.flatMap(({ surge }) => surge),
    ({ pool }) => pool,
  );
  return [...byPool].map(([pool, records]) => {
    const nodeHours = spread(records.map((one) => one.nodeHours));
    // `pool1 of the second cluster`; a green pool has the machines of the blue one beside it.
    const [own = ""] = pool.split(" ");
    const like = pools.find(({ name }) => name === own) ?? pools.find(({ name }) => own.startsWith(name.slice(0, 10)));
    const price = like && dollarsPerHour(like.vmSize, region);
    const nodes = Math.max(...records.map((one) => one.nodes));
    return { pool, nodes, nodeHours, dollars: price === undefined ? undefined : cents(price * nodeHours.p50) };
  });
}

function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { p50: at(0.5), p95: at(0.95) };
}

function cents(dollars: number): number {
  return Math.round(dollars * 100) / 100;
}
