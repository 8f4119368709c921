export { sameJson } from "../same-json.ts";

/** Readers of plain JSON whose shape nobody has promised. */
export type JsonRecord = Record<string, unknown>;

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a path of members, or undefined where the path ends early. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let current = value;
  for (const member of path) {
    if (!isRecord(current) || !Object.hasOwn(current, member)) return undefined;
    current = current[member];
  }
  return current;
}

export function recordAt(value: unknown, ...path: readonly string[]): JsonRecord {
  const found = at(value, ...path);
  return isRecord(found) ? found : {};
}

export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? (found as readonly unknown[]) : [];
}

export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === "string" ? found : undefined;
}

export function numberAt(value: unknown, ...path: readonly string[]): number | undefined {
  const found = at(value, ...path);
  return typeof found === "number" ? found : undefined;
}

/** A scalar as text; "" for nothing. */
export function scalarText(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value as string | number | boolean);
}

export function stringMapAt(value: unknown, ...path: readonly string[]): Readonly<Record<string, string>> {
  const entries = Object.entries(recordAt(value, ...path));
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

/** A copy that shares nothing: several times faster than structuredClone, which knows more than JSON. */
export function cloneJson<T>(value: T): T {
  return clone(value) as T;
}

function clone(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(clone);
  if (!isRecord(value)) return value;
  const copy: JsonRecord = {};
  for (const name of Object.keys(value)) {
    if (name === "__proto__") Object.defineProperty(copy, name, { ...plain, value: clone(value[name]) });
    else copy[name] = clone(value[name]);
  }
  return copy;
}

const plain = { enumerable: true, configurable: true, writable: true };

/** Whether objects and lists lie in one another more than `limit` deep. */
export function isDeeperThan(value: unknown, limit: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return limit === 0 || Object.values(value).some((member) => isDeeperThan(member, limit - 1));
}
