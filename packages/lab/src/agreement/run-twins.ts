import type { UpgradeScenario } from "../experiments/upgrade-scenario.ts";
import { TrialWorkers } from "../trials/pool.ts";
import type { TwinRun } from "./twin.ts";

export interface TwinsOptions {
  readonly scenarios: readonly UpgradeScenario[];
  readonly firstSeed: number;
  readonly seeds: number;
  readonly timeScale: number;
  /** Threads. */
  readonly workers: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (message: string) => void;
}

/** The twins of live runs on threads: each scenario with many seeds. Ended early, it gives those that are there. */
export async function runTwins(options: TwinsOptions): Promise<readonly TwinRun[]> {
  const { scenarios, firstSeed, seeds, timeScale, workers, signal, onProgress } = options;
  const requests = scenarios.flatMap((scenario) =>
    Array.from({ length: seeds }, (_, index) => ({ scenario, seed: firstSeed + index, timeScale })),
  );
  const runs: TwinRun[] = [];
  await using pool = new TrialWorkers(workers);
  await pool.each(requests, async (request, worker) => {
    if (signal?.aborted) return;
    onProgress?.(`${runs.length} of ${requests.length} twins of live runs`);
    const answer = await worker.ask({ kind: "twin", request });
    if (answer.kind !== "twin") throw new Error(answer.kind === "failed" ? answer.message : "No twin came.");
    runs.push(answer.run);
  });
  return runs;
}
