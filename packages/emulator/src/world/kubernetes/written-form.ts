import type { KubeObject, ObjectMeta } from "../objects.ts";
import { cloneJson, isRecord, type JsonRecord, sameJson } from "./json.ts";
import type { ResourceType } from "./resource-type.ts";
import { canonical } from "./schema/canonical.ts";

/** Parts that are as they were are the same values: they are neither compared nor kept twice. */
export function sharing(current: KubeObject, next: KubeObject): KubeObject {
  const shared = Object.keys(next).filter((name) => isRecord(next[name]) && sameJson(next[name], current[name]));
  return { ...next, ...Object.fromEntries(shared.map((name) => [name, current[name]])) };
}

/** As Go writes it: so it is compared, kept and read. */
export function asWritten(type: ResourceType, object: KubeObject): KubeObject {
  if (type.custom) return object;
  const { apiVersion, kind, metadata } = object;
  const parts = canonicalParts(type.typeName, object);
  for (const part of [parts["spec"], parts["status"]]) if (isRecord(part)) writtenParts.add(part);
  return { ...parts, apiVersion, kind, metadata: withoutEmpty(metadata) };
}

/** Specs and statuses that are as Go writes them: most writes leave one of them alone. */
const writtenParts = new WeakSet<JsonRecord>();

function canonicalParts(typeName: string, object: JsonRecord): JsonRecord {
  const isKnown = (part: unknown): boolean => isRecord(part) && writtenParts.has(part);
  const known = ["spec", "status"].filter((name) => isKnown(object[name]));
  const rest = Object.fromEntries(Object.entries(object).filter(([name]) => !known.includes(name)));
  const parts = canonical(typeName, rest);
  // Their places are kept by what Go writes where nothing is.
  if (!known.every((name) => parts[name] !== undefined)) return canonical(typeName, object);
  return { ...parts, ...Object.fromEntries(known.map((name) => [name, object[name]])) };
}

function withoutEmpty(metadata: ObjectMeta): ObjectMeta {
  const empty = (value: unknown): boolean =>
    value === "" || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
  if (!Object.values(metadata).some(empty)) return metadata;
  const kept = Object.entries(metadata).filter(([, value]) => !empty(value));
  return { ...Object.fromEntries(kept), name: metadata.name };
}

/** The object with defaults filled in; the one given is not changed. */
export function withDefaults(type: ResourceType, object: KubeObject): KubeObject {
  if (!type.setDefaults) return object;
  // Nothing is filled in there, and there is much of it.
  const { managedFields, ...metadata } = object.metadata;
  const draft: KubeObject = cloneJson({ ...object, metadata });
  type.setDefaults(draft);
  if (managedFields) draft.metadata.managedFields = managedFields;
  return draft;
}
