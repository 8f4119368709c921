import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { ComparisonOptions, ExperimentName, Report } from "@fairway/lab";
import { FairwayError } from "@fairway/model";
import type { Command } from "commander";
import type { CommonOptions, Context } from "../context.ts";
import { sampleImages } from "../images.ts";
import { createProgress } from "../progress.ts";
import { untilAborted } from "../until-aborted.ts";
import { wholeNumber } from "../whole-number.ts";
import type { CompareOptions } from "./compare-options.ts";

export function addCompare(program: Command, context: Context): void {
  program
    .command("compare")
    .summary("measure what releases, upgrades and splits cost on AKS and on Container Apps")
    .description(
      "Runs the experiments on the embedded Azure, with real processes, a real PostgreSQL and real requests, and leaves a report. In the virtual lane: thousands of upgrades of a whole platform, whose replicas and payments are numbers.",
    )
    .option("--lane <name>", "live: real processes and requests; virtual: upgrades as trials in virtual time", "live")
    .option("--seed <number>", "decides every draw", "1")
    .option("--experiment <name...>", "only these: release, split, upgrade, calm-upgrade (default: all but the last)")
    .option("--report <folder>", "where report.html and report.json go", "report")
    .option("--time-scale <factor>", "how many times faster than real Azure the platform's own operations go", "100")
    .option("--serve", "serve the report on loopback when it is done")
    .option("--port <port>", "port of --serve", "4280")
    .option("--start", "what `npm start` does: both lanes, and serve the reports when standard output is a terminal")
    .option("--topology <name>", "virtual: small, company or large", "small")
    .option("--traffic <name>", "virtual: when how many payments come: flat, daily, 17-may", "flat")
    .option("--strategies <name...>", "virtual: only these ways of upgrading (default: all)")
    .option(
      "--incidents <name...>",
      "virtual: none, F1 to F8 (default: these), faults of the library, or library for all those",
    )
    .option("--seeds <count>", "virtual: trials of each strategy through each incident, from --seed on", "20")
    .option("--workers <count>", "virtual: threads (default: one per core)")
    .option("--calibration <file>", "virtual: durations and chances of Azure in the place of the defaults")
    .option("--output <folder>", "virtual: where the records of the trials go, and are gone on with", "trials")
    .addHelpText(
      "after",
      "\nExamples:\n  fairway compare\n  fairway compare --experiment upgrade --seed 7\n  fairway compare --serve\n  fairway compare --lane virtual --seeds 100 --incidents none F1 --strategies in-place guarded\n",
    )
    .action((options: CompareOptions, command: Command) => run(options, command, context));
}

// What only this command needs is loaded here: the others start in a third of the time without it.
async function run(options: CompareOptions, command: Command, context: Context): Promise<void> {
  const lane = laneOf(options, (option) => command.getOptionValueSource(option) === "cli");
  if (lane === "virtual") {
    const { compareVirtually } = await import("./compare-virtual.ts");
    return await compareVirtually(options, context);
  }
  const lab = await import("@fairway/lab");
  const settings = readSettings(options, context, lab);
  const serving = await chooseServing(options, context);
  const folder = resolve(context.folder, options.report);
  const report = await withProgress(options, context, (onProgress) => lab.runComparison({ ...settings, onProgress }));
  const { html, json } = await lab.writeReport(report, folder);
  if (options.json) context.stdout.write(`${JSON.stringify(report)}\n`);
  else context.stdout.write(`${lab.renderTable(report, context.stdout)}\nReport: ${html}\nData:   ${json}\n`);
  if (options.start) await addTrials(options, context, folder, report);
  if (serving.kind === "serve") await serve(serving.port, settings, context, folder);
}

/** As many as two cores run in less than two minutes. */
const seedsOfStart = "6";

/** `npm start` goes on with the virtual lane, and leaves its report beside the other one. */
async function addTrials(options: CompareOptions, context: Context, folder: string, live: Report): Promise<void> {
  // Those of an earlier start may be of another commit, with which no run goes on.
  await rm(join(folder, "trials.jsonl"), { force: true });
  const { compareVirtually } = await import("./compare-virtual.ts");
  await compareVirtually({ ...options, seeds: seedsOfStart, output: folder }, context, live);
}

