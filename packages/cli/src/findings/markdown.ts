import { type Finding, findingTitles } from "@fairway/sdk";
import { type Checked, docsOf } from "./checked.ts";

/** A table for a pull request or a ticket. */
export function formatMarkdown({ shown, ignored, target, version }: Checked): string {
  const title = version === undefined ? `## Pre-flight of ${target}` : `## Pre-flight of ${target} to ${version}`;
  const table =
    shown.length === 0
      ? ["Nothing was found."]
      : ["| finding | severity | subject | seen | fix |", "| --- | --- | --- | --- | --- |", ...shown.map(row)];
  const hidden = ignored.map(({ code, subject, reason }) => `- ${code} ${subject} is ignored: ${reason}`);
  return [title, "", ...table, "", ...(hidden.length > 0 ? [...hidden, ""] : [])].join("\n");
}

function row({ code, severity, subject, evidence, fix }: Finding): string {
  const cells = [`[${code}](${docsOf(code)}) ${findingTitles[code]}`, severity, subject, evidence, fix];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll("\n", " ")).join(" | ")} |`;
}
