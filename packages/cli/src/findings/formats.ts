import { type Finding, findingTitles } from "@fairway/sdk";
import { type Checked, docsOf } from "./checked.ts";
import { formatMarkdown } from "./markdown.ts";
import { formatSarif } from "./sarif.ts";

export const formats = ["text", "json", "sarif", "markdown"] as const;
export type Format = (typeof formats)[number];

export function formatFindings(checked: Checked, format: Format): string {
  switch (format) {
    case "text":
      return formatText(checked);
    case "json":
      return `${JSON.stringify({ ...checked, shown: undefined, findings: checked.shown.map(complete) })}\n`;
    case "sarif":
      return `${JSON.stringify(formatSarif(checked), null, 2)}\n`;
    case "markdown":
      return formatMarkdown(checked);
  }
}

function complete(finding: Finding): unknown {
  return { ...finding, title: findingTitles[finding.code], docs: docsOf(finding.code) };
}

function formatText({ shown, ignored, ended, target, version }: Checked): string {
  const title = version === undefined ? target : `${target} to ${version}`;
  const count = (severity: Finding["severity"]) => shown.filter((finding) => finding.severity === severity).length;
  const hidden = ignored.length === 0 ? "" : `, ${ignored.length} ignored`;
  return [
    ...shown.flatMap(({ code, severity, subject, evidence, fix }) => [
      `${severity === "required" ? "✗" : "!"} ${code} ${findingTitles[code]}: ${subject}`,
      `    ${evidence}`,
      `    fix: ${fix}`,
    ]),
    ...ended.map(
      ({ code, subject, until }) =>
        `The rule that ignores ${code}${subject === undefined ? "" : ` of ${subject}`} has ended on ${until}: it counts again.`,
    ),
    `${title}: ${count("required")} required, ${count("recommended")} recommended${hidden}.`,
    "",
  ].join("\n");
}
