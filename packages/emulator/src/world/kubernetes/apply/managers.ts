import type { KubeObject } from "../../objects.ts";
import { isRecord, type JsonRecord, sameJson, textAt } from "../json.ts";
import { apiVersionOf, type ResourceType } from "../resource-type.ts";
import { canonical } from "../schema/canonical.ts";
import { structType } from "../schema/schema.ts";
import { StatusError } from "../status-error.ts";
import { type Comparison, compareObjects } from "./compare.ts";
import { type FieldSet, fromFieldsV1, toFieldsV1, union, without } from "./field-set.ts";

/** One entry of `metadata.managedFields`. */
export interface ManagedEntry {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly time: string;
  readonly subresource: string;
  readonly fields: FieldSet;
}

/** Who writes, and when. */
export interface Writer {
  readonly manager: string;
  /** "" for the object itself. */
  readonly subresource: string;
  /** RFC 3339. */
  readonly time: string;
}

/** The object without `managedFields` themselves, in the form in which fields are compared. */
export function ownedPart(type: ResourceType, object: KubeObject): JsonRecord {
  const { managedFields: _, ...metadata } = object.metadata;
  const part = { ...object, metadata };
  return type.custom ? part : canonical(type.typeName, part);
}

/**
 * Records a create or update: the writer owns what it changed, and nobody owns what is gone. A client may also send
 * managed fields of its own, as kubectl does to migrate; they are the base then, and an empty list forgets all.
 */
export function recordUpdate(
  type: ResourceType,
  previous: KubeObject | undefined,
  next: KubeObject,
  writer: Writer,
): KubeObject {
  if (previous && isUntracked(previous, next)) return withEntries(next, []);
  const change = changeIfTyped(type, previous, next);
  if (!change) return next;
  const { changed, removed } = change;
  const entries = readEntries(next.metadata.managedFields ?? previous?.metadata.managedFields);
  const isOwn = (entry: ManagedEntry): boolean => isEntryOf(entry, writer, "Update");
  const others = entries
    .filter((entry) => !isOwn(entry))
    .map((entry) => withFields(entry, without(without(entry.fields, changed), removed)));
  const own = entries.find(isOwn);
  const fields = without(withMore(own?.fields ?? new Map(), changed), removed);
  const unchanged = own !== undefined && changed.size === 0;
  const entry: ManagedEntry = unchanged
    ? { ...own, fields }
    : { ...writer, operation: "Update", apiVersion: apiVersionOf(type), fields };
  return withEntries(next, capped([...others, entry]));
}

function withFields(entry: ManagedEntry, fields: FieldSet): ManagedEntry {
  return fields === entry.fields ? entry : { ...entry, fields };
}

/** The set itself, when it has them all. */
function withMore(set: FieldSet, more: FieldSet): FieldSet {
  return [...more.keys()].every((key) => set.has(key)) ? set : union(set, more);
}

/** The managers and one more, who is the first to write parts that nobody has. */
export function withFirstWriter(
  managers: readonly unknown[],
  { changed }: Comparison,
  type: ResourceType,
  writer: Writer,
): unknown[] {
  if (changed.size === 0) return [...managers];
  const entry = writeEntry({ ...writer, operation: "Update", apiVersion: apiVersionOf(type), fields: changed });
  return [...managers, entry].toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
}

/** More managers than this are not told apart when they only update (apiserver: managedfields.DefaultMaxUpdateManagers). */
const mostUpdaters = 10;

/** The oldest go together, those of each version as one (apiserver: internal/capmanagers.go). */
function capped(entries: readonly ManagedEntry[]): readonly ManagedEntry[] {
  const updaters = entries.filter(({ operation, fields }) => operation === "Update" && fields.size > 0);
  const rest = entries.filter((entry) => !updaters.includes(entry));
  const kept = updaters.toSorted(inOrder);
  while (kept.length > mostUpdaters) {
    const [oldest] = kept;
    const partner = kept.find((entry) => entry !== oldest && entry.apiVersion === oldest?.apiVersion);
    if (!oldest || !partner) break;
    kept.splice(kept.indexOf(oldest), 1);
    kept.splice(kept.indexOf(partner), 1);
    const fields = union(oldest.fields, partner.fields);
    kept.unshift({ ...oldest, manager: ancientManager, subresource: "", time: partner.time, fields });
  }
  return [...rest, ...kept];
}

