import { Worker } from "node:worker_threads";
import { systemClock } from "@fairway/sdk";
import { addCoverage, type Coverage, coverageGroups } from "./coverage.ts";
import type { Replay } from "./replay.ts";
import type { SearchData, SearchMessage } from "./worker.ts";

export interface FuzzOptions {
  readonly seed: string;
  readonly minutes: number;
  readonly workers: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (found: {
    readonly scenarios: number;
    readonly troubles: number;
    readonly share: number;
  }) => void;
  readonly onTrouble?: (trouble: Replay) => void;
}

export interface FuzzReport {
  readonly seed: string;
  readonly scenarios: number;
  /** How many ended so: `finished`, `rolled-back`, `failed`. */
  readonly ends: Readonly<Record<string, number>>;
  /** What was drawn, group by group. */
  readonly coverage: readonly Coverage[];
  readonly troubles: readonly Replay[];
}

/** Searches for so many minutes on so many threads. What a thread is just at when the time is over is left out. */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { seed, minutes, workers, signal } = options;
  const ends = new Map<string, number>();
  const coverage = new Map<string, Coverage>();
  const troubles: Replay[] = [];
  let scenarios = 0;
  const startMs = systemClock.now();
  const totalMs = minutes * 60_000;
  function hear(message: SearchMessage): void {
    if (message.kind === "trouble") {
      troubles.push(message.trouble);
      options.onTrouble?.(message.trouble);
      return;
    }
    const { end, drawn, struck } = message.seen;
    scenarios += 1;
    ends.set(end, (ends.get(end) ?? 0) + 1);
    addCoverage(coverage, drawn, struck);
    const share = Math.min(1, (systemClock.now() - startMs) / totalMs);
    options.onProgress?.({ scenarios, troubles: troubles.length, share });
  }
  const ended = new AbortController();
  const threads = Array.from({ length: workers }, (_, index) =>
    startThread({ seed, first: index + 1, step: workers }, hear),
  );
  const failed = Promise.race(threads.map(({ failed: fails }) => fails));
  try {
    const over = AbortSignal.any([ended.signal, ...(signal ? [signal] : [])]);
    await Promise.race([systemClock.sleep(totalMs, over).catch(() => undefined), failed]);
  } finally {
    ended.abort();
    await Promise.all(threads.map(({ worker }) => worker.terminate()));
  }
  return {
    seed,
    scenarios,
    ends: Object.fromEntries([...ends].toSorted(([, a], [, b]) => b - a)),
    coverage: [...coverage.values()].toSorted(inOrder),
    troubles,
  };
}

function startThread(data: SearchData, hear: (message: SearchMessage) => void) {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const worker = new Worker(new URL(`./worker.${extension}`, import.meta.url), { workerData: data });
  worker.on("message", hear);
  const failed = new Promise<never>((_, reject) => worker.on("error", reject));
  failed.catch(() => undefined);
  return { worker, failed };
}

/** Group by group, what was drawn most often first. */
function inOrder(one: Coverage, other: Coverage): number {
  const groups = coverageGroups.indexOf(one.group) - coverageGroups.indexOf(other.group);
  return groups === 0 ? other.drawn - one.drawn : groups;
}
