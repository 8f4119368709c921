import { isRecord } from "./json.ts";

/**
 * What Go's JSON decoders have against a text: a syntax error in the words of encoding/json, or members that an object has
 * twice, as paths (`spec.containers[0].name`).
 */
export interface JsonFindings {
  readonly error: string | undefined;
  readonly duplicates: readonly string[];
}

export function inspectJson(text: string): JsonFindings {
  const reader = new Reader(text);
  try {
    reader.value("");
    reader.end();
    return { error: undefined, duplicates: reader.duplicates };
  } catch (error) {
    if (error instanceof SyntaxProblem) return { error: error.message, duplicates: [] };
    throw error;
  }
}

class SyntaxProblem extends Error {}

const literals: Readonly<Record<string, string>> = { t: "true", f: "false", n: "null" };
const space = /[ \t\n\r]*/y;
const plainText = /(?:(?!["\\])[\u0020-\uffff])*/y;
const numberText = /-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
/** Deeper ones are refused before. */
const depthLimit = 1_000;

class Reader {
  readonly duplicates: string[] = [];
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(path: string): void {
    const first = this.#next();
    if (first === "{") return this.#nested(() => this.#object(path));
    if (first === "[") return this.#nested(() => this.#list(path));
    if (first === '"') return void this.#string();
    const literal = literals[first];
    if (literal !== undefined) return this.#literal(literal);
    if (first !== "-" && !/\d/.test(first)) throw this.#unexpected("looking for beginning of value");
    this.#skip(numberText);
  }

  end(): void {
    this.#skip(space);
    if (this.#at < this.#text.length) throw this.#unexpected("after top-level value");
  }

  #nested(read: () => void): void {
    this.#depth += 1;
    if (this.#depth > depthLimit) throw new SyntaxProblem("exceeded max depth");
    read();
    this.#depth -= 1;
  }

  #object(path: string): void {
    const seen = new Set<string>();
    this.#at += 1;
    if (this.#next() === "}") return void (this.#at += 1);
    for (;;) {
      if (this.#next() !== '"') throw this.#unexpected("looking for beginning of object key string");
      const name = this.#string();
      const place = path === "" ? name : `${path}.${name}`;
      if (seen.has(name)) this.duplicates.push(place);
      seen.add(name);
      if (this.#next() !== ":") throw this.#unexpected("after object key");
      this.#at += 1;
      this.value(place);
      const after = this.#next();
      if (after !== "," && after !== "}") throw this.#unexpected("after object key:value pair");
      this.#at += 1;
      if (after === "}") return;
    }
  }

  #list(path: string): void {
    this.#at += 1;
    if (this.#next() === "]") return void (this.#at += 1);
    for (let index = 0; ; index++) {
      this.value(`${path}[${index}]`);
      const after = this.#next();
      if (after !== "," && after !== "]") throw this.#unexpected("after array element");
      this.#at += 1;
      if (after === "]") return;
    }
  }

  #string(): string {
    const start = this.#at;
    this.#at += 1;
    for (;;) {
      this.#skip(plainText);
      const stop = this.#text.charAt(this.#at);
      if (stop === '"') break;
      if (stop !== "\\") throw this.#unexpected("in string literal");
      this.#at += 2;
    }
    this.#at += 1;
    const raw = this.#text.slice(start, this.#at);
    return raw.includes("\\") ? (JSON.parse(raw) as string) : raw.slice(1, -1);
  }

  #literal(literal: string): void {
    for (const letter of literal) {
      if (this.#text.charAt(this.#at) !== letter) {
        throw this.#unexpected(`in literal ${literal} (expecting '${letter}')`);
      }
      this.#at += 1;
    }
  }

  /** The next character that is no white space. */
  #next(): string {
    this.#skip(space);
    if (this.#at >= this.#text.length) throw new SyntaxProblem("unexpected end of JSON input");
    return this.#text.charAt(this.#at);
  }

  #skip(pattern: RegExp): void {
    pattern.lastIndex = this.#at;
    this.#at += pattern.exec(this.#text)?.[0].length ?? 0;
  }

  #unexpected(where: string): SyntaxProblem {
    const found = this.#text.charAt(this.#at);
    if (found === "") return new SyntaxProblem("unexpected end of JSON input");
    return new SyntaxProblem(`invalid character ${found === "'" ? `'\\''` : `'${found}'`} ${where}`);
  }
}

/** JSON as Go writes it: structs in the order of their fields, maps by key. */
export function goJson(value: unknown, indent = 0): string {
  const escaped: Readonly<Record<string, string>> = { "<": "\\u003c", ">": "\\u003e", "&": "\\u0026" };
  return JSON.stringify(inGoOrder(value), undefined, indent).replaceAll(/[<>&]/g, (sign) => escaped[sign] ?? sign);
}

function inGoOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inGoOrder);
  if (!isRecord(value)) return value;
  return Object.fromEntries(goOrder(Object.keys(value)).map((name) => [name, inGoOrder(value[name])]));
}

/** A type without names for JSON is in order already. */
function goOrder(names: readonly string[]): readonly string[] {
  if (names.some((name) => /^[A-Z]/.test(name))) return names;
  const struct = structs.find(({ mark }) => mark.every((name) => names.includes(name)));
  if (!struct) return names.toSorted((a, b) => (a < b ? -1 : 1));
  return names.toSorted((a, b) => struct.order.indexOf(a) - struct.order.indexOf(b));
}

/** Types of meta/v1 whose fields do not stand in the order of the alphabet, and what they are known by. */
const structs = (
  [
    ["matchLabels", "matchLabels matchExpressions"],
    ["manager fieldsV1", "manager operation apiVersion time fieldsType fieldsV1 subresource"],
    ["apiVersion kind name uid", "apiVersion kind name uid controller blockOwnerDeletion"],
    [
      "name uid",
      "name generateName namespace selfLink uid resourceVersion generation creationTimestamp deletionTimestamp deletionGracePeriodSeconds labels annotations ownerReferences finalizers managedFields",
    ],
  ] as const
).map(([mark, order]) => ({ mark: mark.split(" "), order: order.split(" ") }));
