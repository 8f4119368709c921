import type { KubeObject } from "../../objects.ts";
import { isRecord, sameJson } from "../json.ts";
import { apiVersionOf, type ResourceType } from "../resource-type.ts";
import { structType } from "../schema/schema.ts";
import { StatusError } from "../status-error.ts";
import { compareObjects } from "./compare.ts";
import { common, type FieldSet, fieldsOf, formatPath, toFieldsV1, without } from "./field-set.ts";
import { changeOf, isEntryOf, type ManagedEntry, readEntries, type Writer, withEntries } from "./managers.ts";
import { mergeApplied, removeFields } from "./merge.ts";

export interface Application {
  readonly type: ResourceType;
  /** The object as it is; undefined when the application creates it. */
  readonly live: KubeObject | undefined;
  /** What the manager wants; fields that it leaves out and applied before are removed. */
  readonly configuration: KubeObject;
  readonly writer: Writer;
  readonly force: boolean;
}

/**
 * Server-side apply: merges the configuration, removes what this manager applied before and no longer does, and
 * records who owns what. 409 with one cause for each field that another manager owns with another value, unless forced.
 */
export function serverSideApply({ type, live, configuration, writer, force }: Application): KubeObject {
  const applied = fieldsOf(structType(type.typeName), configuration);
  const entries = live ? entriesOf(type, live, writer) : [];
  const isOwn = (entry: ManagedEntry): boolean => isEntryOf(entry, writer, "Apply");
  const merged = mergeApplied(type, live ?? emptyOf(configuration), configuration);
  const { changed } = changeOf(type, live, merged);
  const allowed = writer.manager === "kubectl" && live ? lastApplied(type, live) : nothing;
  const conflicts = entries
    .filter((entry) => !isOwn(entry))
    .map((entry) => ({ entry, fields: without(common(entry.fields, changed), allowed) }))
    .filter(({ fields }) => fields.size > 0);
  if (conflicts.length > 0 && !force) throw applyConflict(conflicts);

  const others = entries
    .filter((entry) => !isOwn(entry))
    .map((entry) => ({ ...entry, fields: without(entry.fields, changed) }));
  const before = entries.find(isOwn);
  const dropped = others.reduce<FieldSet>(
    (fields, other) => without(fields, other.fields),
    without(before?.fields ?? new Map(), applied),
  );
  const pruned = removeFields(type, merged, dropped, [applied, ...others.map(({ fields }) => fields)]);
  const isNew = live === undefined || isChange(type, live, pruned);
  const owned = withEntries(pruned, [...others, ownEntry(type, writer, applied, before, isNew)]);
  return writer.manager === "kubectl" ? withLastApplied(owned, configuration) : owned;
}

const lastAppliedName = "kubectl.kubernetes.io/last-applied-configuration";

/** What `kubectl apply` once wrote follows what it applies now (…/internal/lastappliedupdater.go). */
function withLastApplied(object: KubeObject, configuration: KubeObject): KubeObject {
  const { annotations } = object.metadata;
  if (!annotations?.[lastAppliedName]) return object;
  const { annotations: sent, ...metadata } = configuration.metadata;
  const { [lastAppliedName]: _, ...others } = sent ?? {};
  const own = { ...metadata, ...(sent === undefined ? {} : { annotations: others }) };
  const escaped: Readonly<Record<string, string>> = { "<": "\\u003c", ">": "\\u003e", "&": "\\u0026" };
  const json = JSON.stringify(inOrderOfNames({ ...configuration, metadata: own }));
  const text = `${json.replaceAll(/[<>&]/g, (sign) => escaped[sign] ?? sign)}\n`;
  return { ...object, metadata: { ...object.metadata, annotations: { ...annotations, [lastAppliedName]: text } } };
}

function inOrderOfNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrderOfNames);
  if (!isRecord(value)) return value;
  const names = Object.keys(value).toSorted();
  return Object.fromEntries(names.map((name) => [name, inOrderOfNames(value[name])]));
}

/**
 * What `kubectl apply` wrote last and still stands: it may go on as a server-side apply (apimachinery:
 * util/managedfields/internal/lastappliedmanager.go).
 */
