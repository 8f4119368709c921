import { verdictOfLanes } from "./lanes.ts";
import type { RiskReport, StrategyRow } from "./report.ts";
import { minutes, shareWithInterval, withInterval } from "./words.ts";

const head = [
  "STRATEGY",
  "RISK",
  "COST",
  "EFFORT",
  "OUTAGE > 1 MIN",
  "FAILED",
  "WORST 1 %",
  "P50",
  "P95",
  "NODE-HOURS",
  "PEOPLE",
];

/** The verdict for a terminal or a log. */
export function renderRiskTable(report: RiskReport): string {
  const rows = report.rows.map(cellsOf);
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const lines = [head, ...rows].map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const { topology, trials, experience, isComplete, agreement = [] } = report;
  const told = experience.map(({ strategy, claim, disagreements }) =>
    disagreements.length === 0
      ? `  ${strategy}: as the company found it, ${claim}`
      : `  ${strategy}: NOT as the company found it (${claim}): ${disagreements.join("; ")}`,
  );
  return `
${lines.join("\n")}

Means over all incidents alike, with 95 % intervals. All figures simulated, from the calibration in the report: ${trials} trials of ${topology.title}.${isComplete ? "" : " NOT ALL TRIALS WERE RUN."}
${told.join("\n")}
${agreement.length === 0 ? "" : `${verdictOfLanes(agreement)}\n`}`;
}

function cellsOf({ title, ratings, withIncident }: StrategyRow): string[] {
  const { outageOver1, failed, failedWorst1Percent, duration, extraNodeHours, peopleMinutes } = withIncident;
  return [
    title,
    ratings.risk,
    ratings.cost,
    ratings.effort,
    shareWithInterval(outageOver1),
    withInterval(failed),
    Math.round(failedWorst1Percent).toLocaleString("en"),
    minutes(duration.p50Minutes),
    minutes(duration.p95Minutes),
    withInterval(extraNodeHours),
    `${withInterval(peopleMinutes)} min`,
  ];
}
