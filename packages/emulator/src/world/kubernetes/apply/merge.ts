import type { KubeObject } from "../../objects.ts";
import { isRecord, type JsonRecord } from "../json.ts";
import type { ResourceType } from "../resource-type.ts";
import { type FieldType, memberType, structType } from "../schema/schema.ts";
import { badRequest } from "../status-error.ts";
import { type FieldSet, isAtomic, isGranular, itemIdentity, pathKey } from "./field-set.ts";

/** `live` with everything that `applied` says. */
export function mergeApplied(type: ResourceType, live: KubeObject, applied: KubeObject): KubeObject {
  const merged = mergeValue(structType(type.typeName), live, applied);
  return { ...(merged as KubeObject), metadata: { ...live.metadata, ...recordOf(merged, "metadata") } } as KubeObject;
}

/**
 * Without the fields of `dropped`. An item of a keyed list goes as a whole, unless somebody (`owners`) still owns a
 * field of it; objects and lists that become empty go too.
 */
export function removeFields(
  type: ResourceType,
  object: KubeObject,
  dropped: FieldSet,
  owners: readonly FieldSet[],
): KubeObject {
  if (dropped.size === 0) return object;
  const owned = (path: readonly string[]): boolean => {
    const below = `${pathKey(path)}\u0000`;
    return owners.some((fields) => [...fields.keys()].some((key) => key === pathKey(path) || key.startsWith(below)));
  };
  return prune(structType(type.typeName), object, [], { dropped, owned }) as KubeObject;
}

function mergeValue(type: FieldType, live: unknown, applied: unknown): unknown {
  if (isRecord(live) && isRecord(applied) && !isAtomic(type)) {
    const members = Object.entries(applied).map(([name, value]) => [
      name,
      mergeValue(memberType(type, name), Object.hasOwn(live, name) ? live[name] : undefined, value),
    ]);
    return Object.fromEntries([...Object.entries(live), ...members]);
  }
  if (type.kind === "list" && type.merge.kind !== "atomic" && Array.isArray(applied)) {
    return mergeItems(type, Array.isArray(live) ? (live as unknown[]) : [], applied);
  }
  return applied;
}

function mergeItems(
  type: Extract<FieldType, { kind: "list" }>,
  live: readonly unknown[],
  applied: readonly unknown[],
): unknown[] {
  const identity = itemIdentity(type);
  const liveByKey = new Map(live.map((item) => [identity(item), item]));
  const appliedByKey = new Map(applied.map((item) => [identity(item), item]));
  if (appliedByKey.size < applied.length) throw badRequest("duplicate entries for key in an associative list");
  return mergedOrder(live.map(identity), applied.map(identity)).flatMap((key) => {
    const own = live.filter((item) => identity(item) === key);
    return appliedByKey.has(key) ? [mergeValue(type.items, liveByKey.get(key), appliedByKey.get(key))] : own;
  });
}

/**
 * Keys of both lists, each once: those of the application in its order, the others where they stood between them
 * (structured-merge-diff: typed/merge.go).
 */
function mergedOrder(live: readonly string[], applied: readonly string[]): readonly string[] {
  const [isLive, isApplied] = [new Set(live), new Set(applied)];
  const shared = applied.filter((key) => isLive.has(key));
  const merged = new Set<string>();
  let [left, right, next] = [0, 0, 0];
  while (left < live.length || right < applied.length) {
    const [own, wanted] = [live[left], applied[right]];
    if (own !== undefined && wanted !== undefined) {
      if (own === wanted) {
        merged.add(own);
        left += 1;
        right += 1;
        next += 1;
        continue;
      }
      if (isApplied.has(own) && shared[next] !== undefined && shared[next] !== own) {
        left += 1;
        continue;
      }
    }
    if (own !== undefined && !isApplied.has(own)) {
      merged.add(own);
      left += 1;
      continue;
    }
    if (own !== undefined && merged.has(own)) left += 1;
    if (wanted === undefined) continue;
    merged.add(wanted);
    right += 1;
    if (shared[next] === wanted) next += 1;
  }
  return [...merged];
}

interface Pruning {
  readonly dropped: FieldSet;
  owned(path: readonly string[]): boolean;
}

/** Undefined: the value goes. */
function prune(type: FieldType, value: unknown, path: readonly string[], pruning: Pruning): unknown {
  if (pruning.dropped.has(pathKey(path)) && !pruning.owned(path)) return undefined;
  if (isGranular(type, value)) {
    return pruneMembers(type, value, path, pruning);
  }
  if (type.kind !== "list" || type.merge.kind === "atomic" || !Array.isArray(value)) return value;
  const identity = itemIdentity(type);
  const kept = (value as unknown[]).flatMap((item) => {
    const pruned = prune(type.items, item, [...path, identity(item)], pruning);
    return pruned === undefined ? [] : [pruned];
  });
  return kept.length === 0 && value.length > 0 ? undefined : kept;
}

function pruneMembers(type: FieldType, value: JsonRecord, path: readonly string[], pruning: Pruning): unknown {
  const kept = Object.entries(value)
    .map(([name, member]) => [name, prune(memberType(type, name), member, [...path, `f:${name}`], pruning)] as const)
    .filter(([, member]) => member !== undefined);
  const emptied = kept.length === 0 && Object.keys(value).length > 0 && path.length > 0;
  return emptied ? undefined : Object.fromEntries(kept);
}

function recordOf(value: unknown, member: string): JsonRecord {
  const inner = isRecord(value) ? value[member] : undefined;
  return isRecord(inner) ? inner : {};
}
