/** Strategies through incidents on many seeds, and what would change the verdict. Method: README.md beside this file. */
import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  libraryIncidentNames,
  measureSensitivity,
  renderRiskTable,
  reportOnTrials,
  runTrials,
  storyIncidentNames,
  type TrialsPlan,
  topologyNames,
  trialStrategyNames,
  writeRiskReport,
} from "@fairway/lab";

/** Those that strategies differ by: what is quick on the platform, and what is slow among people. */
const allEntries = [
  "controlPlane.upgrade",
  "nodes.provision",
  "nodes.reimage",
  "nodes.join",
  "replica.modelStart",
  "endpoints.propagation",
  "people.alert",
  "people.diagnosis",
  "people.repair",
  "support.ticket",
] as const;

const { values: options } = parseArgs({
  options: {
    topology: { type: "string", default: "small" },
    incidents: { type: "string", default: "story" },
    seeds: { type: "string", default: "20" },
    "sensitivity-seeds": { type: "string", default: "2" },
    entries: { type: "string", multiple: true, default: [...allEntries] },
    workers: { type: "string", default: String(availableParallelism()) },
    output: { type: "string", default: join(import.meta.dirname, "results") },
  },
});

const entries = allEntries.filter((name) => options.entries.includes(name));
const topology = topologyNames.find((name) => name === options.topology);
if (!topology) refuse(`--topology: choose from ${topologyNames.join(", ")}.`);
const isLibrary = options.incidents === "library";
if (!isLibrary && options.incidents !== "story") refuse("--incidents: choose from story, library.");
const folder = join(options.output, isLibrary ? `${topology}-library` : topology);
const workers = wholeNumber("workers", options.workers);
const plan: TrialsPlan = {
  topology,
  traffic: "flat",
  strategies: trialStrategyNames,
  incidents: isLibrary ? libraryIncidentNames : storyIncidentNames,
  firstSeed: 1,
  seeds: wholeNumber("seeds", options.seeds),
};
const program = execFileSync("git", ["rev-parse", "--short=12", "HEAD"], { encoding: "utf8" }).trim();
const startedMs = performance.now();
const { records, failures, isWhole } = await runTrials({
  plan,
  workers,
  path: join(folder, "trials.jsonl"),
  program,
  onProgress: ({ message, done, total }) => tell(`${done} of ${total}: ${message}`),
});
for (const failure of failures) console.log(`\nA fault of Fairway's own: ${JSON.stringify(failure)}`);
const trialsMs = performance.now() - startedMs;
const sensitivitySeeds = wholeNumber("sensitivity-seeds", options["sensitivity-seeds"], 0);
const sensitivity =
  sensitivitySeeds > 0
    ? await measureSensitivity({
        plan: { ...plan, incidents: plan.incidents.filter((name) => name !== "none"), seeds: sensitivitySeeds },
        entries,
        factor: 2,
        workers,
        onProgress: ({ message }) => tell(`sensitivity: ${message}`),
      })
    : undefined;
const report = await reportOnTrials({
  plan,
  records,
  program,
  isComplete: isWhole && failures.length === 0,
  ...(sensitivity ? { sensitivity } : {}),
});
const { html } = await writeRiskReport(report, records, folder);
// What is kept of a run: all figures, without the pictures of single trials and the calibration, which has its own page.
const { timelines: _timelines, calibration: _calibration, ...kept } = report;
await writeFile(join(folder, "results.json"), `${JSON.stringify(kept, null, 1)}\n`);
console.log(`\n${renderRiskTable(report)}`);
for (const { name, low, high, changesRanking } of sensitivity?.bars ?? []) {
  console.log(
    `${name.padEnd(24)} ${low.toFixed(0).padStart(8)} … ${high.toFixed(0).padStart(8)}${changesRanking ? "  changes the order" : ""}`,
  );
}
if (sensitivity) console.log(`base ${sensitivity.base.toFixed(0)} failed payments.`);
console.log(`${records.length} trials in ${(trialsMs / 1_000).toFixed(0)} s.`);
console.log(`Report: ${html}`);

function wholeNumber(name: string, text: string, least = 1): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  return refuse(`--${name} is a whole number from ${least} on.`);
}

function refuse(why: string): never {
  console.error(why);
  process.exit(2);
}

function tell(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}
