import type { KubeObject } from "../../objects.ts";
import { isRecord, type JsonRecord, sameJson, textAt } from "../json.ts";
import { apiVersionOf, type ResourceType } from "../resource-type.ts";
import { structType } from "../schema/schema.ts";
import { difference, type FieldSet, fieldsOf, fromFieldsV1, toFieldsV1, union, without } from "./field-set.ts";

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

/** The fields of an object without `managedFields` themselves. */
export function ownedFields(type: ResourceType, object: KubeObject): FieldSet {
  const { managedFields: _, ...metadata } = object.metadata;
  return fieldsOf(structType(type.typeName), { ...object, metadata });
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
  const { changed, removed } = previous
    ? changeOf(type, previous, next)
    : { changed: ownedFields(type, next), removed: none };
  const entries = readEntries(next.metadata.managedFields ?? previous?.metadata.managedFields);
  const isOwn = (entry: ManagedEntry): boolean => isEntryOf(entry, writer, "Update");
  const others = entries
    .filter((entry) => !isOwn(entry))
    .map((entry) => ({ ...entry, fields: without(without(entry.fields, changed), removed) }));
  const own = entries.find(isOwn);
  const fields = without(union(own?.fields ?? new Map(), changed), removed);
  const unchanged = own !== undefined && changed.size === 0;
  const entry: ManagedEntry = unchanged
    ? { ...own, fields }
    : { ...writer, operation: "Update", apiVersion: apiVersionOf(type), fields };
  return withEntries(next, [...others, entry]);
}

const none: FieldSet = new Map();

/** Only the members of the object that differ are looked into. */
function changeOf(type: ResourceType, previous: KubeObject, next: KubeObject): ReturnType<typeof difference> {
  const same = new Set(Object.keys(next).filter((name) => name !== "metadata" && sameJson(previous[name], next[name])));
  const rest = (object: KubeObject): KubeObject => ({
    ...Object.fromEntries(Object.entries(object).filter(([name]) => !same.has(name))),
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: object.metadata,
  });
  return difference(ownedFields(type, rest(previous)), ownedFields(type, rest(next)));
}

export function isEntryOf(entry: ManagedEntry, writer: Writer, operation: ManagedEntry["operation"]): boolean {
  return entry.manager === writer.manager && entry.subresource === writer.subresource && entry.operation === operation;
}

export function readEntries(managedFields: unknown): ManagedEntry[] {
  if (!Array.isArray(managedFields)) return [];
  return managedFields.filter(isRecord).map((entry) => ({
    manager: textAt(entry, "manager") ?? "",
    operation: entry["operation"] === "Apply" ? "Apply" : "Update",
    apiVersion: textAt(entry, "apiVersion") ?? "",
    time: textAt(entry, "time") ?? "",
    subresource: textAt(entry, "subresource") ?? "",
    fields: fromFieldsV1(entry["fieldsV1"]),
  }));
}

/** The object with these managers; those that own nothing any more are left out. */
export function withEntries(object: KubeObject, entries: readonly ManagedEntry[]): KubeObject {
  const { managedFields: before, ...metadata } = object.metadata;
  const written = entries.filter((entry) => entry.fields.size > 0).map(writeEntry);
  if (written.length === 0) return { ...object, metadata };
  return {
    ...object,
    metadata: { ...metadata, managedFields: sameJson(before, written) && before ? before : written },
  };
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
