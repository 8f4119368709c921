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

/** Not one of the addresses that only mean the machine itself or its neighbours. */
export function validateReachable(address: string, path: string): readonly FieldError[] {
  return unreachable
    .filter(([range]) => range.test(address))
    .map(([, why]) => invalidValue(path, address, `may not be ${why}`));
}

const unreachable: readonly (readonly [RegExp, string])[] = [
  [/^(0\.0\.0\.0|::)$/, "unspecified (0.0.0.0 or ::)"],
  [/^(127\.|::1$)/, "in the loopback range (127.0.0.0/8, ::1/128)"],
  [/^(169\.254\.|fe80:)/i, "in the link-local range (169.254.0.0/16, fe80::/10)"],
  [/^(224\.0\.0\.|ff02:)/i, "in the link-local multicast range (224.0.0.0/24, ff02::/10)"],
];

/** A name that stands in a path by itself. */
export function validateSegment(name: string, path: string): readonly FieldError[] {
  return [
    ...(name === "." || name === ".." ? [invalidValue(path, name, `may not be '${name}'`)] : []),
    ...["/", "%"]
      .filter((sign) => name.includes(sign))
      .map((sign) => invalidValue(path, name, `may not contain '${sign}'`)),
  ];
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