const ofVirtualLane = [
  "topology",
  "traffic",
  "strategies",
  "incidents",
  "seeds",
  "workers",
  "output",
  "calibration",
] as const;
const ofLiveLane = ["experiment", "timeScale", "serve", "port", "start"] as const;

/** What the lane would not look at is refused. */
function laneOf({ lane }: CompareOptions, isGiven: (option: string) => boolean): "live" | "virtual" {
  if (lane !== "live" && lane !== "virtual") {
    throw new FairwayError("usage", `There is no lane "${lane}".`, {
      hint: "Choose from: live, virtual.",
      path: "--lane",
    });
  }
  const foreign = (lane === "live" ? ofVirtualLane : ofLiveLane).find(isGiven);
  if (foreign === undefined) return lane;
  const name = `--${foreign.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new FairwayError("usage", `${name} is no option of the ${lane} lane.`, {
    hint: `Leave it out, or take --lane ${lane === "live" ? "virtual" : "live"}.`,
    path: name,
  });
}

function readSettings(
  options: CompareOptions,
  context: Context,
  lab: Pick<typeof import("@fairway/lab"), "experimentNames" | "defaultExperiments">,
): Omit<ComparisonOptions, "onProgress"> {
  const databaseUrl = context.environment["DATABASE_URL"];
  return {
    seed: wholeNumber(options.seed, "--seed", 0, 2 ** 31),
    timeScale: wholeNumber(options.timeScale, "--time-scale", 1, 1_000),
    experiments: options.experiment?.map((name) => experimentName(name, lab.experimentNames)) ?? lab.defaultExperiments,
    images: sampleImages,
    signal: context.signal,
    ...(databaseUrl ? { databaseUrl } : {}),
  };
}

type Serving = { readonly kind: "none" } | { readonly kind: "serve"; readonly port: number };

/** Before the minutes of measuring, so that a taken port is not found out after them. `npm start` takes a free one. */
async function chooseServing(options: CompareOptions, context: Context): Promise<Serving> {
  const port = wholeNumber(options.port, "--port", 0, 65_535);
  const isWanted = options.serve || (options.start && context.stdout.isTerminal);
  if (!isWanted) return { kind: "none" };
  const { listen } = await import("@fairway/compare-api");
  try {
    const probe = await listen(() => {}, port);
    await probe.close();
    return { kind: "serve", port };
  } catch (error) {
    const isTaken = error instanceof FairwayError && error.code === "port-in-use";
    if (isTaken && !options.serve) return { kind: "serve", port: 0 };
    throw error;
  }
}

type OnProgress = NonNullable<ComparisonOptions["onProgress"]>;

async function withProgress<T>(
  options: CommonOptions,
  context: Context,
  work: (onProgress: OnProgress) => Promise<T>,
): Promise<T> {
  const progress = createProgress(context.stderr, options.json);
  try {
    return await work(({ message, share }) => progress.show({ message, share }));
  } finally {
    progress.end();
  }
}

async function serve(
  port: number,
  { images, databaseUrl }: Pick<ComparisonOptions, "images" | "databaseUrl">,
  context: Context,
  reportFolder: string,
): Promise<void> {
  const { createCompareApi, listen } = await import("@fairway/compare-api");
  const api = createCompareApi({
    reportFolder,
    images,
    signal: context.signal,
    ...(databaseUrl ? { databaseUrl } : {}),
  });
  const server = await listen(api, port);
  context.stderr.write(`Serving the report on ${server.url} (Ctrl-C ends it).\n`);
  await untilAborted(context.signal);
  await server.close();
}

function experimentName(text: string, names: readonly ExperimentName[]): ExperimentName {
  const found = names.find((name) => name === text);
  if (found) return found;
  throw new FairwayError("usage", `There is no experiment "${text}".`, {
    hint: `Choose from: ${names.join(", ")}.`,
    path: "--experiment",
  });
}
