import { invalidSchema } from "./refusal.ts";

export type Json = Readonly<Record<string, unknown>>;

/** One JSON object of a request, read member by member: null counts as absent, a wrong type is refused with its path. */
export class JsonReader {
  readonly #value: Json;
  readonly #path: string;

  constructor(value: unknown, path: string) {
    if (!isJson(value)) throw invalidSchema(path);
    this.#value = value;
    this.#path = path;
  }

  get path(): string {
    return this.#path;
  }

  get raw(): Json {
    return this.#value;
  }

  text(name: string): string | undefined {
    const value = this.#member(name);
    if (value === undefined || typeof value === "string") return value;
    throw invalidSchema(`${this.#path}.${name}`);
  }

  boolean(name: string): boolean | undefined {
    const value = this.#member(name);
    if (value === undefined || typeof value === "boolean") return value;
    throw invalidSchema(`${this.#path}.${name}`);
  }

  /** Also takes a number in a string, as the service does for weights and cpu. */
  number(name: string): number | undefined {
    const value = this.#member(name);
    if (value === undefined) return undefined;
    const number = typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
    if (typeof number === "number" && Number.isFinite(number)) return number;
    throw invalidSchema(`${this.#path}.${name}`);
  }

  integer(name: string): number | undefined {
    const value = this.number(name);
    if (value === undefined || Number.isSafeInteger(value)) return value;
    throw invalidSchema(`${this.#path}.${name}`);
  }

  /** One of `values`, compared without case, in their spelling. */
  oneOf<const Values extends readonly string[]>(name: string, values: Values): Values[number] | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const found = values.find((value) => value.toLowerCase() === text.toLowerCase());
    if (found === undefined) throw invalidSchema(`${this.#path}.${name}`);
    return found;
  }

  object(name: string): JsonReader | undefined {
    const value = this.#member(name);
    return value === undefined ? undefined : new JsonReader(value, `${this.#path}.${name}`);
  }

  objects(name: string): readonly JsonReader[] | undefined {
    return this.#list(name)?.map((item, index) => new JsonReader(item, `${this.#path}.${name}[${index}]`));
  }

  texts(name: string): readonly string[] | undefined {
    return this.#list(name)?.map((item, index) => {
      if (typeof item === "string") return item;
      throw invalidSchema(`${this.#path}.${name}[${index}]`);
    });
  }

  /** An object whose members are all texts. */
  textMap(name: string): Readonly<Record<string, string>> | undefined {
    const value = this.#member(name);
    if (value === undefined) return undefined;
    const path = `${this.#path}.${name}`;
    if (!isJson(value)) throw invalidSchema(path);
    const entries = Object.entries(value).filter(([, item]) => item !== null);
    for (const [key, item] of entries) if (typeof item !== "string") throw invalidSchema(`${path}.${key}`);
    return Object.fromEntries(entries) as Record<string, string>;
  }

  #list(name: string): readonly unknown[] | undefined {
    const value = this.#member(name);
    if (value === undefined) return undefined;
    if (Array.isArray(value)) return value as readonly unknown[];
    throw invalidSchema(`${this.#path}.${name}`);
  }

  #member(name: string): unknown {
    return this.#value[name] ?? undefined;
  }
}

export function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** RFC 7396: members of `patch` replace, null removes, objects are merged, arrays are replaced whole. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isJson(patch)) return patch;
  const merged: Record<string, unknown> = isJson(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else Object.defineProperty(merged, name, { ...asMember, value: mergePatch(merged[name], value) });
  }
  return merged;
}

/** Defined, not assigned: a member called `__proto__` stays a member. */
const asMember = { enumerable: true, configurable: true, writable: true };