const ancientManager = "ancient-changes";

/** An object that has lost its managers, or never had one, has none before somebody applies it. */
function isUntracked(previous: KubeObject, next: KubeObject): boolean {
  return (next.metadata.managedFields ?? previous.metadata.managedFields ?? []).length === 0;
}

/** Undefined: the server cannot say who owns what of such an object, and goes on without. */
export function changeIfTyped(
  type: ResourceType,
  previous: KubeObject | undefined,
  next: KubeObject,
): Comparison | undefined {
  try {
    return changeOf(type, previous, next);
  } catch (error) {
    if (error instanceof StatusError) return undefined;
    throw error;
  }
}

/** A new object is compared with an empty one: what Go writes anyway belongs to nobody. */
export function changeOf(type: ResourceType, previous: KubeObject | undefined, next: KubeObject): Comparison {
  const before = previous ? ownedPart(type, unlike(next, previous)) : type.custom ? {} : canonical(type.typeName, {});
  return compareObjects(structType(type.typeName), before, ownedPart(type, previous ? unlike(previous, next) : next));
}

/** The object without the parts that are the other's too. */
function unlike(other: KubeObject, object: KubeObject): KubeObject {
  const { metadata, ...parts } = object;
  const own = Object.entries(parts).filter(([name, part]) => !isRecord(part) || part !== other[name]);
  return { ...Object.fromEntries(own), apiVersion: object.apiVersion, kind: object.kind, metadata };
}

export function isEntryOf(entry: ManagedEntry, writer: Writer, operation: ManagedEntry["operation"]): boolean {
  return entry.manager === writer.manager && entry.subresource === writer.subresource && entry.operation === operation;
}

/** Objects that are stored never change in place. */
const known = new WeakMap<object, ManagedEntry>();

export function readEntries(managedFields: unknown): ManagedEntry[] {
  if (!Array.isArray(managedFields)) return [];
  return managedFields.filter(isRecord).map((written) => {
    const entry = known.get(written) ?? readEntry(written);
    known.set(written, entry);
    return entry;
  });
}

function readEntry(entry: JsonRecord): ManagedEntry {
  return {
    manager: textAt(entry, "manager") ?? "",
    operation: entry["operation"] === "Apply" ? "Apply" : "Update",
    apiVersion: textAt(entry, "apiVersion") ?? "",
    time: textAt(entry, "time") ?? "",
    subresource: textAt(entry, "subresource") ?? "",
    fields: fromFieldsV1(entry["fieldsV1"]),
  };
}

/** The object with these managers; those that own nothing any more are left out. */
export function withEntries(object: KubeObject, entries: readonly ManagedEntry[]): KubeObject {
  const { managedFields: before, ...metadata } = object.metadata;
  const written = entries
    .filter((entry) => entry.fields.size > 0)
    .toSorted(inOrder)
    .map(writeKnown);
  if (written.length === 0) return { ...object, metadata };
  return {
    ...object,
    metadata: { ...metadata, managedFields: sameJson(before, written) && before ? before : written },
  };
}

function inOrder(a: ManagedEntry, b: ManagedEntry): number {
  return orderOf(a) < orderOf(b) ? -1 : 1;
}

function orderOf(entry: unknown): string {
  const parts: JsonRecord = isRecord(entry) ? entry : {};
  return ["operation", "time", "manager", "apiVersion", "subresource"]
    .map((name) => textAt(parts, name) ?? "")
    .join("\u0000");
}

function writeKnown(entry: ManagedEntry): JsonRecord {
  const written = writeEntry(entry);
  known.set(written, entry);
  return written;
}

function writeEntry(entry: ManagedEntry): JsonRecord {
  return {
    manager: entry.manager,
    operation: entry.operation,
    apiVersion: entry.apiVersion,
    ...(entry.time ? { time: entry.time } : {}),
    fieldsType: "FieldsV1",
    fieldsV1: toFieldsV1(entry.fields),
    ...(entry.subresource ? { subresource: entry.subresource } : {}),
  };
}
