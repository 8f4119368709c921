import { createHash } from "node:crypto";
import { sameJson } from "../../../world/same-json.ts";
import { ExpressionProblem } from "./problem.ts";

type Apply = (...args: unknown[]) => unknown;

/**
 * Functions that need nothing but their arguments, by their name in lower case. Source: ARM templates, functions.
 * `uniqueString` and `guid` give as many characters as Azure does, of other hashes.
 */
export const plainFunctions: Readonly<Record<string, Apply>> = {
  true: () => true,
  false: () => false,
  null: () => null,
  // Texts
  concat: (...args) =>
    Array.isArray(args[0]) ? args.flatMap((one) => listOf("concat", one)) : args.map((one) => textOf(one)).join(""),
  format: (form, ...args) => format(stringOf("format", form), args),
  string: (value) => textOf(value),
  tolower: (text) => stringOf("toLower", text).toLowerCase(),
  toupper: (text) => stringOf("toUpper", text).toUpperCase(),
  trim: (text) => stringOf("trim", text).trim(),
  replace: (text, from, to) =>
    stringOf("replace", text).replaceAll(stringOf("replace", from), () => stringOf("replace", to)),
  split: (text, by) => split(stringOf("split", text), Array.isArray(by) ? by.map(String) : [stringOf("split", by)]),
  join: (list, by) =>
    listOf("join", list)
      .map((one) => textOf(one))
      .join(stringOf("join", by)),
  substring: (text, start, length) => substring(stringOf("substring", text), start, length),
  startswith: (text, part) => lower("startsWith", text).startsWith(lower("startsWith", part)),
  endswith: (text, part) => lower("endsWith", text).endsWith(lower("endsWith", part)),
  indexof: (text, part) => lower("indexOf", text).indexOf(lower("indexOf", part)),
  lastindexof: (text, part) => lower("lastIndexOf", text).lastIndexOf(lower("lastIndexOf", part)),
  padleft: (text, length, fill = " ") => textOf(text).padStart(numberOf("padLeft", length), stringOf("padLeft", fill)),
  uniquestring: (...args) => hashed(args, "abcdefghijklmnopqrstuvwxyz234567").slice(0, 13),
  guid: (...args) => guidOf(args),
  base64: (text) => Buffer.from(stringOf("base64", text)).toString("base64"),
  base64tostring: (text) => Buffer.from(stringOf("base64ToString", text), "base64").toString(),
  uri: (base, path) => new URL(stringOf("uri", path), stringOf("uri", base)).href,
  uricomponent: (text) => encodeURIComponent(stringOf("uriComponent", text)),
  // Numbers
  int: (value) => numberOf("int", typeof value === "string" ? Number(value) : value),
  add: (a, b) => numberOf("add", a) + numberOf("add", b),
  sub: (a, b) => numberOf("sub", a) - numberOf("sub", b),
  mul: (a, b) => numberOf("mul", a) * numberOf("mul", b),
  div: (a, b) => Math.trunc(numberOf("div", a) / nonZero("div", b)),
  mod: (a, b) => numberOf("mod", a) % nonZero("mod", b),
  min: (...args) => Math.min(...numbersOf("min", args)),
  max: (...args) => Math.max(...numbersOf("max", args)),
  // Choices
  bool: (value) => (typeof value === "string" ? value.toLowerCase() === "true" : Boolean(value)),
  equals: (a, b) => sameJson(a, b),
  not: (value) => !booleanOf("not", value),
  less: (a, b) => compare(a, b) < 0,
  lessorequals: (a, b) => compare(a, b) <= 0,
  greater: (a, b) => compare(a, b) > 0,
  greaterorequals: (a, b) => compare(a, b) >= 0,
  // Lists and objects
  createarray: (...args) => args,
  createobject: (...args) => createObject(args),
  array: (value): unknown[] => (Array.isArray(value) ? (value as unknown[]) : [value]),
  json: (text) => json(stringOf("json", text)),
  length: (value) => sizeOf(value),
  empty: (value) => value === null || value === undefined || sizeOf(value) === 0,
  first: (value) => (typeof value === "string" ? value.slice(0, 1) : listOf("first", value)[0]),
  last: (value) => (typeof value === "string" ? value.slice(-1) : listOf("last", value).at(-1)),
  take: (value, count) => (typeof value === "string" ? value : listOf("take", value)).slice(0, numberOf("take", count)),
  skip: (value, count) => (typeof value === "string" ? value : listOf("skip", value)).slice(numberOf("skip", count)),
  range: (start, count) =>
    Array.from({ length: Math.min(10_000, numberOf("range", count)) }, (_, index) => numberOf("range", start) + index),
  contains: (holder, item) => contains(holder, item),
  union: (...args) => union(args),
  intersection: (...args) => intersection(args),
  items: (value) =>
    Object.entries(objectOf("items", value))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => ({ key, value: item })),
  objectkeys: (value) => Object.keys(objectOf("objectKeys", value)),
  flatten: (value) => listOf("flatten", value).flatMap((one) => listOf("flatten", one)),
  tryget: (value, ...path) => path.reduce(memberOrNull, value),
};

