import { cpus } from "node:os";
import { createRealTimeKernel, monotonicMs } from "@fairway/kernel";
import type { ExperimentContext } from "./experiments/context.ts";
import { defaultExperiments, type ExperimentName, experimentNames } from "./experiments/names.ts";
import { runRelease } from "./experiments/release.ts";
import { runSplit } from "./experiments/split.ts";
import { runCalmUpgrade, runUpgrade } from "./experiments/upgrade.ts";
import { type Laboratory, type LaboratoryOptions, openLaboratory, type TargetName } from "./live/laboratory.ts";
import type { Report, RunReport } from "./report/report.ts";
import { caveats, method } from "./report/texts.ts";
import { decide } from "./report/verdict.ts";

export interface ComparisonOptions extends LaboratoryOptions {
  /** Default: `defaultExperiments`. */
  readonly experiments?: readonly ExperimentName[];
  readonly onProgress?: (progress: ComparisonProgress) => void;
}

export interface ComparisonProgress {
  readonly message: string;
  /** Of the whole comparison, 0 to 1. */
  readonly share: number;
}

const experiments: Readonly<
  Record<ExperimentName, (context: ExperimentContext, target: TargetName) => Promise<RunReport[]>>
> = {
  release: runRelease,
  upgrade: runUpgrade,
  split: runSplit,
  "calm-upgrade": runCalmUpgrade,
};

const targetNames = ["AKS", "Container Apps"] as const;

/** Runs the experiments of the live lane one after another, on both targets. Leaves nothing running, whatever happens. */
export async function runComparison(options: ComparisonOptions): Promise<Report> {
  const startedMs = monotonicMs();
  const kernel = createRealTimeKernel({ seed: options.seed });
  const wanted: readonly ExperimentName[] = options.experiments ?? defaultExperiments;
  const names = experimentNames.filter((name) => wanted.includes(name));
  const stations = names.flatMap((name) => targetNames.map((target) => ({ name, target })));
  const tell = (message: string, done: number): void =>
    options.onProgress?.({ message, share: (done + 1) / (stations.length + 1) });
  options.onProgress?.({ message: "starting the embedded Azure and PostgreSQL", share: 0 });
  await using laboratory = await openLaboratory(options);
  const context = {
    laboratory,
    seed: options.seed,
    signal: options.signal,
    database: createDatabases(laboratory, kernel.clock.now()),
  };
  const runs: RunReport[] = [];
  for (const [index, { name, target }] of stations.entries()) {
    options.signal?.throwIfAborted();
    tell(`${name} on ${target}`, index);
    runs.push(...(await experiments[name](context, target)));
  }
  return {
    schemaVersion: 1,
    generatedAt: new Date(kernel.clock.now()).toISOString(),
    seed: options.seed,
    timeScale: options.timeScale,
    durationMs: Math.round(monotonicMs() - startedMs),
    machine: {
      cpu: cpus()[0]?.model ?? "unknown",
      cores: cpus().length,
      node: process.version,
      platform: process.platform,
    },
    verdict: decide(runs),
    runs,
    method,
    caveats,
  };
}

/** Names carry the time, so that comparisons on the same server do not meet. */
function createDatabases({ postgres }: Laboratory, nowMs: number): ExperimentContext["database"] {
  const made = new Map<string, Promise<string>>();
  return (purpose) => {
    const name = `fairway_${purpose.toLowerCase().replaceAll(/[^a-z0-9]/g, "_")}_${nowMs}`;
    const url = made.get(purpose) ?? postgres.createDatabase(name);
    made.set(purpose, url);
    return url;
  };
}
