import { createHash } from "node:crypto";
import { calibrationWith } from "@fairway/emulator";
import { assumptions } from "../virtual/assumptions.ts";
import type { TrialRecord } from "../virtual/record.ts";
import { worldOf } from "../virtual/trial.ts";
import { keysOf, keyText, sorted, type TrialKey, type TrialsPlan } from "./plan.ts";
import { type TrialWorker, TrialWorkers } from "./pool.ts";
import { TrialsFile } from "./trials-file.ts";

export interface TrialsOptions {
  readonly plan: TrialsPlan;
  /** Threads. The records are the same for any number of them. */
  readonly workers: number;
  /** JSON lines; what is in it already is not run again. */
  readonly path: string;
  /** Version or commit of the program: see `TrialsHeader`. */
  readonly program: string;
  /** Ends it early, with what is there. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TrialsProgress) => void;
}

export interface TrialsProgress {
  readonly message: string;
  /** Of the plan's trials. */
  readonly done: number;
  readonly total: number;
}

export interface TrialsResult {
  /** Of the plan, in its order. */
  readonly records: readonly TrialRecord[];
  /** Trials that ended with a fault of ours. */
  readonly failures: readonly (TrialKey & { readonly message: string })[];
  /** False when it was ended early. */
  readonly isWhole: boolean;
}

/** Runs the trials of a plan on threads, in any order, and leaves their records in the plan's order. */
export async function runTrials(options: TrialsOptions): Promise<TrialsResult> {
  const { plan, path, signal } = options;
  const file = await TrialsFile.open(path, headerOf(options));
  const keys = keysOf(plan);
  const missing = missingOf(keys, file.records);
  const failures: TrialsResult["failures"][number][] = [];
  if (missing.length > 0 && !signal?.aborted) {
    const run = new Run(options, file, failures, keys.length - missing.length, keys.length);
    await run.all(missing);
  }
  await file.finish(sorted(file.records, plan));
  const wanted = new Set(keys.map(keyText));
  const records = file.records.filter((record) => wanted.has(keyText(record)));
  return { records, failures, isWhole: records.length + failures.length === keys.length };
}

class Run {
  readonly #options: TrialsOptions;
  readonly #file: TrialsFile;
  readonly #failures: TrialsResult["failures"][number][];
  readonly #total: number;
  #done: number;

  constructor(
    options: TrialsOptions,
    file: TrialsFile,
    failures: TrialsResult["failures"][number][],
    done: number,
    total: number,
  ) {
    this.#options = options;
    this.#file = file;
    this.#failures = failures;
    this.#done = done;
    this.#total = total;
  }

  async all(keys: readonly TrialKey[]): Promise<void> {
    const { signal, workers, plan } = this.#options;
    await using pool = new TrialWorkers(Math.min(workers, keys.length));
    const aborted = new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }));
    const work = async (): Promise<void> => {
      this.#tell(`making the platform ${plan.topology}`);
      const worlds = new Map(plan.strategies.map((name) => worldOf(plan.topology, name)).map((one) => [one.key, one]));
      await pool.makeWorlds([...worlds.values()]);
      await pool.each(keys, (key, worker) => this.#one(key, worker));
    };
    // Whoever is still at work is ended with the pool.
    const working = work();
    working.catch(() => undefined);
    await Promise.race([working, aborted]);
  }

  async #one(key: TrialKey, worker: TrialWorker): Promise<void> {
    const { signal, plan } = this.#options;
    if (signal?.aborted) return;
    const { strategy, incident, seed } = key;
    const scenario = { topology: plan.topology, incident, traffic: plan.traffic };
    const changed = plan.calibration === undefined ? {} : { calibration: plan.calibration };
    const answer = await worker.ask({ kind: "run", request: { scenario, strategy, seed, ...changed } });
    if (answer.kind === "record") await this.#file.append(answer.record);
    else if (answer.kind === "failed") this.#failures.push({ ...key, message: answer.message });
    this.#done += 1;
    this.#tell(keyText(key));
  }

  #tell(message: string): void {
    this.#options.onProgress?.({ message, done: this.#done, total: this.#total });
  }
}

function missingOf(keys: readonly TrialKey[], records: readonly TrialRecord[]): readonly TrialKey[] {
  const known = new Set(records.map(keyText));
  return keys.filter((key) => !known.has(keyText(key)));
}

function headerOf({ plan, program }: TrialsOptions): Parameters<typeof TrialsFile.open>[1] {
  const { topology, traffic } = plan;
  const calibration = createHash("sha256")
    .update(JSON.stringify([calibrationWith(plan.calibration), assumptions]))
    .digest("hex");
  return {
    kind: "fairway-trials",
    schemaVersion: 1,
    program,
    topology,
    traffic,
    calibration: calibration.slice(0, 12),
  };
}
