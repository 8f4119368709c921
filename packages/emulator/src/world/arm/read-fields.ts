import { ArmError } from "./provider.ts";

export type Json = Readonly<Record<string, unknown>>;

/** Each throws 400 BadRequest, which names the property. */
export function stateAt(object: Json, name: string, byDefault: "Enabled" | "Disabled" = "Enabled") {
  return oneOf(object, name, ["Enabled", "Disabled"], byDefault);
}

/** Compared without case. */
export function oneOf<T extends string>(object: Json, name: string, known: readonly T[], byDefault?: T): T {
  const value = object[name];
  if ((value === undefined || value === null) && byDefault !== undefined) return byDefault;
  const found = known.find((one) => one.toLowerCase() === String(value).toLowerCase());
  if (found) return found;
  throw badRequest(name, `must be one of ${known.join(", ")}, not ${String(value)}`);
}

export function integerAt(object: Json, name: string, min: number, max: number, byDefault?: number): number {
  const value = object[name] ?? byDefault;
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
  throw badRequest(name, `must be a whole number from ${min} to ${max}, not ${JSON.stringify(value)}`);
}

export function textAt(object: Json, name: string): string {
  const value = object[name];
  if (typeof value === "string" && value !== "") return value;
  throw badRequest(name, "must be a text that is not empty");
}

export function objectAt(object: Json, name: string): Json {
  const value = object[name];
  if (isJson(value)) return value;
  throw badRequest(name, "is missing");
}

export function listAt(object: Json, name: string): readonly Json[] {
  const value = object[name] ?? [];
  if (Array.isArray(value)) return value as readonly Json[];
  throw badRequest(name, "must be a list");
}

export function badRequest(property: string, why: string): ArmError {
  return new ArmError(400, "BadRequest", `The property '${property}' ${why}.`);
}

export function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
