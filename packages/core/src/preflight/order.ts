import type { Finding } from "@fairway/model";

/** Required ones first, then by code and subject, so that two runs can be compared line by line. */
export function inOrder(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted((a, b) => compare(keyOf(a), keyOf(b)));
}

function keyOf({ severity, code, subject }: Finding): string {
  return `${severity === "required" ? 0 : 1} ${code} ${subject}`;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
