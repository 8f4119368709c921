import { isRecord, type JsonRecord, sameJson, scalarText } from "../json.ts";
import { type FieldType, memberType } from "../schema/schema.ts";
import { badRequest, StatusError } from "../status-error.ts";

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
  for (const [name, value] of Object.entries(patch)) deleteFromPrimitives(merged, name, value);
  for (const name of listsOf(patch)) arrangeList(type, merged, name, target[name], orderFor(patch, name));
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

const deletion = "$deleteFromPrimitiveList";
const ordering = "$setElementOrder";

function deleteFromPrimitives(merged: JsonRecord, directive: string, value: unknown): void {
  const [kind, name] = directive.split("/", 2);
  if (kind !== deletion) return;
  if (name === undefined) throw badRequest("invalid patch format of primitive list");
  const list = ownMember(merged, name);
  if (Array.isArray(list)) merged[name] = list.filter((item) => !listOf(value).includes(item));
}

/** Lists that the patch changes or puts in order. */
function listsOf(patch: JsonRecord): ReadonlySet<string> {
  const names = Object.entries(patch).flatMap(([member, value]) => {
    const [kind = "", name] = member.split("/", 2);
    if (kind !== ordering) return Array.isArray(value) ? [member] : [];
    listOf(value);
    if (name === undefined) throw badRequest("invalid patch format of setElementOrder list");
    return [name];
  });
  return new Set(names);
}

function orderFor(patch: JsonRecord, name: string): readonly unknown[] {
  return listOf(patch[`${ordering}/${name}`] ?? patch[name]);
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new StatusError(500, "", `expected a []interface {}, but received a ${goKind(value)}`);
}

function goKind(value: unknown): string {
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  if (typeof value === "boolean") return "bool";
  return isRecord(value) ? "map[string]interface {}" : typeof value;
}

/**
 * What the patch names stands in its order, the rest in that of the server, and the two are merged by the order of the
 * server where it knows both (apimachinery: strategicpatch.normalizeElementOrder).
 */
function arrangeList(
  type: FieldType,
  merged: JsonRecord,
  name: string,
  server: unknown,
  patchOrder: readonly unknown[],
): void {
  const list = ownMember(merged, name);
  const member = memberType(type, name);
  if (!Array.isArray(list) || member.kind !== "list" || !member.merge.patch) return;
  const { key } = member.merge.patch;
  const identity = (item: unknown): unknown => (key && isRecord(item) ? item[key] : item);
  const rankIn = (order: readonly unknown[], item: unknown): number =>
    order.findIndex((one) => sameJson(identity(one), identity(item)));
  const serverOrder = Array.isArray(server) ? (server as unknown[]) : [];
  const sorted = (items: readonly unknown[], order: readonly unknown[]): unknown[] =>
    items.toSorted((a, b) => rankIn(order, a) - rankIn(order, b));
  const named = sorted(
    list.filter((item) => rankIn(patchOrder, item) >= 0),
    patchOrder,
  );
  const rest = sorted(
    list.filter((item) => rankIn(patchOrder, item) < 0),
    serverOrder,
  );
  merged[name] = mergeOrders(rest, named, (item) => rankIn(serverOrder, item));
}

function mergeOrders(left: unknown[], right: unknown[], rank: (item: unknown) => number): unknown[] {
  const result: unknown[] = [];
  while (left.length + right.length > 0) {
    const bothKnown = left.length > 0 && right.length > 0 && rank(left[0]) >= 0 && rank(right[0]) >= 0;
    const leftFirst = right.length === 0 || (bothKnown && rank(left[0]) < rank(right[0]));
    result.push((leftFirst ? left : right).shift());
  }
  return result;
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
