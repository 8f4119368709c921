import { type Finding, type FindingCode, findingTitles } from "@fairway/sdk";
import { type Checked, docsOf } from "./checked.ts";
import { defaultRulesFile } from "./rules-file.ts";

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
          ...shown.map((finding) => ({ ...result(finding, target, codes), suppressions: [] })),
          ...ignored.map((finding) => ({
            ...result(finding, target, codes),
            suppressions: [{ kind: "external", justification: finding.reason }],
          })),
        ],
      },
    ],
  };
}

function rule(code: FindingCode) {
  return { id: code, shortDescription: { text: findingTitles[code] }, help: { text: docsOf(code) } };
}

/** Code scanning shows only what is in a file: this one is where a finding of a cluster can be ignored. */
const physicalLocation = { artifactLocation: { uri: defaultRulesFile }, region: { startLine: 1 } };

function result({ code, severity, subject, evidence, fix }: Finding, target: string, codes: readonly FindingCode[]) {
  const logicalLocations = [{ name: subject, fullyQualifiedName: `${target}: ${subject}` }];
  return {
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    level: severity === "required" ? "error" : "warning",
    message: { text: `${subject}: ${evidence}. Fix: ${fix}` },
    locations: [{ physicalLocation, logicalLocations }],
    partialFingerprints: { "finding/v1": `${target}/${code}/${subject}` },
  };
}
