import type { ArmError } from "../arm/provider.ts";
import { refusal } from "./errors.ts";

/** One JSON object of a request, read field by field. `null` counts as absent. Refusals name the path of the field. */
export class RequestBody {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #path: string;

  constructor(value: unknown, path = "") {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw invalidParameter(path || "the request body", "is missing or is no object");
    }
    this.#fields = value as Record<string, unknown>;
    this.#path = path;
  }

  /** Of the object itself, in the request. */
  get path(): string {
    return this.#path;
  }

  text(name: string): string | undefined {
    return this.#read(name, "a string", (value) => typeof value === "string");
  }

  /** As `text`, for fields whose empty text Azure takes as not given. */
  filled(name: string): string | undefined {
    return this.text(name) || undefined;
  }

  boolean(name: string): boolean | undefined {
    return this.#read(name, "a boolean", (value) => typeof value === "boolean");
  }

  integer(name: string, min: number, max: number): number | undefined {
    const form = `an integer from ${min} to ${max}`;
    return this.#read(name, form, (value) => Number.isInteger(value) && Number(value) >= min && Number(value) <= max);
  }

  oneOf<const T extends string>(name: string, values: readonly T[]): T | undefined {
    const text = this.text(name)?.toLowerCase();
    if (text === undefined) return undefined;
    const value = values.find((known) => known.toLowerCase() === text);
    if (value === undefined) throw invalidParameter(this.pathOf(name), `must be one of ${values.join(", ")}`);
    return value;
  }

  texts(name: string): string[] | undefined {
    const isTexts = (value: unknown): boolean =>
      Array.isArray(value) && value.every((item) => typeof item === "string");
    return this.#read(name, "a list of strings", isTexts);
  }

  textMap(name: string): Record<string, string> | undefined {
    const isMap = (value: unknown): boolean =>
      isObject(value) && Object.values(value).every((v) => typeof v === "string");
    return this.#read(name, "an object whose values are strings", isMap);
  }

  object(name: string): RequestBody | undefined {
    const value = this.#fields[name];
    return value === undefined || value === null ? undefined : new RequestBody(value, this.pathOf(name));
  }

  objects(name: string): RequestBody[] | undefined {
    const values = this.#read<unknown[]>(name, "a list", Array.isArray);
    return values?.map((value, index) => new RequestBody(value, `${this.pathOf(name)}[${index}]`));
  }

  /** Everything that was sent, nulls left out at every level. */
  sent(): Record<string, unknown> {
    return withoutNulls(this.#fields) as Record<string, unknown>;
  }

  pathOf(name: string): string {
    return this.#path ? `${this.#path}.${name}` : name;
  }

  #read<T>(name: string, form: string, accepts: (value: unknown) => boolean): T | undefined {
    const value = this.#fields[name];
    if (value === undefined || value === null) return undefined;
    if (!accepts(value)) throw invalidParameter(this.pathOf(name), `must be ${form}`);
    return value as T;
  }
}

export function invalidParameter(path: string, why: string): ArmError {
  return refusal(400, "InvalidParameter", `The value of parameter ${path} ${why}.`, { target: path });
}

export function missingParameter(path: string): ArmError {
  const text = `Required parameter ${path} is missing (null).`;
  return refusal(400, "InvalidParameter", text, { target: path });
}

export function propertyChangeNotAllowed(path: string): ArmError {
  const text = `Changing property '${path}' is not allowed.`;
  return refusal(400, "PropertyChangeNotAllowed", text, { target: path });
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([, field]) => field !== null && field !== undefined);
  return Object.fromEntries(kept.map(([name, field]) => [name, withoutNulls(field)]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
