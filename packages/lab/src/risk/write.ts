import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeWhole } from "../report/write.ts";
import type { TrialRecord } from "../virtual/record.ts";
import { renderRiskPage } from "./page.ts";
import type { RiskReport } from "./report.ts";

/** Writes risk.html and risk.json. Returns their paths. */
export async function writeRiskReport(
  report: RiskReport,
  records: readonly TrialRecord[],
  folder: string,
): Promise<{ html: string; json: string }> {
  await mkdir(folder, { recursive: true });
  const html = join(folder, "risk.html");
  const json = join(folder, "risk.json");
  await writeWhole(json, `${JSON.stringify(report, null, 2)}\n`);
  await writeWhole(html, renderRiskPage(report, records));
  return { html, json };
}
