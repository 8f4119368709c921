import type { Rehearsal, RehearsalRound } from "@fairway/lab";
import { formatTable } from "../table.ts";

/** What a rehearsal says, as it is and mended side by side, the worst first. */
export function formatRehearsal(rehearsal: Rehearsal): string {
  const { target, takenAt, from, version, strategy, seeds, isWhole, before, after, remedies, outside, notes } =
    rehearsal;
  return [
    isWhole ? "" : `Ended early: ${before.runs} of ${seeds} worlds as it is, ${after?.runs ?? 0} mended.\n`,
    `Rehearsal of ${target} as of ${takenAt}: ${strategy} from ${from} to ${version}, ${seeds} worlds\n\n`,
    formatTable(["", "AS IT IS", ...(after ? ["MENDED"] : [])], overview(before, after)),
    section("Apps: fewest replicas that served, and minutes (p95) with none of them", apps(before, after)),
    section("Steps: minutes, p50 and p95", stepLines(before, after)),
    section(
      "Where it fails",
      before.failures.map(({ step, message, runs }) => `at ${step}, in ${runs} of ${before.runs} worlds: ${message}`),
    ),
    section("What it waits for", stuck(before)),
    section("What it still waits for when mended", after ? stuck(after) : []),
    section(
      "What mends it (and what the model did for it)",
      remedies.map(({ code, subject, fix, modelled }) => `${code} ${subject}: ${fix} (${modelled})`),
    ),
    section(
      "Stands against it too, outside of the model",
      outside.map(({ code, subject, evidence, fix }) => `${code} ${subject}: ${evidence}. ${fix}`),
    ),
    section("Where the model differs", notes),
    "\nSimulated: durations are drawn from the calibration of the embedded Azure; apps start as slowly as they were seen to, and answer nobody.\n",
  ].join("");
}

function overview(before: RehearsalRound, after: RehearsalRound | undefined): readonly string[][] {
  const row = (title: string, value: (round: RehearsalRound) => string) => [
    title,
    value(before),
    ...(after ? [value(after)] : []),
  ];
  return [
    row("upgrades that finish", ({ finished, runs }) => `${finished} of ${runs}`),
    row("minutes, p50 and p95", ({ minutes: { p50, p95 } }) => `${p50} and ${p95}`),
    row("extra nodes at most", ({ surge }) => String(surge.reduce((sum, { nodes }) => sum + nodes, 0))),
    row("extra node-hours, p50", ({ surge }) => rounded(surge.reduce((sum, { nodeHours }) => sum + nodeHours.p50, 0))),
    row("extra cost, p50", ({ cost }) =>
      cost.dollars === undefined ? "no price known" : `$${cost.dollars.toFixed(2)}`,
    ),
    row("source of the price", ({ cost }) => cost.source),
  ];
}

/** Those that take time. */
function stepLines(before: RehearsalRound, after: RehearsalRound | undefined): readonly string[] {
  const text = (minutes: RehearsalRound["minutes"] | undefined) =>
    minutes ? `${minutes.p50} and ${minutes.p95}` : "not reached";
  const names = [...new Set([before, after].flatMap((round) => round?.steps.map(({ step }) => step) ?? []))];
  return names.flatMap((name) => {
    const [now, mended] = [before, after].map((round) => round?.steps.find(({ step }) => step === name)?.minutes);
    if ([now, mended].every((one) => !one || one.p95 < 0.5)) return [];
    return [`${name}: ${text(now)}${after ? `; mended ${text(mended)}` : ""}`];
  });
}

function apps(before: RehearsalRound, after: RehearsalRound | undefined): readonly string[] {
  return before.workloads
    .toSorted((a, b) => a.lowest / a.wanted - b.lowest / b.wanted)
    .map(({ workload, lowest, wanted, downMinutes }) => {
      const mended = after?.workloads.find((one) => one.workload === workload);
      const text = `${lowest} of ${wanted}, ${downMinutes.p95} min`;
      if (!mended) return `${workload}: ${text}`;
      return `${workload}: ${text}; mended ${mended.lowest} of ${mended.wanted}, ${mended.downMinutes.p95} min`;
    });
}

function stuck({ stuck: all, runs: of }: RehearsalRound): readonly string[] {
  return all.map(({ node, pool, workload, why, fromMinute, toMinute, runs, givenUp }) => {
    const end = givenUp > 0 ? `given up in ${givenUp}` : "it went";
    return `node ${node} of ${pool} for ${workload}, minute ${fromMinute} to ${toMinute}, in ${runs} of ${of} worlds (${end}): ${why}`;
  });
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : `\n${title}\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

function rounded(value: number): string {
  return String(Math.round(value * 100) / 100);
}
