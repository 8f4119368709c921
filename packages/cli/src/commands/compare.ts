import { resolve } from "node:path";
import { createCompareApi, listen } from "@fairway/compare-api";
import {
  type ExperimentName,
  experimentNames,
  type Report,
  renderTable,
  runComparison,
  writeReport,
} from "@fairway/lab";
import { FairwayError } from "@fairway/model";
import type { Command } from "commander";
import type { CommonOptions, Context } from "../context.ts";
import { sampleImages } from "../images.ts";
import { createProgress } from "../progress.ts";

interface CompareOptions extends CommonOptions {
  readonly seed: string;
  readonly experiment: readonly string[];
  readonly report: string;
  readonly timeScale: string;
  readonly serve?: boolean;
  readonly port: string;
  readonly start?: boolean;
}

export function addCompare(program: Command, context: Context): void {
  program
    .command("compare")
    .summary("measure what releases, upgrades and splits cost on AKS and on Container Apps")
    .description(
      "Runs the experiments on the embedded Azure, with real processes, a real PostgreSQL and real requests, and leaves a report.",
    )
    .option("--seed <number>", "decides every draw", "1")
    .option("--experiment <name...>", `only these: ${experimentNames.join(", ")}`, [...experimentNames])
    .option("--report <folder>", "where report.html and report.json go", "report")
    .option("--time-scale <factor>", "how many times faster than real Azure the platform's own operations go", "100")
    .option("--serve", "serve the report on loopback when it is done")
    .option("--port <port>", "port of --serve", "4280")
    .option("--start", "what `npm start` does: serve the report when standard output is a terminal")
    .addHelpText(
      "after",
      "\nExamples:\n  fairway compare\n  fairway compare --experiment upgrade --seed 7\n  fairway compare --serve\n",
    )
    .action(async (options: CompareOptions) => {
      const folder = resolve(context.folder, options.report);
      const report = await measure(options, context);
      const { html, json } = await writeReport(report, folder);
      if (options.json) context.stdout.write(`${JSON.stringify(report)}\n`);
      else context.stdout.write(`${renderTable(report, context.stdout)}\nReport: ${html}\nData:   ${json}\n`);
      if (options.serve || (options.start && context.stdout.isTerminal)) await serve(options, context, folder);
    });
}

async function measure(options: CompareOptions, context: Context): Promise<Report> {
  const progress = createProgress(context.stderr, options.json);
  try {
    return await runComparison({
      seed: wholeNumber(options.seed, "--seed", 0, 2 ** 31),
      experiments: options.experiment.map(experimentName),
      timeScale: wholeNumber(options.timeScale, "--time-scale", 1, 1_000),
      images: sampleImages,
      signal: context.signal,
      onProgress: ({ message, share }) => progress.show({ message, share }),
      ...(context.environment["DATABASE_URL"] ? { databaseUrl: context.environment["DATABASE_URL"] } : {}),
    });
  } finally {
    progress.end();
  }
}

async function serve(options: CompareOptions, context: Context, folder: string): Promise<void> {
  const api = createCompareApi({ reportFolder: folder, images: sampleImages });
  const server = await listen(api, wholeNumber(options.port, "--port", 0, 65_535));
  context.stderr.write(`Serving the report on ${server.url} (Ctrl-C ends it).\n`);
  if (!context.signal.aborted) {
    await new Promise((done) => context.signal.addEventListener("abort", done, { once: true }));
  }
  await server.close();
}

function experimentName(text: string): ExperimentName {
  const found = experimentNames.find((name) => name === text);
  if (found) return found;
  throw new FairwayError("usage", `There is no experiment "${text}".`, {
    hint: `Choose from: ${experimentNames.join(", ")}.`,
    path: "--experiment",
  });
}

export function wholeNumber(text: string, option: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new FairwayError("usage", `${option} ${text} is not a whole number from ${min} to ${max}.`, {
    hint: `Give ${option} a whole number from ${min} to ${max}.`,
    path: option,
  });
}
