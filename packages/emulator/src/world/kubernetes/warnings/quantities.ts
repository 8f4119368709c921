import { scalarText } from "../json.ts";
import { canonicalQuantity } from "../schema/quantity-text.ts";

/** Of bytes there are only whole ones. */
export function fractional(quantity: unknown, path: string): readonly string[] {
  const text = canonicalQuantity(scalarText(quantity)) ?? "";
  if (!/[mun]$/.test(text)) return [];
  return [`${path}: fractional byte value ${JSON.stringify(text)} is invalid, must be an integer`];
}
