import type { Report, RunReport } from "./report.ts";

/** The comparison as a table for a terminal or a log. */
export function renderTable(report: Report, output: { isTerminal: boolean }): string {
  const rows = report.runs.map(cellsOf);
  const head = ["WAY THROUGH CHANGE", "TARGET", "VERDICT", "REQUESTS", "FAILED", "DOWN", "P50", "P99", "LEDGER"];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  const lines = rows.map((row, index) => paint(line(row), report.runs[index], output.isTerminal));
  return `\n${report.verdict.headline}\n\n${line(head)}\n${lines.join("\n")}\n\nAll figures measured on this machine; Azure's durations simulated, ${report.timeScale} times faster than real. Seed ${report.seed}.\n`;
}

function cellsOf(run: RunReport): string[] {
  const { title, target, verdict, requests, failed, outageMs, latency, ledger } = run;
  const arrived = run.figures.find(({ name }) => name === "share that arrived");
  return [
    arrived ? `${title}: ${arrived.value} % arrived` : title,
    target,
    verdict.kind,
    String(requests),
    String(failed),
    `${(outageMs / 1_000).toFixed(1)} s`,
    `${latency.p50Ms.toFixed(1)} ms`,
    `${latency.p99Ms.toFixed(0)} ms`,
    ledger
      ? ledger.isSound
        ? `sound, ${ledger.acknowledged} payments`
        : `WRONG: ${ledger.lost} lost, ${ledger.doubled} doubled, ${ledger.wrong} wrong`
      : "-",
  ];
}

const colours = { safe: 32, degraded: 33, outage: 31 } as const;

function paint(text: string, run: RunReport | undefined, isTerminal: boolean): string {
  return isTerminal && run ? `\u001b[${colours[run.verdict.kind]}m${text}\u001b[0m` : text;
}
