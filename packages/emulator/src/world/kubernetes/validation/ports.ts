import { type FieldError, invalidValue } from "./field-errors.ts";

export function validatePort(port: number, path: string): readonly FieldError[] {
  return port >= 1 && port <= 65_535 ? [] : [invalidValue(path, port, "must be between 1 and 65535, inclusive")];
}

/** A number or the name of a container port. */
export function validatePortOrName(port: unknown, path: string): readonly FieldError[] {
  if (typeof port === "number") return validatePort(port, path);
  if (typeof port !== "string") return [];
  return portNameProblems(port).map((problem) => invalidValue(path, port, problem));
}

/** apimachinery: pkg/util/validation.IsValidPortName. */
export function portNameProblems(name: string): readonly string[] {
  return [
    ...(name.length > 15 ? ["must be no more than 15 characters"] : []),
    ...(/^[-a-z0-9]+$/.test(name) ? [] : ["must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"]),
    ...(/[a-z]/.test(name) ? [] : ["must contain at least one letter (a-z)"]),
    ...(name.includes("--") ? ["must not contain consecutive hyphens"] : []),
    ...(name.startsWith("-") || name.endsWith("-") ? ["must not begin or end with a hyphen"] : []),
  ];
}

export function validateNotNegative(value: unknown, path: string): readonly FieldError[] {
  return typeof value !== "number" || value >= 0
    ? []
    : [invalidValue(path, value, "must be greater than or equal to 0")];
}

/** A number from 0, or a percentage. */
export function validateIntOrPercent(value: unknown, path: string): readonly FieldError[] {
  if (typeof value === "number") return validateNotNegative(value, path);
  if (typeof value !== "string") return [];
  if (/^[0-9]+%$/.test(value)) {
    return Number.parseInt(value, 10) <= 100 ? [] : [invalidValue(path, value, "must not be greater than 100%")];
  }
  return [
    invalidValue(
      path,
      value,
      "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    ),
  ];
}
