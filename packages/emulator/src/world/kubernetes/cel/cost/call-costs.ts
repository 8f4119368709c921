import { exactly, plus, type Range, scaled, times, unknownSize } from "./range.ts";

/** What a call is made of, as far as its cost depends on it. */
export interface CalledWith {
  /** Of the receiver, for a method. */
  readonly target: Sized | undefined;
  readonly args: readonly Sized[];
}

export interface Sized {
  readonly size: Range;
  /** Of an item of a list, if it is known to be one. */
  readonly itemSize?: Range | undefined;
  readonly hasTexts?: boolean;
  readonly literal?: unknown;
}

export interface CallCost {
  /** Without that of the receiver and the arguments. */
  readonly cost: Range;
  readonly size?: Range;
}

/** A text is read through. */
const perCharacter = 0.1;
const perPatternCharacter = 0.25;

/** Costs of functions (cel-go: checker/cost.go, apiserver: pkg/cel/library/cost.go). Undefined: it costs one. */
export function callCost(name: string, { target, args }: CalledWith): CallCost | undefined {
  const [first, second] = args;
  const own = target ?? first;
  if (!own) return undefined;
  switch (name) {
    case "startsWith":
    case "endsWith":
      return first && { cost: scaled(first.size, perCharacter) };
    case "contains":
      return first && { cost: times(scaled(own.size, perCharacter), scaled(first.size, perCharacter)) };
    case "matches": {
      const pattern = target ? first : second;
      return pattern && { cost: matchCost(own.size, pattern.size) };
    }
    case "find":
    case "findAll":
      return first && { cost: matchCost(own.size, first.size), size: { min: 0, max: own.size.max } };
    case "isSorted":
    case "sum":
    case "max":
    case "min":
    case "indexOf":
    case "lastIndexOf":
      return { cost: listCost(own) };
    case "url":
    case "lowerAscii":
    case "upperAscii":
    case "substring":
    case "trim":
      return { cost: scaled(own.size, perCharacter), size: own.size };
    case "replace":
      return first && second && { cost: scaled(own.size, 2 * perCharacter), size: replacedSize(own, first, second) };
    case "split":
      return { cost: scaled(own.size, 2 * perCharacter), size: { min: 0, max: splitMost(own, second) } };
    case "join":
      return joinCost(own, first);
    case "cidr":
    case "ip":
    case "isCIDR":
    case "isIP":
    case "isQuantity":
    case "isSemver":
    case "quantity":
    case "semver":
    case "format":
      return { cost: scaled(own.size, perCharacter) };
    default:
      return undefined;
  }
}

function matchCost(text: Range, pattern: Range): Range {
  return times(scaled(plus(text, exactly(1)), perCharacter), scaled(pattern, perPatternCharacter));
}

function listCost({ size, itemSize, hasTexts }: Sized): Range {
  if (hasTexts === undefined) return scaled(size, perCharacter);
  return times(size, plus(exactly(1), hasTexts ? scaled(itemSize ?? unknownSize, perCharacter) : exactly(0)));
}

function replacedSize(text: Sized, from: Sized, by: Sized): Range {
  const some = from.size.min === 0;
  const shrinks = by.size.max <= from.size.min;
  const count = some ? text.size.max + 1 : shrinks ? 0 : Math.ceil(text.size.max / from.size.min);
  const kept = some || shrinks ? text.size.max : 0;
  return plus(times({ min: 0, max: count }, by.size), { min: 0, max: kept });
}

function splitMost(text: Sized, limit: Sized | undefined): number {
  return typeof limit?.literal === "bigint" && limit.literal >= 0n ? Number(limit.literal) : text.size.max;
}

function joinCost(list: Sized, separator: Sized | undefined): CallCost {
  const content = list.hasTexts === undefined ? exactly(0) : times(list.size, list.itemSize ?? unknownSize);
  const between = separator
    ? times(separator.size, { min: Math.max(0, list.size.min - 1), max: Math.max(0, list.size.max - 1) })
    : exactly(0);
  const size = plus(content, between);
  return { cost: scaled(size, perCharacter), size };
}
