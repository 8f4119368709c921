import type { Report, RunReport } from "./report.ts";

/** What a reader takes away, from the verdicts of the runs alone. */
export function decide(runs: readonly RunReport[]): Report["verdict"] {
  const by = (kind: RunReport["verdict"]["kind"]): RunReport[] => runs.filter(({ verdict }) => verdict.kind === kind);
  const outages = by("outage");
  const headline =
    outages.length > 0
      ? `${outages.length} of ${runs.length} ways through change ended in an outage: ${outages.map(nameOf).join("; ")}.`
      : `None of ${runs.length} ways through change ended in an outage.`;
  return { headline, points: runs.map((run) => `${nameOf(run)}: ${run.verdict.sentence}`) };
}

function nameOf({ title, target }: RunReport): string {
  return `${title} (${target})`;
}
