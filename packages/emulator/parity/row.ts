import type { SourceName } from "./sources.ts";

/** A test that shows a row: its file below `packages/emulator/test` (or a path from the repository's root), and its name. */
export interface Witness {
  readonly file: string;
  readonly test: string;
}

/** One operation or rule of Azure or Kubernetes, and how far the embedded Azure has it. */
export type ParityRow = { readonly subject: string; readonly source: SourceName } & (
  | { readonly state: "works"; readonly witness: Witness }
  | { readonly state: "deviation"; readonly deviation: string; readonly witness?: Witness }
  | { readonly state: "missing"; readonly note: string }
);

export interface ParityArea {
  readonly title: string;
  readonly rows: readonly ParityRow[];
}

/** It answers as the source says, and the test fails when it does not. */
export function works(subject: string, source: SourceName, file: string, test: string): ParityRow {
  return { subject, source, state: "works", witness: { file, test } };
}

/** It answers, in another way than the source says. The witness, when there is one, shows the part that holds. */
export function deviates(
  subject: string,
  source: SourceName,
  deviation: string,
  witness?: readonly [file: string, test: string],
): ParityRow {
  const shown = witness ? { witness: { file: witness[0], test: witness[1] } } : {};
  return { subject, source, state: "deviation", deviation, ...shown };
}

/** It is refused, as Azure refuses what it does not know. */
export function missing(subject: string, source: SourceName, note: string): ParityRow {
  return { subject, source, state: "missing", note };
}
