import { isRecord, type JsonRecord, sameJson } from "../json.ts";
import { goText } from "../schema/conversion.ts";
import { type FieldType, fieldsOfType, memberType } from "../schema/schema.ts";
import { badRequest, StatusError } from "../status-error.ts";
import { checkOrder, inOrder } from "./element-order.ts";

/**
 * Strategic merge patch: like a merge patch, but lists with a merge key are merged item by item. Directives:
 * `$patch` (replace, delete), `$retainKeys`, `$deleteFromPrimitiveList/x`, `$setElementOrder/x`.
 * Rules: apimachinery's strategicpatch.
 */
export function strategicMergePatch(type: FieldType, target: JsonRecord, patch: JsonRecord): JsonRecord {
  const { $patch: directive, $retainKeys: kept, ...rest } = patch;
  if (directive === "replace") return kept === undefined ? rest : { ...rest, $retainKeys: kept };
  if (directive === "delete") return {};
  if (directive !== undefined) throw unknownPatchType(directive, patch);
  const merged = kept === undefined ? { ...target } : retainKeys(target, rest, kept);
  const ordered = putInOrder(type, merged, rest);
  for (const [name, value] of Object.entries(rest)) {
    if (name.startsWith(ordering) || ordered.has(name)) continue;
    if (name.startsWith(deletion)) deleteFromPrimitives(merged, name, value);
    else setOwn(merged, name, mergeMember(type, name, ownMember(merged, name), value));
  }
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
}

const deletion = "$deleteFromPrimitiveList";
const ordering = "$setElementOrder";

/** Undefined removes the member. */
function mergeMember(owner: FieldType, name: string, current: unknown, value: unknown): unknown {
  if (value === null) return undefined;
  if (isRecord(value) && isRecord(current)) return strategicMergePatch(memberType(owner, name), current, value);
  if (Array.isArray(value) && Array.isArray(current)) return mergeList(memberType(owner, name), current, value);
  return withoutDirectives(value);
}

function mergeList(type: FieldType, current: readonly unknown[], patch: readonly unknown[]): readonly unknown[] {
  const rule = type.kind === "list" ? type.merge.patch : undefined;
  if (type.kind !== "list" || !rule) return patch;
  if (current.length === 0 && patch.length === 0) return current;
  const { key } = rule;
  if (key === "") {
    const merged = [...current, ...patch.filter((item) => !current.includes(item))];
    return inOrder(merged, patch, current, key);
  }
  const { kept, others } = directed(key, current, patch);
  return inOrder(mergeKeyed(type.items, key, kept, others), others, kept, key);
}

interface Directed {
  readonly kept: readonly unknown[];
  readonly others: readonly JsonRecord[];
}

/** What items with directives leave of a list, and the items without. */
function directed(key: string, current: readonly unknown[], patch: readonly unknown[]): Directed {
  const items = patch.map(recordOf);
  const others = items.filter((item) => item["$patch"] === undefined);
  let kept = current;
  for (const item of items) {
    switch (item["$patch"]) {
      case undefined:
        break;
      case "delete": {
        const value = keyOf(item, key);
        kept = kept.filter((one) => !(isRecord(one) && sameJson(one[key], value)));
        break;
      }
      case "replace":
        return { kept: [], others };
      case "merge":
        throw failure("merging lists cannot yet be specified in the patch");
      default:
        throw unknownPatchType(item["$patch"], item);
    }
  }
  return { kept, others };
}

function mergeKeyed(
  items: FieldType,
  key: string,
  current: readonly unknown[],
  patch: readonly JsonRecord[],
): readonly unknown[] {
  const merged = [...current];
  for (const item of patch) {
    const value = keyOf(item, key);
    const index = merged.findIndex((candidate) => isRecord(candidate) && sameJson(candidate[key], value));
    const found = merged[index];
    if (isRecord(found)) merged[index] = strategicMergePatch(items, found, item);
    else merged.push(withoutDirectives(item));
  }
  return merged;
}

