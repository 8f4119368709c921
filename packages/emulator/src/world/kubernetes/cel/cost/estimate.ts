import type { ASTNode } from "@marcbachmann/cel-js";
import { isRecord } from "../../json.ts";
import { isNode } from "../compile-errors.ts";
import { callCost, type Sized } from "./call-costs.ts";
import { either, exactly, plus, type Range, scaled, times, unknownSize } from "./range.ts";
import type { SizedType } from "./sizes.ts";

/** What is known of a part of an expression. */
interface Estimate {
  readonly cost: Range;
  readonly size?: Range | undefined;
  /** Where it comes from the schema. */
  readonly type?: SizedType | undefined;
  /** Of the items of a list that the expression makes. */
  readonly itemSize?: Range | undefined;
  readonly literal?: unknown;
}

type Scope = ReadonlyMap<string, Estimate>;

const one = exactly(1);
const nothing = exactly(0);
const listBase = exactly(10);
const mapBase = exactly(30);

/** What an expression costs at most to evaluate about a value of this type (cel-go: checker/cost.go). */
export function largestCost(node: ASTNode, self: SizedType): number {
  const root: Estimate = { cost: one, type: self };
  return estimate(
    node,
    new Map([
      ["self", root],
      ["oldSelf", root],
    ]),
  ).cost.max;
}

function estimate(node: unknown, scope: Scope): Estimate {
  if (!isNode(node)) return { cost: nothing };
  switch (node.op) {
    case "value":
      return literal(node.args);
    case "id":
      return scope.get(node.args) ?? unknownName(scope);
    case ".":
    case ".?":
      return selected(estimate(node.args[0], scope), String(node.args[1]));
    case "[]":
    case "[?]":
      return indexed(estimate(node.args[0], scope), estimate(node.args[1], scope));
    case "list":
      return listOf(node.args.map((item) => estimate(item, scope)));
    case "map": {
      const entries = node.args.flatMap((entry) => entry.map((part) => estimate(part, scope)));
      return { cost: plus(mapBase, ...entries.map(({ cost }) => cost)), size: exactly(node.args.length) };
    }
    case "?:":
      return conditional(node.args.map((part) => estimate(part, scope)));
    case "call":
      return called(node.args[0], undefined, node.args[1], scope);
    case "rcall":
      return called(node.args[0], node.args[1], node.args[2], scope);
    case "!_":
    case "-_":
      return operator(node.op, [estimate(node.args, scope)]);
    case "!=":
    case "%":
    case "&&":
    case "*":
    case "+":
    case "-":
    case "/":
    case "<":
    case "<=":
    case "==":
    case ">":
    case ">=":
    case "in":
    case "||":
      return operator(
        node.op,
        node.args.map((part) => estimate(part, scope)),
      );
  }
}

/** A name that the schema does not have is as large as what the rule is about (apiextensions: sizeEstimator). */
function unknownName(scope: Scope): Estimate {
  return { cost: one, size: { min: 0, max: scope.get("self")?.type?.maxElements ?? 0 } };
}

function literal(value: unknown): Estimate {
  const size = typeof value === "string" ? exactly(Array.from(value).length) : exactly(1);
  return { cost: nothing, size, literal: value };
}

function sizeOf({ size, type }: Estimate): Range {
  if (size) return size;
  if (!type) return unknownSize;
  return { min: 0, max: type.maxElements };
}

function selected(operand: Estimate, field: string): Estimate {
  const { type } = operand;
  const isDynamic = type?.kind === "dyn";
  const cost = isDynamic ? operand.cost : plus(operand.cost, one);
  return { cost, type: type?.kind === "map" ? type.items : type?.fields?.get(field) };
}

function indexed(list: Estimate, index: Estimate): Estimate {
  return { cost: plus(one, list.cost, index.cost), type: list.type?.items, size: list.itemSize };
}

function listOf(items: readonly Estimate[]): Estimate {
  const cost = plus(listBase, ...items.map((item) => item.cost));
  const [first, ...rest] = items.map(sizeOf);
  const itemSize = first ? rest.reduce(either, first) : exactly(0);
  return { cost, size: exactly(items.length), itemSize };
}

function conditional([condition, yes, no]: readonly Estimate[]): Estimate {
  if (!condition || !yes || !no) return { cost: nothing };
  const cost = plus(condition.cost, either(yes.cost, no.cost));
  const itemSize = yes.itemSize && no.itemSize ? either(yes.itemSize, no.itemSize) : undefined;
  return { cost, size: either(sizeOf(yes), sizeOf(no)), itemSize };
}

const comparesTexts: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">="]);

