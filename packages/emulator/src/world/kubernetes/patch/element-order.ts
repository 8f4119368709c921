import { isRecord, sameJson } from "../json.ts";
import { goText } from "../schema/conversion.ts";
import { StatusError } from "../status-error.ts";

/**
 * What the patch names stands in its order, the rest in that of the server, and the two are merged by the order of the
 * server where it knows both (apimachinery: strategicpatch.normalizeElementOrder).
 */
export function inOrder(
  list: readonly unknown[],
  patchOrder: readonly unknown[],
  serverOrder: readonly unknown[],
  key: string,
): readonly unknown[] {
  const rankIn = (order: readonly unknown[], item: unknown): number =>
    order.findIndex((one) => sameJson(identity(one, key), identity(item, key)));
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
  return mergeOrders(rest, named, (item) => rankIn(serverOrder, item));
}

/** Items of the patch stand in its order, and all of them. */
export function checkOrder(items: readonly unknown[], order: readonly unknown[], key: string): void {
  if (items.length === 0 || order.length === 0) return;
  const named = items.filter((item) => !isRecord(item) || item["$patch"] === undefined);
  if (key !== "") for (const one of order) requireRecord(one);
  let next = 0;
  for (const one of order) {
    if (next < named.length && sameJson(identity(named[next], key), identity(one, key))) next += 1;
  }
  if (next === named.length) return;
  const message = `The order in patch list:\n${goText(items)}\n doesn't match $setElementOrder list:\n${goText(order)}\n`;
  throw new StatusError(500, "", message);
}

function requireRecord(value: unknown): void {
  if (isRecord(value)) return;
  throw new StatusError(500, "", `expected a map[string]interface {}, but received a ${typeof value}`);
}

function identity(item: unknown, key: string): unknown {
  return key !== "" && isRecord(item) ? item[key] : item;
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