/** The lists for which the patch gives an order; they are done with then. */
function putInOrder(type: FieldType, merged: JsonRecord, patch: JsonRecord): ReadonlySet<string> {
  const done = new Set<string>();
  for (const [member, wanted] of Object.entries(patch)) {
    if (!member.startsWith(ordering)) continue;
    const order = listOf(wanted);
    const name = nameAfter(member, "setElementOrder");
    if (type.kind === "struct" && !fieldsOfType(type.name).has(name)) {
      const struct = type.name.replace(/^.*V\d+/, "");
      throw failure(`unable to find api field in struct ${struct} for the json field "${name}"`);
    }
    const list = memberType(type, name);
    const key = (list.kind === "list" ? list.merge.patch?.key : undefined) ?? "";
    const [before, given] = [ownMember(merged, name), ownMember(patch, name)];
    const [server, changes] = [before, given].map((value) => (value === undefined ? [] : listOf(value)));
    checkOrder(changes ?? [], order, key);
    if (before === undefined && given === undefined) continue;
    const whole = given === undefined ? (server ?? []) : listOf(mergeMember(type, name, before, given));
    setOwn(merged, name, inOrder(whole, order, server ?? [], key));
    done.add(name);
  }
  return done;
}

function deleteFromPrimitives(merged: JsonRecord, directive: string, value: unknown): void {
  const name = nameAfter(directive, "primitive");
  const list = ownMember(merged, name);
  if (Array.isArray(list) && Array.isArray(value)) merged[name] = list.filter((item) => !value.includes(item));
}

function nameAfter(directive: string, what: "primitive" | "setElementOrder"): string {
  const slash = directive.indexOf("/");
  if (slash < 0) throw badRequest(`invalid patch format of ${what} list`);
  return directive.slice(slash + 1);
}

/** All that the patch sets has to be among the keys. */
function retainKeys(target: JsonRecord, patch: JsonRecord, keys: unknown): JsonRecord {
  const isSet = ([name, value]: [string, unknown]): boolean => value !== null && !name.startsWith("$");
  const fits = Array.isArray(keys) && Object.entries(patch).every((one) => !isSet(one) || keys.includes(one[0]));
  if (!fits) throw badRequest("invalid patch format of retainKeys");
  return Object.fromEntries(Object.entries(target).filter(([name]) => keys.includes(name)));
}

/** What is new comes without the nulls of its maps, and without what only a directive would be for. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter((item) => item !== undefined);
  if (!isRecord(value)) return value;
  if (value["$patch"] !== undefined) return undefined;
  const members = Object.entries(value).map(([name, member]) => [name, withoutDirectives(member)] as const);
  return Object.fromEntries(members.filter(([, member]) => member !== undefined && member !== null));
}

function keyOf(item: JsonRecord, key: string): unknown {
  const value = item[key];
  if (value === undefined) throw failure(`map: ${goText(item)} does not contain declared merge key: ${key}`);
  return value;
}

function recordOf(value: unknown): JsonRecord {
  if (isRecord(value)) return value;
  throw failure(`expected a map[string]interface {}, but received a ${goKind(value)}`);
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw failure(`expected a []interface {}, but received a ${goKind(value)}`);
}

function goKind(value: unknown): string {
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  if (typeof value === "boolean") return "bool";
  return isRecord(value) ? "map[string]interface {}" : typeof value;
}

function unknownPatchType(directive: unknown, patch: JsonRecord): StatusError {
  const shown = typeof directive === "string" ? directive : `%!s(${goKind(directive)}=${goText(directive)})`;
  return failure(`unknown patch type: ${shown} in map: ${goText(patch)}`);
}

function failure(message: string): StatusError {
  return new StatusError(500, "", message);
}

function ownMember(record: JsonRecord, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** Also right for a member called `__proto__`. */
function setOwn(record: JsonRecord, name: string, value: unknown): void {
  Object.defineProperty(record, name, { value, enumerable: true, configurable: true, writable: true });
}