function operator(op: string, parts: readonly Estimate[]): Estimate {
  const [left, right] = parts;
  const cost = plus(...parts.map((part) => part.cost));
  if (!left || !right) return { cost: plus(one, cost), size: one };
  if (op === "&&" || op === "||") return { cost: { min: left.cost.min, max: cost.max }, size: one };
  if (op === "in") return { cost: plus(isMap(right) ? one : sizeOf(right), cost), size: one };
  if (op === "+" && isText(left, right)) {
    const size = plus(sizeOf(left), sizeOf(right));
    return { cost: plus(scaled(size, 0.1), cost), size };
  }
  if (op === "+" && isList(left, right)) {
    const itemSize = left.itemSize && right.itemSize ? either(left.itemSize, right.itemSize) : undefined;
    return { cost: plus(one, cost), size: plus(sizeOf(left), sizeOf(right)), itemSize };
  }
  const isEquality = op === "==" || op === "!=";
  if (isEquality || (comparesTexts.has(op) && isText(left, right))) {
    const most = Math.min(sizeOf(left).max, sizeOf(right).max);
    return { cost: plus(scaled({ min: most > 0 ? 1 : 0, max: most }, 0.1), cost), size: one };
  }
  return { cost: plus(one, cost), size: one };
}

function isMap({ type }: Estimate): boolean {
  return type?.kind === "map" || type?.kind === "object";
}

function isText(...parts: readonly Estimate[]): boolean {
  return parts.some(({ type, literal: value }) => type?.kind === "string" || typeof value === "string");
}

function isList(...parts: readonly Estimate[]): boolean {
  return parts.some(({ type, itemSize }) => type?.kind === "list" || itemSize !== undefined);
}

function called(name: string, receiver: ASTNode | undefined, args: readonly ASTNode[], scope: Scope): Estimate {
  const [first] = args;
  if (name === "has" && first?.op === ".") return { cost: estimate(first.args[0], scope).cost, size: one };
  if (name === "dyn" && first) return { ...estimate(first, scope), cost: plus(one, estimate(first, scope).cost) };
  if (receiver && name in macros) return comprehension(name, estimate(receiver, scope), args, scope);
  const target = receiver && estimate(receiver, scope);
  const given = args.map((argument) => estimate(argument, scope));
  const asked = callCost(name, { target: target && sized(target), args: given.map(sized) });
  const around = [...(target ? [target.cost] : []), ...given.map(({ cost }) => cost)];
  return { cost: plus(asked?.cost ?? one, ...around), size: asked?.size ?? (scalars.has(name) ? one : undefined) };
}

const scalars: ReadonlySet<string> = new Set(["size", "int", "uint", "double", "bool", "timestamp", "duration"]);

function sized(part: Estimate): Sized {
  const { type, itemSize } = part;
  const items = type?.kind === "list" ? type.items : undefined;
  const isOfTexts = items ? items.kind === "string" || items.kind === "bytes" : itemSize ? true : undefined;
  return {
    size: sizeOf(part),
    literal: part.literal,
    itemSize: items ? { min: 0, max: items.maxElements } : undefined,
    ...(isOfTexts === undefined ? {} : { hasTexts: isOfTexts }),
  };
}

/** What a macro costs for each item beside its expressions, and once at its end. */
interface Loop {
  /** Of the item's expressions, in order. */
  perItem(parts: readonly Estimate[]): Range;
  readonly around: Range;
  readonly makesList?: boolean;
}

const sumOf = (parts: readonly Estimate[]): Range => plus(...parts.map(({ cost }) => cost));

const macros: Readonly<Record<string, Loop>> = {
  all: { perItem: (parts) => plus(exactly(3), sumOf(parts)), around: one },
  exists: { perItem: (parts) => plus(exactly(4), sumOf(parts)), around: one },
  exists_one: { perItem: (parts) => plus(exactly(2), sumOf(parts)), around: exactly(2) },
  existsOne: { perItem: (parts) => plus(exactly(2), sumOf(parts)), around: exactly(2) },
  filter: { perItem: (parts) => plus(exactly(13), sumOf(parts)), around: exactly(11), makesList: true },
  map: {
    perItem: (parts) => plus(exactly(12), sumOf(parts)),
    around: exactly(11),
    makesList: true,
  },
};

/** Nobody says how long the names of members may be, and so they cost nothing. */
const keyType: SizedType = { kind: "string", maxElements: 0, minBytes: 2 };

function comprehension(name: string, range: Estimate, args: readonly ASTNode[], scope: Scope): Estimate {
  const loop = macros[name];
  const names = args.flatMap((argument) => (argument.op === "id" && isRecord(argument) ? [argument.args] : []));
  const [variable] = names;
  if (!loop || variable === undefined) return { cost: one };
  // The second name of a macro with two variables.
  const second = args.length === 3 && name !== "map" ? names[1] : undefined;
  const { type } = range;
  const isKeyed = type?.kind === "map" || type?.kind === "object";
  const item: Estimate = { cost: one, type: isKeyed ? keyType : type?.items, size: range.itemSize };
  const inner = new Map([...scope, [variable, item] as const]);
  if (second !== undefined) inner.set(second, { cost: one, type: type?.items });
  const parts = args.slice(second === undefined ? 1 : 2).map((argument) => estimate(argument, inner));
  const count = sizeOf(range);
  const cost = plus(range.cost, loop.around, times(count, loop.perItem(parts)));
  if (!loop.makesList) return { cost, size: one };
  const made = name === "map" ? parts.at(-1) : item;
  return { cost, size: count, itemSize: either(exactly(0), made ? sizeOf(made) : unknownSize) };
}
