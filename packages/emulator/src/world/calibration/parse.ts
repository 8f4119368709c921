import { parseDocument } from "yaml";
import type { CalibrationChanges } from "../calibration.ts";
import { CalibrationError } from "./changes.ts";
import { checkChanges } from "./check.ts";

/** A calibration file, YAML or JSON: entries by name. Throws `CalibrationError`. */
export function parseCalibration(text: string): CalibrationChanges {
  const document = parseDocument(text, { uniqueKeys: true });
  const [error] = document.errors;
  if (error) {
    const line = error.linePos?.[0].line ?? 1;
    throw new CalibrationError([
      { path: `line ${line}`, message: error.message.split(" at line ")[0] ?? "is no YAML" },
    ]);
  }
  const { $schema: _, ...changes } = entriesOf(document);
  const issues = checkChanges(changes);
  if (issues.length > 0) throw new CalibrationError(issues);
  return changes as CalibrationChanges;
}

function entriesOf(document: ReturnType<typeof parseDocument>): Record<string, unknown> {
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch {
    throw new CalibrationError([{ path: "calibration", message: "has too many aliases" }]);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  const message = value === null ? "is empty: leave it out to keep every default" : "must be a map of entries by name";
  throw new CalibrationError([{ path: "calibration", message }]);
}
