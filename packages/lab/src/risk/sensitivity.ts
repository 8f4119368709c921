import { type CalibrationChanges, type Distribution, type DurationName, defaultCalibration } from "@fairway/emulator";
import { mean } from "../statistics/interval.ts";
import { keysOf, type TrialKey, type TrialsPlan } from "../trials/plan.ts";
import { TrialWorkers } from "../trials/pool.ts";
import { type AssumptionChanges, type AssumptionName, assumptions } from "../virtual/assumptions.ts";
import type { TrialRecord } from "../virtual/record.ts";
import { type TrialRequest, worldOf } from "../virtual/trial.ts";
import type { Sensitivity } from "./report.ts";

export interface SensitivityOptions {
  readonly plan: TrialsPlan;
  /** Entries of the calibration and assumptions about people. */
  readonly entries: readonly (DurationName | AssumptionName)[];
  /** Each entry is once divided by it and once multiplied with it. */
  readonly factor: number;
  readonly workers: number;
  readonly onProgress?: (progress: { readonly message: string; readonly share: number }) => void;
}

type World = Pick<TrialRequest, "calibration" | "assumptions">;

/** What happens to the failed payments of all strategies together when one entry alone is shorter or longer. */
export async function measureSensitivity(options: SensitivityOptions): Promise<Sensitivity> {
  const { plan, entries, factor, workers, onProgress } = options;
  await using pool = new TrialWorkers(workers);
  const worlds = new Map(plan.strategies.map((name) => worldOf(plan.topology, name)).map((one) => [one.key, one]));
  await pool.makeWorlds([...worlds.values()]);
  let done = 0;
  const failuresIn = async (message: string, world: World): Promise<Map<string, number>> => {
    onProgress?.({ message, share: done / (2 * entries.length + 1) });
    done += 1;
    return await failuresByStrategy(pool, plan, world);
  };
  const base = await failuresIn("as calibrated", {});
  const bars: Sensitivity["bars"][number][] = [];
  for (const name of entries) {
    const low = await failuresIn(`${name} divided by ${factor}`, scaledWorld(name, 1 / factor));
    const high = await failuresIn(`${name} times ${factor}`, scaledWorld(name, factor));
    const changesRanking = [low, high].some((one) => rankingOf(one) !== rankingOf(base));
    bars.push({ name, low: meanOf(low), high: meanOf(high), changesRanking });
  }
  return { measure: "failed payments of an upgrade, mean of all strategies", base: meanOf(base), bars };
}

async function failuresByStrategy(pool: TrialWorkers, plan: TrialsPlan, world: World): Promise<Map<string, number>> {
  const records: TrialRecord[] = [];
  await pool.each(keysOf(plan), async (key, worker) => {
    const answer = await worker.ask({ kind: "run", request: requestOf(key, plan, world) });
    if (answer.kind !== "record") throw new Error(answer.kind === "failed" ? answer.message : "No record came.");
    records.push(answer.record);
  });
  return new Map(
    plan.strategies.map((name) => {
      const own = records.filter(({ strategy }) => strategy === name);
      return [name, mean(own.map(({ payments }) => payments.failed))];
    }),
  );
}

function requestOf(
  { strategy, incident, seed }: TrialKey,
  { topology, traffic }: TrialsPlan,
  world: World,
): TrialRequest {
  return { scenario: { topology, incident, traffic }, strategy, seed, ...world };
}

/** From the best to the worst; those that are alike in the order of their names. */
function rankingOf(failures: ReadonlyMap<string, number>): string {
  return [...failures]
    .toSorted(([one, less], [other, more]) => less - more || one.localeCompare(other))
    .map(([name]) => name)
    .join();
}

function meanOf(failures: ReadonlyMap<string, number>): number {
  return mean([...failures.values()]);
}

function scaledWorld(name: DurationName | AssumptionName, factor: number): World {
  if (Object.hasOwn(assumptions, name)) {
    const { medianMinutes, p95Minutes } = assumptions[name as AssumptionName];
    const change: AssumptionChanges = {
      [name]: { medianMinutes: medianMinutes * factor, p95Minutes: p95Minutes * factor },
    };
    return { assumptions: change };
  }
  const { distribution, source, confidence } = defaultCalibration[name as DurationName];
  const change: CalibrationChanges = { [name]: { distribution: scaledBy(distribution, factor), source, confidence } };
  return { calibration: change };
}

function scaledBy(distribution: Distribution, factor: number): Distribution {
  switch (distribution.kind) {
    case "fixed":
      return { kind: "fixed", seconds: distribution.seconds * factor };
    case "uniform": {
      const { fromSeconds, toSeconds } = distribution;
      return { kind: "uniform", fromSeconds: fromSeconds * factor, toSeconds: toSeconds * factor };
    }
    case "lognormal": {
      const { medianSeconds, p95Seconds } = distribution;
      return { kind: "lognormal", medianSeconds: medianSeconds * factor, p95Seconds: p95Seconds * factor };
    }
    case "empirical":
      return { kind: "empirical", seconds: distribution.seconds.map((one) => one * factor) };
    case "mixture":
      return {
        kind: "mixture",
        parts: distribution.parts.map((part) => ({ ...part, distribution: scaledBy(part.distribution, factor) })),
      };
  }
}