function format(form: string, args: readonly unknown[]): string {
  return form.replaceAll(/\{(\d+)(?::[^}]*)?\}|\{\{|\}\}/g, (match: string, index: string | undefined) => {
    if (index === undefined) return match.slice(0, 1);
    if (Number(index) >= args.length) throw problem("format", `has no argument ${index}`);
    return textOf(args[Number(index)]);
  });
}

/** As the text of an object, an array or a value that stands in a text. */
export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "True" : "False";
  return typeof value === "number" ? String(value) : JSON.stringify(value ?? null);
}

function split(text: string, by: readonly string[]): string[] {
  return by.reduce<string[]>((parts, separator) => parts.flatMap((part) => part.split(separator)), [text]);
}

function substring(text: string, start: unknown, length: unknown): string {
  const from = numberOf("substring", start);
  const count = length === undefined ? text.length - from : numberOf("substring", length);
  if (from < 0 || count < 0 || from + count > text.length) {
    throw problem("substring", `asks for characters ${from} to ${from + count} of ${text.length}`);
  }
  return text.slice(from, from + count);
}

function hashed(args: readonly unknown[], alphabet: string): string {
  const bytes = createHash("sha256").update(args.map(textOf).join("-")).digest();
  return [...bytes].map((byte) => alphabet[byte % alphabet.length]).join("");
}

function guidOf(args: readonly unknown[]): string {
  const hex = hashed(args, "0123456789abcdef");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(12, 15)}-a${hex.slice(15, 18)}-${hex.slice(18, 30)}`;
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  const [one, other] = [stringOf("less", a), stringOf("less", b)];
  return one < other ? -1 : one > other ? 1 : 0;
}

function createObject(args: readonly unknown[]): Record<string, unknown> {
  if (args.length % 2 !== 0) throw problem("createObject", "expects a value for each key");
  const keys = args.filter((_, index) => index % 2 === 0).map((key) => stringOf("createObject", key));
  return Object.fromEntries(keys.map((key, index) => [key, args[index * 2 + 1]]));
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw problem("json", "expects a text that is JSON");
  }
}

function sizeOf(value: unknown): number {
  if (typeof value === "string" || Array.isArray(value)) return value.length;
  return Object.keys(objectOf("length", value)).length;
}

function contains(holder: unknown, item: unknown): boolean {
  if (typeof holder === "string") return lower("contains", holder).includes(lower("contains", item));
  if (Array.isArray(holder)) return holder.some((one) => sameJson(one, item));
  const wanted = String(item).toLowerCase();
  return Object.keys(objectOf("contains", holder)).some((key) => key.toLowerCase() === wanted);
}

function union(args: readonly unknown[]): unknown {
  if (!Array.isArray(args[0])) return args.reduce<unknown>((all, one) => merged(all, objectOf("union", one)), {});
  const items = args.flatMap((one) => listOf("union", one));
  return items.filter((item, index) => items.findIndex((other) => sameJson(item, other)) === index);
}

/** Objects within one another are united too, lists replaced. */
function merged(below: unknown, above: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const result: Record<string, unknown> = isObject(below) ? { ...below } : {};
  for (const [name, value] of Object.entries(above)) {
    result[name] = isObject(value) && isObject(result[name]) ? merged(result[name], value) : value;
  }
  return result;
}

function intersection(args: readonly unknown[]): unknown {
  const [first, ...others] = args;
  if (Array.isArray(first)) {
    return first.filter((item) => others.every((list) => listOf("intersection", list).some((o) => sameJson(o, item))));
  }
  const shared = Object.entries(objectOf("intersection", first)).filter(([name, value]) =>
    others.every((other) => sameJson(objectOf("intersection", other)[name], value)),
  );
  return Object.fromEntries(shared);
}

function memberOrNull(value: unknown, key: unknown): unknown {
  if (Array.isArray(value)) return value[Number(key)] ?? null;
  return isObject(value) ? (value[String(key)] ?? null) : null;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function stringOf(name: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw problem(name, `expects a text, not ${kindOf(value)}`);
}

export function booleanOf(name: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw problem(name, `expects a boolean, not ${kindOf(value)}`);
}

function lower(name: string, value: unknown): string {
  return stringOf(name, value).toLowerCase();
}

export function numberOf(name: string, value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value)) return value;
  throw problem(name, `expects an integer, not ${kindOf(value)}`);
}

function numbersOf(name: string, args: readonly unknown[]): number[] {
  return (Array.isArray(args[0]) ? (args[0] as unknown[]) : args).map((one) => numberOf(name, one));
}

function nonZero(name: string, value: unknown): number {
  const number = numberOf(name, value);
  if (number === 0) throw problem(name, "cannot divide by zero");
  return number;
}

function listOf(name: string, value: unknown): unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  throw problem(name, `expects an array, not ${kindOf(value)}`);
}

function objectOf(name: string, value: unknown): Record<string, unknown> {
  if (isObject(value)) return value;
  throw problem(name, `expects an object, not ${kindOf(value)}`);
}

function kindOf(value: unknown): string {
  return value === null || value === undefined ? "null" : Array.isArray(value) ? "an array" : `a ${typeof value}`;
}

function problem(name: string, text: string): ExpressionProblem {
  return new ExpressionProblem(`The template language function '${name}' ${text}.`);
}
