import { mkdir, readFile, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import type { FuzzReport, Replay, ScenarioRun } from "@fairway/lab";
import { FairwayError } from "@fairway/model";
import type { Command } from "commander";
import type { CommonOptions, Context } from "../context.ts";
import { createProgress } from "../progress.ts";
import { formatTable } from "../table.ts";
import { wholeNumber } from "../whole-number.ts";

interface FuzzCommandOptions extends CommonOptions {
  readonly minutes: string;
  readonly seed: string;
  readonly workers: string;
  readonly folder: string;
}

export function addLab(program: Command, context: Context): void {
  const lab = program
    .command("lab")
    .summary("search for what goes wrong in upgrades, and look at it again")
    .description("The laboratory's search for trouble: everything happens in the embedded Azure, in virtual time.")
    .addHelpText("after", "\nExamples:\n  fairway lab fuzz --minutes 10\n  fairway lab replay trouble-1-42.json\n");
  lab
    .command("fuzz")
    .summary("draw upgrades with faults, kills and lost answers until the time is over")
    .description(
      "Draws topologies, apps, strategies, faults (also in the middle of a step), kills between any two calls, lost answers, rivals and clocks; checks what must hold, makes small what goes wrong, and says what was drawn.",
    )
    .option("--minutes <number>", "how long", "5")
    .option("--seed <text>", "decides every draw", "1")
    .option("--workers <count>", "threads", String(Math.max(1, availableParallelism() - 1)))
    .option("--folder <folder>", "where a file for each trouble goes", ".")
    .addHelpText("after", "\nExample:\n  fairway lab fuzz --minutes 10 --seed tonight --folder troubles\n")
    .action(async (_: unknown, command: Command) => fuzz(command.optsWithGlobals<FuzzCommandOptions>(), context));
  lab
    .command("replay")
    .summary("go through a scenario once more that went wrong")
    .argument("<file>", "what fairway lab fuzz has written")
    .addHelpText("after", "\nExample:\n  fairway lab replay trouble-1-42.json\n")
    .action(async (file: string, _: unknown, command: Command) =>
      replay(file, command.optsWithGlobals<CommonOptions>(), context),
    );
}

// What only these commands need is loaded here: the others start in a third of the time without it.
async function fuzz(options: FuzzCommandOptions, context: Context): Promise<void> {
  const minutes = wholeNumber(options.minutes, "--minutes", 1, 24 * 60);
  const workers = wholeNumber(options.workers, "--workers", 1, 256);
  const lab = await import("@fairway/lab");
  const folder = resolve(context.folder, options.folder);
  await mkdir(folder, { recursive: true });
  const progress = createProgress(context.stderr, options.json);
  const files: Promise<string>[] = [];
  const report = await lab
    .fuzz({
      seed: options.seed,
      minutes,
      workers,
      signal: context.signal,
      onProgress: ({ scenarios, troubles, share }) => {
        if (scenarios % 20 === 0) progress.show({ message: `${scenarios} upgrades, ${troubles} went wrong`, share });
      },
      onTrouble: (trouble) => files.push(save(folder, trouble, lab.formatReplay)),
    })
    .finally(() => progress.end());
  const saved = await Promise.all(files);
  context.stdout.write(options.json === true ? `${JSON.stringify(report)}\n` : formatReport(report, saved));
  if (report.troubles.length > 0)
    throw wentWrong(`${report.troubles.length} of ${report.scenarios} upgrades went wrong.`);
}

async function save(folder: string, trouble: Replay, format: (trouble: Replay) => string): Promise<string> {
  const path = join(folder, `trouble-${trouble.drawnFrom.replaceAll(/[^\w-]/g, "-")}.json`);
  await writeFile(path, format(trouble));
  return path;
}

async function replay(file: string, options: CommonOptions, context: Context): Promise<void> {
  const lab = await import("@fairway/lab");
  const scenario = lab.parseReplay(await readText(file, context), file);
  const run = await lab.runScenario(scenario);
  context.stdout.write(options.json === true ? `${JSON.stringify(run)}\n` : formatRun(run));
  if (run.violations.length > 0) throw wentWrong(`It still goes wrong: ${run.violations[0]?.checker}.`);
}

/** More than any scenario takes. */
const mostBytes = 1_024 * 1_024;

async function readText(file: string, { folder }: Context): Promise<string> {
  try {
    const bytes = await readFile(resolve(folder, file));
    if (bytes.length > mostBytes) throw new Error("it is too large");
    return bytes.toString("utf8");
  } catch (cause) {
    throw new FairwayError(
      "usage",
      `The file ${file} cannot be read: ${cause instanceof Error ? cause.message : ""}.`,
      {
        hint: "Give the path of a file that fairway lab fuzz has written.",
        path: "<file>",
        cause,
      },
    );
  }
}

function wentWrong(message: string): FairwayError {
  return new FairwayError("upgrade-failed", message, { hint: "fairway lab replay FILE shows it again." });
}

function formatReport({ seed, scenarios, ends, coverage, troubles }: FuzzReport, files: readonly string[]): string {
  const rows = Object.entries(ends).map(([what, count]) => [String(count), what]);
  const drawn = coverage.map((one) => [one.group, one.what, String(one.drawn), String(one.struck)]);
  const trouble = troubles.map(
    ({ drawnFrom, violations }, index) =>
      `\n${drawnFrom}: ${violations[0]?.checker}: ${violations[0]?.message}\n  fairway lab replay ${files[index] ?? ""}\n`,
  );
  return [
    `${scenarios} upgrades of seed ${seed}, ${troubles.length} went wrong\n\n`,
    formatTable(["", "END"], rows),
    `\n${formatTable(["DRAWN", "", "IN UPGRADES", "CAME IN"], drawn)}`,
    ...trouble,
  ].join("");
}

function formatRun({ log, end, violations }: ScenarioRun): string {
  const wrong = violations.map(({ checker, message }) => `${checker}: ${message}\n`);
  return [
    ...log.map((line) => `${line}\n`),
    `${end}\n`,
    ...(wrong.length > 0 ? ["\n", ...wrong] : ["Nothing is wrong.\n"]),
  ].join("");
}