function lastApplied(type: ResourceType, live: KubeObject): FieldSet {
  const sent = parsed(live.metadata.annotations?.[lastAppliedName] ?? "");
  if (!isRecord(sent) || sent["apiVersion"] !== apiVersionOf(type)) return nothing;
  const struct = structType(type.typeName);
  const { changed, removed } = compareObjects(struct, sent, live);
  return without(without(fieldsOf(struct, sent), changed), removed);
}

const nothing: FieldSet = new Map();

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isChange(type: ResourceType, live: KubeObject, next: KubeObject): boolean {
  const { changed, removed } = changeOf(type, live, next);
  return changed.size + removed.size > 0;
}

/** An object that nobody has managed so far is owned by `before-first-apply` as a whole. */
function entriesOf(type: ResourceType, live: KubeObject, { time, subresource }: Writer): readonly ManagedEntry[] {
  const entries = readEntries(live.metadata.managedFields);
  if (entries.length > 0) return entries;
  return [
    {
      manager: "before-first-apply",
      operation: "Update",
      apiVersion: apiVersionOf(type),
      time,
      subresource,
      fields: changeOf(type, undefined, live).changed,
    },
  ];
}

/** The time stays while nothing changes: such an application writes nothing. */
function ownEntry(
  type: ResourceType,
  writer: Writer,
  fields: FieldSet,
  before: ManagedEntry | undefined,
  isNew: boolean,
): ManagedEntry {
  const same = before !== undefined && sameJson(toFieldsV1(before.fields), toFieldsV1(fields));
  return {
    ...writer,
    operation: "Apply",
    apiVersion: apiVersionOf(type),
    fields,
    ...(same ? { time: before.time } : isNew ? {} : { time: "" }),
  };
}

function emptyOf({ apiVersion, kind, metadata: { name } }: KubeObject): KubeObject {
  return { apiVersion, kind, metadata: { name } };
}

interface Conflict {
  readonly entry: ManagedEntry;
  readonly fields: FieldSet;
}

/** Wording of apiserver: util/managedfields/internal/conflict.go. */
function applyConflict(conflicts: readonly Conflict[]): StatusError {
  const all = conflicts.flatMap(({ entry, fields }) =>
    inOrder(fields).map((path) => ({ manager: describe(entry), field: formatPath(path) })),
  );
  const [first] = all;
  const summary =
    all.length === 1 && first
      ? `1 conflict: conflict with ${first.manager}: ${first.field}`
      : `${all.length} conflicts: ${conflicts.map(conflictLines).join("\n")}`;
  const causes = all.map(({ manager, field }) => ({
    reason: "FieldManagerConflict",
    message: `conflict with ${manager}`,
    field,
  }));
  return new StatusError(409, "Conflict", `Apply failed with ${summary}`, { causes });
}

function conflictLines({ entry, fields }: Conflict): string {
  const lines = inOrder(fields).map((path) => `- ${formatPath(path)}`);
  return [`conflicts with ${describe(entry)}:`, ...lines].join("\n");
}

/** Of each object, what it has itself, and then what its members have; both by name (structured-merge-diff: fieldpath/set.go). */
function inOrder(fields: FieldSet): readonly (readonly string[])[] {
  return [...fields.values()]
    .map(({ path }) => path)
    .toSorted((one, other) => {
      const depth = one.findIndex((element, index) => element !== other[index]);
      if (depth < 0) return one.length - other.length;
      const [isLast, isOtherLast] = [depth === one.length - 1, depth === other.length - 1];
      if (isLast !== isOtherLast) return isLast ? -1 : 1;
      return (one[depth] ?? "") < (other[depth] ?? "") ? -1 : 1;
    });
}

function describe(entry: ManagedEntry): string {
  const subresource = entry.subresource ? ` with subresource ${JSON.stringify(entry.subresource)}` : "";
  const update = entry.operation === "Update" ? ` using ${entry.apiVersion}` : "";
  return `${JSON.stringify(entry.manager)}${subresource}${update}`;
}
