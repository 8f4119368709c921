import { isRecord, type JsonRecord } from "../json.ts";
import { type FieldType, memberType } from "../schema/schema.ts";
import { badRequest } from "../status-error.ts";

/**
 * Fields of an object as server-side apply sees them: leaves, items of keyed lists, members of sets. Keyed by
 * `pathKey`. A path consists of elements as `fieldsV1` writes them: `f:name`, `k:{"name":"web"}`, `v:"x"`.
 */
export type FieldSet = ReadonlyMap<string, FieldEntry>;

export interface FieldEntry {
  readonly path: readonly string[];
  /** Undefined for an item of a keyed list: it is there or not. */
  readonly value: unknown;
}

export function pathKey(path: readonly string[]): string {
  return path.join("\u0000");
}

/** All fields of a value, except those that nobody owns (name, uid, version …). */
export function fieldsOf(type: FieldType, value: JsonRecord): FieldSet {
  const entries = new Map<string, FieldEntry>();
  collect(type, value, [], (path, leaf) => entries.set(pathKey(path), { path, value: leaf }));
  return withoutUnowned(entries);
}

/** Without the fields that nobody owns. */
export function withoutUnowned(fields: Map<string, FieldEntry>): FieldSet {
  for (const key of unowned) fields.delete(key);
  return fields;
}

export function without(set: FieldSet, other: FieldSet): FieldSet {
  return keep(set, ([key]) => !other.has(key));
}

export function common(set: FieldSet, other: FieldSet): FieldSet {
  return keep(set, ([key]) => other.has(key));
}

export function union(set: FieldSet, other: FieldSet): FieldSet {
  return new Map([...set, ...other]);
}

const known = new WeakMap<FieldSet, JsonRecord>();

/** `{"f:spec":{"f:replicas":{}}}`. Worked out once for a set. */
export function toFieldsV1(set: FieldSet): JsonRecord {
  const fields = known.get(set) ?? writtenFields(set);
  known.set(set, fields);
  return fields;
}

function writtenFields(set: FieldSet): JsonRecord {
  const root: JsonRecord = {};
  for (const { path } of set.values()) {
    let node = root;
    for (const element of path) {
      const next = node[element];
      node = isRecord(next) ? next : (node[element] = {} as JsonRecord);
    }
    node["."] = {};
  }
  return withoutLeafDots(root);
}

export function fromFieldsV1(fields: unknown): FieldSet {
  const entries = new Map<string, FieldEntry>();
  function visit(node: JsonRecord, path: readonly string[]): void {
    const elements = Object.keys(node);
    if (path.length > 0 && (elements.length === 0 || elements.includes("."))) {
      entries.set(pathKey(path), { path, value: undefined });
    }
    for (const element of elements) {
      const child = node[element];
      if (element !== "." && isRecord(child)) visit(child, [...path, element]);
    }
  }
  if (isRecord(fields)) visit(fields, []);
  return entries;
}

/** `.spec.template.spec.containers[name="web"].image`, as conflicts name it. */
export function formatPath(path: readonly string[]): string {
  return path.map(formatElement).join("");
}

/** `k:{"containerPort":80,"protocol":"TCP"}` of an item. 400 when a key is missing and has no default. */
export function itemElement(keys: readonly string[], defaults: JsonRecord, item: unknown): string {
  const entries = keys.map((key) => {
    const value = (isRecord(item) ? item[key] : undefined) ?? defaults[key];
    if (value === undefined && keys.length === 1) {
      throw badRequest(`associative list with keys has an element that omits key field "${key}"`);
    }
    return [key, value] as const;
  });
  return `k:${JSON.stringify(Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1))))}`;
}

type Visit = (path: readonly string[], value: unknown) => void;

function collect(type: FieldType, value: unknown, path: readonly string[], visit: Visit): void {
  if (isGranular(type, value)) {
    for (const [name, member] of Object.entries(value)) {
      if (member !== undefined) collect(memberType(type, name), member, [...path, `f:${name}`], visit);
    }
  } else if (type.kind === "list" && type.merge.kind !== "atomic" && Array.isArray(value) && value.length > 0) {
    for (const item of value as unknown[]) collectItem(type, item, path, visit);
  } else {
    visit(path, value);
  }
}

function collectItem(type: ListType, item: unknown, path: readonly string[], visit: Visit): void {
  const place = [...path, itemIdentity(type)(item)];
  visit(place, undefined);
  if (type.merge.kind === "keyed" && isRecord(item)) collect(type.items, item, place, visit);
}

type ListType = Extract<FieldType, { kind: "list" }>;

/** What an item of a set or keyed list is called in a path. */
export function itemIdentity({ merge }: ListType): (item: unknown) => string {
  if (merge.kind !== "keyed") return (item) => `v:${JSON.stringify(item)}`;
  return (item) => itemElement(merge.keys, merge.defaults ?? {}, item);
}

/** Objects whose members have owners of their own. An empty object is owned itself. */
export function isGranular(type: FieldType, value: unknown): value is JsonRecord {
  return isRecord(value) && !isAtomic(type) && Object.keys(value).length > 0;
}

/** Whether it has one owner as a whole. */
export function isAtomic(type: FieldType): boolean {
  return type.kind !== "scalar" && type.kind !== "list" && type.atomic;
}

/** The set itself, when all of it is kept. */
function keep(set: FieldSet, test: (entry: [string, FieldEntry]) => boolean): FieldSet {
  const kept = [...set].filter(test);
  return kept.length === set.size ? set : new Map(kept);
}

function withoutLeafDots(node: JsonRecord): JsonRecord {
  const elements = Object.keys(node);
  if (elements.length === 1 && elements[0] === ".") return {};
  return Object.fromEntries(
    Object.entries(node).map(([element, child]) => [element, isRecord(child) ? withoutLeafDots(child) : child]),
  );
}

function formatElement(element: string): string {
  const body = element.slice(2);
  if (element.startsWith("f:")) return `.${body}`;
  if (element.startsWith("v:")) return `[=${body}]`;
  if (element.startsWith("i:")) return `[${body}]`;
  const keys: unknown = JSON.parse(body);
  const parts = isRecord(keys) ? Object.entries(keys).map(([key, value]) => `${key}=${JSON.stringify(value)}`) : [];
  return `[${parts.join(",")}]`;
}

const unowned: ReadonlySet<string> = new Set(
  [
    [],
    ["f:apiVersion"],
    ["f:kind"],
    ["f:metadata"],
    ...[
      "name",
      "namespace",
      "uid",
      "resourceVersion",
      "generation",
      "creationTimestamp",
      "deletionTimestamp",
      "deletionGracePeriodSeconds",
      "selfLink",
    ].map((name) => ["f:metadata", `f:${name}`]),
  ].map(pathKey),
);
