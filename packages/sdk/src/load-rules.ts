import { FairwayError, type PreflightRules, parsePreflightRules } from "@fairway/model";

/** The rules that a YAML (or JSON) text has. Rejects with `usage`: the place in the text, or every wrong field. */
export async function loadPreflightRules(text: string): Promise<PreflightRules> {
  const { parseDocument } = await import("yaml");
  const document = parseDocument(text, { prettyErrors: true });
  const [error] = document.errors;
  if (error) {
    const place = error.linePos?.[0];
    throw new FairwayError("usage", `The preflight rules are no YAML: see line ${place?.line}, column ${place?.col}.`, {
      hint: "Correct the file, or leave it out.",
    });
  }
  // An empty file has no rules.
  return parsePreflightRules(document.toJS({ maxAliasCount: 100 }) ?? {});
}
