import type { FindingCode, PreflightReport, SortedFindings } from "@fairway/sdk";

/** A report after the rules. */
export type Checked = Omit<PreflightReport, "findings"> & SortedFindings;

/** Where a code is explained, from the root of the repository. */
export function docsOf(code: FindingCode): string {
  return `docs/findings.md#${code.toLowerCase()}`;
}
