import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runTrials, type TrialRecord, type TrialsPlan, trialStrategyNames } from "@fairway/lab";
import { type Goal, goal } from "../harness/results-file.ts";

export interface ThreadsRequest {
  readonly strategy: string;
  /** For each thread, the first one included. */
  readonly trials: number;
}

const least = { upgradeMinutesPerMinute: 500_000, speedUp: 1.5 };

interface Rate {
  readonly workers: number;
  readonly trialsPerMinute: number;
  /** Simulated, in a minute of the clock. */
  readonly upgradeMinutesPerMinute: number;
}

/** What threads add at the size of the company, by the clock, and whether records are the same for any number of them. */
export async function measureThreads({ strategy: name, trials }: ThreadsRequest) {
  const strategy = trialStrategyNames.find((one) => one === name);
  if (!strategy) throw new Error(`There is no strategy "${name}": ${trialStrategyNames.join(", ")}.`);
  const folder = await mkdtemp(join(tmpdir(), "fairway-trials-"));
  try {
    const plan: TrialsPlan = {
      topology: "company",
      traffic: "flat",
      strategies: [strategy],
      incidents: ["none"],
      firstSeed: 1,
      // The second seed of two threads is the first one of one: each begins cold.
      seeds: 2 * trials,
    };
    const one = await measureRate(plan, 1, folder);
    const two = await measureRate(plan, 2, folder);
    console.table([one.rate, two.rate]);
    return { goals: goalsOf(one, two), rates: [one.rate, two.rate] };
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface Run {
  readonly rate: Rate;
  /** What is in the file at the end. */
  readonly text: string;
}

/** The clock begins when each thread has made its first trial. */
async function measureRate(plan: TrialsPlan, workers: number, folder: string): Promise<Run> {
  const path = join(folder, `${workers}.jsonl`);
  let beganMs = 0;
  let warm = 0;
  const { records, failures } = await runTrials({
    plan,
    workers,
    path,
    program: "benchmark",
    onProgress: ({ done, total }) => {
      if (done === workers) beganMs = performance.now();
      warm = total - workers;
    },
  });
  const minutes = (performance.now() - beganMs) / 60_000;
  if (failures[0]) throw new Error(`A trial failed: ${failures[0].message}`);
  const trialsPerMinute = warm / minutes;
  const rate = { workers, trialsPerMinute, upgradeMinutesPerMinute: trialsPerMinute * meanMinutes(records) };
  return { rate, text: await readFile(path, "utf8") };
}

function meanMinutes(records: readonly TrialRecord[]): number {
  return records.reduce((sum, { durationMs }) => sum + durationMs, 0) / records.length / 60_000;
}

function goalsOf(one: Run, two: Run): Goal[] {
  const { upgradeMinutesPerMinute: perMinute, trialsPerMinute } = two.rate;
  const speedUp = trialsPerMinute / one.rate.trialsPerMinute;
  return [
    goal(
      `company, two threads: ${Math.round(perMinute)} upgrade-minutes a minute, goal at least ${least.upgradeMinutesPerMinute}`,
      perMinute >= least.upgradeMinutesPerMinute,
    ),
    goal(
      `two threads are ${speedUp.toFixed(2)} times as fast as one, goal at least ${least.speedUp}`,
      speedUp >= least.speedUp,
    ),
    goal("the same bytes from one thread and from two", one.text === two.text),
  ];
}
