import { type FindingCode, findingTitles } from "@fairway/model";
import { findingTexts } from "./finding-texts.ts";

/** docs/findings.md: every code of the pre-flight, with why it matters and what to do. */
export function findingsPage(): string {
  const codes = Object.keys(findingTitles) as FindingCode[];
  return `# Findings of the pre-flight

Generated from the closed codes of \`@fairway/model\` by \`npm run docs\`: do not edit.

\`fairway upgrade check\` looks at a cluster or an environment, and prints what AKS would refuse, what a drain would get stuck
on, and what callers would notice. FW001 to FW041 are about clusters, FW042 to FW050 about Container Apps. _Required_: the
upgrade fails or callers are not served. _Recommended_: it may. Every finding has what was seen and what mends it; the codes
are stable, and a rules file can ignore them ([upgrades.md](upgrades.md)).

| code | |
| --- | --- |
${codes.map((code) => `| [${code}](#${code.toLowerCase()}) | ${findingTitles[code]} |`).join("\n")}
${codes.map((code) => `\n## ${code}\n\n**${findingTitles[code]}.** ${findingTexts[code]}\n`).join("")}`;
}
