import { type Finding, findingTitles } from "@fairway/sdk";
import { type Checked, docsOf } from "./checked.ts";

/** A table for a pull request or a ticket. */
export function formatMarkdown({ shown, ignored, target, version }: Checked): string {
  const title = version === undefined ? `## Pre-flight of ${target}` : `## Pre-flight of ${target} to ${version}`;
  const table =
    shown.length === 0
      ? ["Nothing was found."]
      : ["| finding | severity | subject | seen | fix |", "| --- | --- | --- | --- | --- |", ...shown.map(row)];
  return [title, "", ...table, "", ...(ignored.length > 0 ? [`${ignored.length} ignored.`, ""] : [])].join("\n");
}

function row({ code, severity, subject, evidence, fix }: Finding): string {
  const cells = [`[${code}](${docsOf(code)}) ${findingTitles[code]}`, severity, subject, evidence, `\`${fix}\``];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
}
