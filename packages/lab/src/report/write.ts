import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { renderHtml } from "./html.ts";
import type { Report } from "./report.ts";

/** Writes report.html and report.json. Returns their paths. */
export async function writeReport(report: Report, folder: string): Promise<{ html: string; json: string }> {
  await mkdir(folder, { recursive: true });
  const html = join(folder, "report.html");
  const json = join(folder, "report.json");
  await writeWhole(json, `${JSON.stringify(report, null, 2)}\n`);
  await writeWhole(html, renderHtml(report));
  return { html, json };
}

/** As a whole or not at all. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.part`;
  await writeFile(draft, text);
  await rename(draft, path);
}
