import { FairwayError } from "@fairway/model";
import type { ClusterFacts } from "@fairway/sdk";
import type { FromWorker, TrialWorkers } from "../trials/pool.ts";
import type { RehearsalRun } from "./rehearse-once.ts";
import type { RehearsedUpgrade } from "./rehearsed-upgrade.ts";

export interface RunsOptions {
  readonly pool: TrialWorkers;
  readonly facts: ClusterFacts;
  readonly upgrade: RehearsedUpgrade;
  readonly seed: number;
  readonly seeds: number;
  /** Ends it early, with what is there. */
  readonly signal?: AbortSignal | undefined;
  readonly onRun?: (number: number) => void;
}

/** So many worlds on threads, in any order; those that have ended, in the order of their seeds. */
export async function runWorlds(options: RunsOptions): Promise<readonly RehearsalRun[]> {
  const { pool, facts, upgrade, seed, seeds, signal, onRun } = options;
  if (signal?.aborted) return [];
  const runs = new Map<number, RehearsalRun>();
  const numbers = Array.from({ length: seeds }, (_, index) => index + 1);
  const aborted = new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }));
  const working = pool.each(numbers, async (number, worker) => {
    if (signal?.aborted) return;
    const request = { facts, upgrade, seed: `${seed}/${number}` };
    const run = runIn(await worker.ask({ kind: "rehearse", request }));
    runs.set(number, run);
    if (!signal?.aborted) onRun?.(runs.size);
  });
  // Whoever is still at work is ended with the pool.
  working.catch(() => undefined);
  await Promise.race([working, aborted]);
  return numbers.flatMap((number) => runs.get(number) ?? []);
}

function runIn(answer: FromWorker): RehearsalRun {
  if (answer.kind === "rehearsed") return answer.run;
  if (answer.kind !== "failed") throw new Error(`A worker answered with ${answer.kind}.`);
  const { message, refused } = answer;
  if (!refused) throw new Error(message);
  const { code, hint, path } = refused;
  throw new FairwayError(code, refused.message, { hint, ...(path === undefined ? {} : { path }) });
}
