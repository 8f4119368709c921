import type { Call } from "./call.ts";
import { badRequest } from "./status-error.ts";
import {
  type FieldError,
  forbiddenField,
  invalid,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from "./validation/field-errors.ts";

export type OptionsKind = "CreateOptions" | "UpdateOptions" | "PatchOptions";

const longestManager = 128;
const fieldValidations = ["", "Ignore", "Strict", "Warn"];

/** Refuses what the query of a write says wrongly (apimachinery: pkg/apis/meta/v1/validation). */
export function checkWriteOptions({ request }: Call, kind: OptionsKind, isApply = false): void {
  const { query } = request;
  const force = query.get("force");
  const manager = query.get("fieldManager") ?? "";
  const errors = [
    ...(isApply && manager === "" ? [required("fieldManager", "is required for apply patch")] : []),
    ...(kind === "PatchOptions" && !isApply && force !== null
      ? [forbiddenField("force", "may not be specified for non-apply patch")]
      : []),
    ...managerErrors(manager),
    ...dryRunErrors(query.getAll("dryRun")),
    ...validationErrors(query.get("fieldValidation") ?? ""),
  ];
  if (errors.length > 0) throw invalid(metaKind(kind), "", errors);
}

/** Options of `meta.k8s.io`, as an error names them. */
export function metaKind(kind: string): { group: string; plural: string; kind: string } {
  return { group: "meta.k8s.io", plural: "", kind };
}

export function dryRunErrors(values: readonly unknown[]): readonly FieldError[] {
  return values.every((value) => value === "All") ? [] : [notSupported("dryRun", values, ["All"])];
}

/** A number of the query. 400 for what is none. */
export function integerParameter(text: string): number {
  if (!/^[+-]?\d{1,18}$/.test(text)) {
    const why = /^[+-]?\d+$/.test(text) ? "value out of range" : "invalid syntax";
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: ${why}`);
  }
  return Number(text);
}

function managerErrors(manager: string): readonly FieldError[] {
  const bad = manager.search(/\p{C}/u);
  return [
    ...(Buffer.byteLength(manager) > longestManager ? [tooLong("fieldManager", longestManager)] : []),
    ...(bad < 0 ? [] : [invalidValue("fieldManager", manager, unprintable(manager, bad))]),
  ];
}

function unprintable(text: string, index: number): string {
  const code = (text.codePointAt(index) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return `invalid character U+${code} (at position ${index})`;
}

function validationErrors(mode: string): readonly FieldError[] {
  return fieldValidations.includes(mode) ? [] : [notSupported("fieldValidation", mode, fieldValidations)];
}
