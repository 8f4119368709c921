import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeWhole } from "../report/write.ts";
import type { TrialRecord } from "../virtual/record.ts";
import { renderRiskPage } from "./page.ts";
import type { RiskReport } from "./report.ts";
import { drawWhoMeetsWhat } from "./who-meets-what.ts";

/** Writes risk.html, risk.json and, for other pages, its heat map. Returns the paths of the first two. */
export async function writeRiskReport(
  report: RiskReport,
  records: readonly TrialRecord[],
  folder: string,
): Promise<{ html: string; json: string }> {
  await mkdir(folder, { recursive: true });
  const html = join(folder, "risk.html");
  const json = join(folder, "risk.json");
  await writeWhole(json, `${JSON.stringify(report, null, 2)}\n`);
  await writeWhole(join(folder, "heat-map.svg"), drawWhoMeetsWhat(report));
  await writeWhole(html, renderRiskPage(report, records));
  return { html, json };
}
