import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { renderHtml } from "./html.ts";
import type { Report } from "./report.ts";

/** Writes report.html and report.json, each as a whole or not at all. Returns their paths. */
export async function writeReport(report: Report, folder: string): Promise<{ html: string; json: string }> {
  await mkdir(folder, { recursive: true });
  const html = join(folder, "report.html");
  const json = join(folder, "report.json");
  await writeWhole(json, `${JSON.stringify(report, null, 2)}\n`);
  await writeWhole(html, renderHtml(report));
  return { html, json };
}

async function writeWhole(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.part`;
  await writeFile(draft, text);
  await rename(draft, path);
}
