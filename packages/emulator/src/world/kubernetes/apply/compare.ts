import { isRecord, type JsonRecord, sameJson } from "../json.ts";
import { type FieldType, memberType } from "../schema/schema.ts";
import { type FieldEntry, type FieldSet, itemIdentity, pathKey, withoutUnowned } from "./field-set.ts";

/** What differs between two states of an object; also objects and lists that come or go as a whole. */
export interface Comparison {
  /** Added, or with another value. */
  readonly changed: FieldSet;
  readonly removed: FieldSet;
}

/** Rules of structured-merge-diff, typed/compare.go. */
export function compareObjects(type: FieldType, previous: JsonRecord, next: JsonRecord): Comparison {
  const changed = new Map<string, FieldEntry>();
  const removed = new Map<string, FieldEntry>();
  const insert = (set: Map<string, FieldEntry>, path: readonly string[]): void => {
    set.set(pathKey(path), { path, value: undefined });
  };
  compare(type, previous, next, [], {
    changed: (path) => insert(changed, path),
    removed: (path) => insert(removed, path),
  });
  return { changed: withoutUnowned(changed), removed: withoutUnowned(removed) };
}

interface Findings {
  changed(path: readonly string[]): void;
  removed(path: readonly string[]): void;
}

function compare(type: FieldType, before: unknown, after: unknown, path: readonly string[], found: Findings): void {
  if (before === undefined && after === undefined) return;
  // What is the same has the same fields: most of an object, at each change.
  if (before === after) return;
  const members = membersOf(type, before, after);
  if (!members) return compareLeaf(before, after, path, found);
  for (const [element, member] of members) {
    compare(member.type, member.before, member.after, [...path, element], found);
  }
  if (before === undefined) found.changed(path);
  if (after === undefined) found.removed(path);
}

function compareLeaf(before: unknown, after: unknown, path: readonly string[], found: Findings): void {
  if (after === undefined) found.removed(path);
  else if (before === undefined || !sameJson(before, after)) found.changed(path);
}

interface Member {
  readonly type: FieldType;
  before: unknown;
  after: unknown;
}

/** Undefined: it has one owner as a whole. */
function membersOf(type: FieldType, before: unknown, after: unknown): ReadonlyMap<string, Member> | undefined {
  const members = new Map<string, Member>();
  const add = (element: string, of: FieldType, side: "before" | "after", value: unknown): void => {
    const member = members.get(element) ?? { type: of, before: undefined, after: undefined };
    member[side] = value;
    members.set(element, member);
  };
  for (const [side, value] of [["before", before] as const, ["after", after] as const]) {
    if (isGranularMap(type, value)) {
      for (const name of Object.keys(value)) add(`f:${name}`, memberType(type, name), side, value[name]);
    } else if (type.kind === "list" && type.merge.kind !== "atomic" && Array.isArray(value)) {
      const identity = itemIdentity(type);
      for (const item of value as unknown[]) add(identity(item), type.items, side, item);
    }
  }
  return members.size > 0 ? members : undefined;
}

function isGranularMap(type: FieldType, value: unknown): value is JsonRecord {
  return isRecord(value) && type.kind !== "scalar" && type.kind !== "list" && !type.atomic;
}
