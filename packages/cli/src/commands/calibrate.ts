import { createReadStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import type { CalibratedEntry, CalibrationReport } from "@fairway/lab";
import { FairwayError } from "@fairway/model";
import type { Command } from "commander";
import type { Context, TargetOptions } from "../context.ts";
import { createProgress } from "../progress.ts";
import { formatTable } from "../table.ts";
import { withActivityLog } from "../target.ts";
import { unlessAborted } from "../until-aborted.ts";
import { wholeNumber } from "../whole-number.ts";

interface CalibrateOptions extends TargetOptions {
  readonly export?: string;
  readonly days: string;
  readonly out: string;
}

export function addCalibrate(program: Command, context: Context): void {
  program
    .command("calibrate")
    .summary("measure how long Azure takes, from an activity log, and write a calibration for the simulation")
    .description(
      "Reads the activity log of the target's resource group, or a JSON export of one, pairs begin and end of every operation, fits their durations, and writes a calibration file. Reads only.",
    )
    .option("--export <file>", "a JSON export instead: az monitor activity-log list --offset 89d -o json > FILE")
    .option("--days <number>", "how far back the log is read; Azure keeps 90 days", "89")
    .option("--out <file>", "the file that is written; it must not be there", "calibration.yaml")
    .addHelpText(
      "after",
      "\nExamples:\n  fairway calibrate --target aks://SUB/GROUP/CLUSTER/shop\n  fairway calibrate --export activity.json --out ours.yaml\n  fairway emulator --calibration ours.yaml\n",
    )
    .action((options: CalibrateOptions) => run(options, context));
}

async function run(options: CalibrateOptions, context: Context): Promise<void> {
  const days = wholeNumber(options.days, "--days", 1, 89);
  const report =
    options.export === undefined ? await ofTarget(days, options, context) : await ofExport(options.export, context);
  if (report.entries.every(({ samples }) => samples === 0)) throw nothingMeasured(report);
  const { formatCalibration } = await import("@fairway/emulator");
  const file = await writeNew(options.out, formatCalibration(report.changes), context);
  if (options.json) context.stdout.write(`${JSON.stringify({ file, ...report })}\n`);
  else context.stdout.write(await formatReport(report, file));
}

async function ofExport(file: string, context: Context): Promise<CalibrationReport> {
  const { calibrate, jsonItems } = await import("@fairway/lab");
  const stream = createReadStream(resolve(context.folder, file), { encoding: "utf8", signal: context.signal });
  try {
    return await calibrate(jsonItems(stream, file), `the export ${basename(file)}`);
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && "syscall" in cause)) throw cause;
    throw new FairwayError("usage", `The export ${file} cannot be read: ${String(cause.code)}.`, {
      hint: "Give --export the file that az monitor activity-log list -o json wrote.",
      path: "--export",
      cause,
    });
  }
}

async function ofTarget(days: number, options: CalibrateOptions, context: Context): Promise<CalibrationReport> {
  const { calibrate } = await import("@fairway/lab");
  const progress = createProgress(context.stderr, options.json);
  try {
    return await withActivityLog(context, options, days, async ({ events, name }) => {
      progress.show({ message: `Reading the activity log of ${name}` });
      return await unlessAborted(context.signal, calibrate(events, name));
    });
  } finally {
    progress.end();
  }
}

/** What somebody has written by hand is not written over. */
async function writeNew(path: string, text: string, { folder }: Context): Promise<string> {
  const file = resolve(folder, path);
  try {
    await writeFile(file, text, { flag: "wx" });
    return file;
  } catch (cause) {
    const isThere = cause instanceof Error && "code" in cause && cause.code === "EEXIST";
    throw new FairwayError("usage", isThere ? `${path} is there already.` : `${path} cannot be written.`, {
      hint: isThere ? "Name another file with --out, or remove it." : "Name a file in a folder that is there: --out.",
      path: "--out",
      cause,
    });
  }
}

function nothingMeasured({ events, operations, halves, unclear }: CalibrationReport): FairwayError {
  const found =
    events === 0
      ? "The activity log is empty."
      : `None of ${events} events tells how long something took: ${operations} operations, ${halves} without begin or end.`;
  const reasons = Object.entries(unclear).map(([why, count]) => `${count} were ${why}`);
  return new FairwayError("usage", [found, ...reasons].join(" "), {
    hint: "Look further back (--days 89), name the subscription and group of clusters and apps that were changed, or export their log.",
  });
}

async function formatReport(report: CalibrationReport, file: string): Promise<string> {
  const { defaultCalibration, quantileSeconds } = await import("@fairway/emulator");
  const rows = report.entries.map((entry) => {
    const standard = defaultCalibration[entry.name].distribution;
    const p50 = (distribution: typeof standard): string => seconds(quantileSeconds(distribution, 0.5));
    return [
      entry.name,
      String(entry.samples),
      String(entry.failed),
      ...(entry.samples === 0 ? ["", ""] : [around(entry, "median", 0.5), around(entry, "p95", 0.95)]),
      entry.confidence,
      p50(standard),
    ];
  });
  function around({ distribution, interval }: CalibratedEntry, which: "median" | "p95", share: number): string {
    const value = seconds(quantileSeconds(distribution, share));
    return interval ? `${value} (${interval[which].map(seconds).join(" to ")})` : value;
  }
  const { events, duplicates, others, halves, unknown, unclear } = report;
  return [
    formatTable(["ENTRY", "SAMPLES", "FAILED", "P50 S", "P95 S", "CONFIDENCE", "DEFAULT P50 S"], rows),
    `${events} events: ${duplicates} twice, ${others} of other kinds, ${halves} operations without begin or end, ${unknown} that no entry is about.\n`,
    ...Object.entries(unclear).map(([why, count]) => `Not used: ${count} ${why}.\n`),
    `Written: ${file}. Use it: fairway emulator --calibration ${file}\n`,
  ].join("");
}

function seconds(value: number): string {
  return String(value < 100 ? Number(value.toFixed(1)) : Math.round(value));
}
