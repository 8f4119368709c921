import type { JsonRecord } from "../json.ts";
import { type FieldError, invalidValue } from "./field-errors.ts";

const pattern = /^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$/;
const suffixes: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** `250m` is 0.25, `1Gi` is 2^30; undefined for what is no quantity. */
export function parseQuantity(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "string") return undefined;
  const match = pattern.exec(value);
  const amount = Number(match?.[1]);
  const suffix = match?.[2] ?? "";
  const factor = /^[eE][-+]?\d+$/.test(suffix) ? Number(`1${suffix}`) : suffixes[suffix];
  return match && factor !== undefined && !Number.isNaN(amount) ? amount * factor : undefined;
}

/** A whole number with the largest unit that leaves it whole, as the server writes quantities. */
export function quantityText(value: number, step: 1_000 | 1_024, [unit = "", ...larger]: readonly string[]): string {
  if (value === 0) return "0";
  return larger.length > 0 && value % step === 0 ? quantityText(value / step, step, larger) : `${value}${unit}`;
}

export function validateQuantities(quantities: JsonRecord, path: string): readonly FieldError[] {
  return Object.entries(quantities).flatMap(([name, value]) => {
    const amount = parseQuantity(value);
    const field = `${path}[${name}]`;
    if (amount === undefined) {
      return [
        invalidValue(
          field,
          value,
          "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        ),
      ];
    }
    return amount < 0 ? [invalidValue(field, value, "must be greater than or equal to 0")] : [];
  });
}
