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
  const text = String(address);
  const rule = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
  if (isIP(withoutLeadingZeros(text)) === 0) return [invalidValue(path, address, rule)];
  if (isIP(text) === 0) return [invalidValue(path, address, "must not have leading 0s")];
  return isMapped(text) ? [invalidValue(path, address, mapped)] : [];
}

/** A range of addresses: `10.0.0.0/24`. */
export function validateCidr(cidr: unknown, place: string): readonly FieldError[] {
  const [address = "", length = "", ...tooMany] = String(cidr).split("/");
  const family = isIP(withoutLeadingZeros(address));
  const bits = family === 4 ? 32 : 128;
  const wrong = (why: string): readonly FieldError[] => [invalidValue(place, cidr, why)];
  if (family === 0 || tooMany.length > 0 || !/^\d{1,3}$/.test(length) || Number(length) > bits) {
    return wrong("must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
  }
  if (isIP(address) === 0 || /^0\d/.test(length)) return wrong("must not have leading 0s in IP or prefix length");
  if (isMapped(address)) return wrong(mapped);
  return hasHostBits(address, Number(length), bits) ? wrong("must not have bits set beyond the prefix length") : [];
}

const mapped = "must not be an IPv4-mapped IPv6 address";

function isMapped(address: string): boolean {
  return /^::ffff:\d/i.test(address) && address.includes(".");
}

/** Go once read these as if the zeros were not there. */
function withoutLeadingZeros(address: string): string {
  return /^[\d.]+$/.test(address) ? address.replaceAll(/(^|\.)0+(?=\d)/g, "$1") : address;
}

function hasHostBits(address: string, length: number, bits: number): boolean {
  const value = bits === 32 ? ipv4Number(address) : ipv6Number(address);
  return BigInt.asUintN(bits - length, value) !== 0n;
}

function ipv4Number(address: string): bigint {
  return address.split(".").reduce((number, part) => number * 256n + BigInt(part), 0n);
}

function ipv6Number(address: string): bigint {
  const [head = "", tail] = address.split("::");
  const words = (text: string): string[] => (text === "" ? [] : text.split(":"));
  const before = words(head);
  const after = words(tail ?? "");
  const gap = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const all = [...before, ...Array.from({ length: gap }, () => "0"), ...after];
  return all.reduce((number, word) => number * 65_536n + BigInt(`0x${/^[0-9a-f]+$/i.test(word) ? word : "0"}`), 0n);
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
