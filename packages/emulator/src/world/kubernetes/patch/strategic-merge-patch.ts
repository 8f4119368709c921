import { isRecord, type JsonRecord, sameJson, scalarText } from "../json.ts";
import { type FieldType, memberType } from "../schema/schema.ts";
import { StatusError } from "../status-error.ts";

/**
 * Strategic merge patch: like a merge patch, but lists with a merge key are merged item by item. Directives:
 * `$patch` (replace, delete, merge), `$retainKeys`, `$deleteFromPrimitiveList/x`, `$setElementOrder/x`.
 * Rules: sig-api-machinery/strategic-merge-patch.md of kubernetes/community.
 */
export function strategicMergePatch(type: FieldType, target: JsonRecord, patch: JsonRecord): JsonRecord {
  const directive = patch["$patch"];
  if (directive === "replace") return plainMembers(patch);
  if (directive === "delete") return {};
  if (directive !== undefined && directive !== "merge")
    throw new StatusError(
      500,
      "",
      `unknown patch type: ${scalarText(directive)} in map: map[$patch:${scalarText(directive)}]`,
    );
  const merged: JsonRecord = retainKeys({ ...target }, patch["$retainKeys"]);
  for (const [name, value] of Object.entries(patch)) {
    if (name.startsWith("$")) continue;
    setOwn(merged, name, mergeMember(memberType(type, name), ownMember(merged, name), value));
  }
  for (const [name, value] of Object.entries(patch)) applyListDirective(type, merged, name, value);
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
}

/** Undefined removes the member. */
function mergeMember(type: FieldType, current: unknown, value: unknown): unknown {
  if (value === null) return undefined;
  if (isRecord(value)) return strategicMergePatch(type, isRecord(current) ? current : {}, value);
  if (!Array.isArray(value)) return value;
  return mergeList(type, Array.isArray(current) ? (current as unknown[]) : [], value);
}

function mergeList(type: FieldType, current: readonly unknown[], patch: readonly unknown[]): unknown {
  const rule = type.kind === "list" ? type.merge.patch : undefined;
  if (type.kind !== "list" || !rule) return patch.map(withoutDirectives);
  if (rule.key === "") return [...current, ...patch.filter((item) => !current.includes(item))];
  return mergeKeyed(type.items, rule.key, current, patch);
}

function mergeKeyed(items: FieldType, key: string, current: readonly unknown[], patch: readonly unknown[]): unknown[] {
  const replaced = patch.some((item) => isRecord(item) && item["$patch"] === "replace" && !Object.hasOwn(item, key));
  let merged: unknown[] = replaced ? [] : [...current];
  for (const item of patch) {
    if (!isRecord(item)) throw new StatusError(500, "", `an item of a list merged by ${key} is not an object`);
    const value = item[key];
    if (value === undefined && item["$patch"] === "replace") continue;
    if (value === undefined)
      throw new StatusError(500, "", `map: ${goText(item)} does not contain declared merge key: ${key}`);
    const index = merged.findIndex((candidate) => isRecord(candidate) && sameJson(candidate[key], value));
    if (item["$patch"] === "delete") merged = merged.filter((_, position) => position !== index);
    else if (index < 0) merged.push(strategicMergePatch(items, {}, item));
    else merged[index] = strategicMergePatch(items, merged[index] as JsonRecord, item);
  }
  return merged;
}

/** As Go prints a map. */
function goText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goText).join(" ")}]`;
  if (!isRecord(value)) return scalarText(value);
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `map[${members.map(([name, member]) => `${name}:${goText(member)}`).join(" ")}]`;
}

function applyListDirective(type: FieldType, merged: JsonRecord, directive: string, value: unknown): void {
  const [kind, name] = directive.split("/", 2);
  if (!name || !Array.isArray(value)) return;
  const list = ownMember(merged, name);
  if (!Array.isArray(list)) return;
  if (kind === "$deleteFromPrimitiveList") {
    merged[name] = list.filter((item) => !value.includes(item));
  } else if (kind === "$setElementOrder") {
    const member = memberType(type, name);
    const key = member.kind === "list" ? member.merge.patch?.key || undefined : undefined;
    merged[name] = inOrder(list, value as unknown[], key);
  }
}

/** Items named by the order stand in its order; the others keep their place relative to what stood before them. */
function inOrder(list: readonly unknown[], order: readonly unknown[], key: string | undefined): unknown[] {
  const identity = (item: unknown): unknown => (key !== undefined && isRecord(item) ? item[key] : item);
  const wanted = order.map(identity);
  const rank = (item: unknown): number => wanted.findIndex((one) => sameJson(one, identity(item)));
  const ordered = list.filter((item) => rank(item) >= 0).toSorted((a, b) => rank(a) - rank(b));
  const unnamed = list.filter((item) => rank(item) < 0);
  for (const item of unnamed) {
    const before = list.slice(0, list.indexOf(item)).at(-1);
    ordered.splice(before === undefined ? 0 : ordered.indexOf(before) + 1, 0, item);
  }
  return ordered;
}

function retainKeys(target: JsonRecord, keys: unknown): JsonRecord {
  if (!Array.isArray(keys)) return target;
  return Object.fromEntries(Object.entries(target).filter(([name]) => keys.includes(name)));
}

function plainMembers(patch: JsonRecord): JsonRecord {
  return Object.fromEntries(Object.entries(patch).filter(([name]) => !name.startsWith("$")));
}

function withoutDirectives(item: unknown): unknown {
  return isRecord(item) ? plainMembers(item) : item;
}

function ownMember(record: JsonRecord, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** Also right for a member called `__proto__`. */
function setOwn(record: JsonRecord, name: string, value: unknown): void {
  Object.defineProperty(record, name, { value, enumerable: true, configurable: true, writable: true });
}
