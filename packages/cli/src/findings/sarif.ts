import { type Finding, type FindingCode, findingTitles } from "@fairway/sdk";
import { type Checked, docsOf } from "./checked.ts";

/** SARIF 2.1.0 (OASIS), as code scanning of GitHub and Azure DevOps read it. Ignored findings are suppressed results. */
export function formatSarif({ shown, ignored, target }: Checked): unknown {
  const codes = [...new Set([...shown, ...ignored].map(({ code }) => code))].toSorted();
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "fairway", rules: codes.map(rule) } },
        results: [
          ...shown.map((finding) => result(finding, target)),
          ...ignored.map((finding) => ({ ...result(finding, target), suppressions: [{ kind: "external" }] })),
        ],
      },
    ],
  };
}

function rule(code: FindingCode) {
  return { id: code, shortDescription: { text: findingTitles[code] }, help: { text: docsOf(code) } };
}

function result({ code, severity, subject, evidence, fix }: Finding, target: string) {
  return {
    ruleId: code,
    level: severity === "required" ? "error" : "warning",
    message: { text: `${subject}: ${evidence}. Fix: ${fix}` },
    locations: [{ logicalLocations: [{ name: subject, fullyQualifiedName: `${target}: ${subject}` }] }],
    partialFingerprints: { finding: `${code}/${subject}` },
  };
}
