import { isIP } from "node:net";
import { duplicate, type FieldError, invalidValue, itemPath, notSupported } from "./field-errors.ts";

/** One of a closed set; absent is fine. */
export function oneOf(value: unknown, supported: readonly string[], path: string): readonly FieldError[] {
  if (value === undefined || (typeof value === "string" && supported.includes(value))) return [];
  return [notSupported(path, value, supported)];
}

/** An id of a user or a group. */
export function validateId(id: unknown, path: string): readonly FieldError[] {
  const valid = typeof id !== "number" || (id >= 0 && id <= 2_147_483_647);
  return valid ? [] : [invalidValue(path, id, "must be between 0 and 2147483647, inclusive")];
}

export function validateAddress(address: unknown, path: string): readonly FieldError[] {
  const rule = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
  return isIP(String(address)) === 0 ? [invalidValue(path, address, rule)] : [];
}

/** A path below a volume. */
export function validateRelativePath(path: unknown, place: string): readonly FieldError[] {
  if (typeof path !== "string") return [];
  return [
    ...(path.startsWith("/") ? [invalidValue(place, path, "must be a relative path")] : []),
    ...validateNoBackstep(path, place),
  ];
}

export function validateNoBackstep(path: string, place: string): readonly FieldError[] {
  return path.split("/").includes("..") ? [invalidValue(place, path, "must not contain '..'")] : [];
}

/** Each value once: the later ones are at fault. `member` is where in an item it stands. */
export function validateUnique(values: readonly unknown[], path: string, member = ""): readonly FieldError[] {
  return values.flatMap((value, index) =>
    value !== undefined && value !== "" && values.indexOf(value) < index
      ? [duplicate(`${itemPath(path, index)}${member === "" ? "" : `.${member}`}`, value)]
      : [],
  );
}
