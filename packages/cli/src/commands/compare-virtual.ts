import { execFile } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import {
  compareLanes,
  incidentNames,
  libraryIncidentNames,
  type Report,
  renderRiskTable,
  reportOnTrials,
  runTrials,
  runTwins,
  type ScenarioAgreement,
  storyIncidentNames,
  type TrialsPlan,
  type TrialsResult,
  type TwinsOptions,
  topologyNames,
  traceNames,
  trialStrategyNames,
  upgradeScenarios,
  writeRiskReport,
} from "@fairway/lab";
import { FairwayError } from "@fairway/model";
import { readCalibration } from "../calibration-file.ts";
import type { Context } from "../context.ts";
import { takeLock } from "../lock-file.ts";
import { createProgress } from "../progress.ts";
import { wholeNumber } from "../whole-number.ts";
import type { CompareOptions } from "./compare-options.ts";

/**
 * `fairway compare --lane virtual`: trials on threads, their records in a file that another run goes on with. What was
 * measured in the live lane before is held against its twins.
 */
export async function compareVirtually(options: CompareOptions, context: Context, live?: Report): Promise<void> {
  const plan = await planOf(options, context);
  const workers = wholeNumber(options.workers ?? String(availableParallelism()), "--workers", 1, 256);
  const folder = resolve(context.folder, options.output);
  const lock = await locked(folder, options.output);
  const program = await programOf();
  const progress = createProgress(context.stderr, options.json);
  try {
    const result = await runTrials({
      plan,
      workers,
      path: join(folder, "trials.jsonl"),
      program,
      signal: context.signal,
      onProgress: ({ message, done, total }) =>
        progress.show({ message: `${done} of ${total} trials: ${message}`, share: done / total }),
    });
    const agreement = live && (await agreementWith(live, { workers, signal: context.signal, progress }));
    const told = await report(result, { plan, program, folder, progress, ...(agreement ? { agreement } : {}) });
    progress.end();
    tell(result, told, options, context);
    refuseFailures(result, plan);
  } finally {
    progress.end();
    await rm(lock, { force: true });
  }
}

interface Reporting {
  readonly plan: TrialsPlan;
  readonly program: string;
  readonly folder: string;
  readonly progress: ReturnType<typeof createProgress>;
  readonly agreement?: readonly ScenarioAgreement[];
}

/** So many twins of each live run; half of them or so have the same luck as that one. */
const twins = 24;

async function agreementWith(
  { runs, seed, timeScale }: Report,
  { progress, ...running }: Pick<TwinsOptions, "workers"> & { signal: AbortSignal } & Pick<Reporting, "progress">,
): Promise<readonly ScenarioAgreement[]> {
  const scenarios = upgradeScenarios.filter(({ id }) => runs.some((run) => run.id === id));
  const found = await runTwins({
    ...running,
    scenarios,
    firstSeed: seed,
    seeds: twins,
    timeScale,
    onProgress: (message) => progress.show({ message, share: 1 }),
  });
  return compareLanes(scenarios, runs, found);
}

/** Writes the report of what there is; returns it as text for a terminal. */
async function report(
  { records, failures, isWhole }: TrialsResult,
  { plan, program, folder, progress, agreement }: Reporting,
): Promise<string> {
  if (records.length === 0) return "";
  const found = await reportOnTrials({
    plan,
    records,
    program,
    isComplete: isWhole && failures.length === 0,
    ...(agreement ? { agreement } : {}),
    onTimeline: (strategy) => progress.show({ message: `the worst trial of ${strategy}, step by step`, share: 1 }),
  });
  const { html } = await writeRiskReport(found, records, folder);
  return `${renderRiskTable(found)}\nReport:  ${html}\n`;
}

async function planOf(options: CompareOptions, context: Context): Promise<TrialsPlan> {
  const { calibration } = options;
  return {
    topology: nameAmong(options.topology, topologyNames, "--topology"),
    traffic: nameAmong(options.traffic, traceNames, "--traffic"),
    strategies: namesAmong(options.strategies, trialStrategyNames, "--strategies"),
    incidents: namesAmong(options.incidents ?? storyIncidentNames, incidentNames, "--incidents", {
      library: libraryIncidentNames,
    }),
    firstSeed: wholeNumber(options.seed, "--seed", 0, 2 ** 31),
    seeds: wholeNumber(options.seeds, "--seeds", 1, 100_000),
    ...(calibration === undefined ? {} : { calibration: await readCalibration(calibration, context) }),
  };
}

/** `groups`: names that stand for several. */
function namesAmong<T extends string>(
  given: readonly string[] | undefined,
  names: readonly T[],
  option: string,
  groups: Readonly<Record<string, readonly T[]>> = {},
): readonly T[] {
  const wanted = new Set((given ?? names).flatMap((text) => text.split(",")).flatMap((name) => groups[name] ?? name));
  const known = [...wanted].map((text) => nameAmong(text, names, option, Object.keys(groups)));
  return names.filter((name) => known.includes(name));
}

function nameAmong<T extends string>(
  text: string,
  names: readonly T[],
  option: string,
  others: readonly string[] = [],
): T {
  const found = names.find((name) => name === text);
  if (found !== undefined) return found;
  throw new FairwayError("usage", `${option} knows no "${text}".`, {
    hint: `Choose from: ${[...names, ...others].join(", ")}.`,
    path: option,
  });
}

async function locked(folder: string, name: string): Promise<string> {
  const lock = join(folder, "trials.lock");
  try {
    await mkdir(folder, { recursive: true });
    const owner = await takeLock(lock);
    if (owner === undefined) return lock;
    throw new FairwayError("conflict", `Another run (process ${owner}) writes into ${name}.`, {
      hint: "Wait for its end, or name another folder: --output FOLDER.",
      path: "--output",
    });
  } catch (error) {
    if (error instanceof FairwayError) throw error;
    throw new FairwayError("usage", `${name} cannot be written: ${error instanceof Error ? error.message : "?"}.`, {
      hint: "Name a folder that can be written: --output FOLDER.",
      path: "--output",
      cause: error,
    });
  }
}

/** A commit, or the version of an installed package: records of different ones are not mixed. */
async function programOf(): Promise<string> {
  const git = promisify(execFile);
  const inRepository = { cwd: import.meta.dirname };
  try {
    const { stdout: commit } = await git("git", ["rev-parse", "--short=12", "HEAD"], inRepository);
    const { stdout: changes } = await git("git", ["status", "--porcelain", "--untracked-files=no"], inRepository);
    return `${commit.trim()}${changes === "" ? "" : "-changed"}`;
  } catch {
    return "0.1.0";
  }
}

function tell(
  { records, isWhole }: TrialsResult,
  report: string,
  { json, output }: CompareOptions,
  { stdout, stderr }: Context,
): void {
  if (json) for (const record of records) stdout.write(`${JSON.stringify(record)}\n`);
  else stdout.write(`${report}Records: ${join(output, "trials.jsonl")}\n`);
  if (!json && !isWhole) stderr.write("Ended early: the same command again goes on from here.\n");
}

function refuseFailures({ failures }: TrialsResult, { topology }: TrialsPlan): void {
  const [failure] = failures;
  if (!failure) return;
  const { strategy, incident, seed, message } = failure;
  throw new FairwayError("platform", `${failures.length} trials ended with a fault of Fairway's own: ${message}`, {
    hint: `Report it with: fairway compare --lane virtual --topology ${topology} --strategies ${strategy} --incidents ${incident} --seed ${seed} --seeds 1`,
  });
}
