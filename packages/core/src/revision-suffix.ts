import { createHash } from "node:crypto";

/**
 * A short name for content: the same JSON value gives the same suffix whatever the order of its keys, and another value
 * another one. Eight characters of a-z and 0-9, a letter first (Container Apps wants that); 40 bits, so among a hundred
 * revisions of one app two collide with a chance of 1 in 200 million.
 */
export function revisionSuffix(content: unknown): string {
  const digest = createHash("sha256").update(canonicalJson(content)).digest();
  const number = digest.readUIntBE(0, 5);
  return (
    firstLetters.charAt(number % 26) +
    Math.floor(number / 26)
      .toString(36)
      .padStart(7, "0")
  );
}

/** JSON with sorted keys; members that are undefined are left out. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value)) ?? "null";
}

const firstLetters = "abcdefghijklmnopqrstuvwxyz";

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(
    entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]),
  );
}
