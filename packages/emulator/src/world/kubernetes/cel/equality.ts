/** CEL's equality: numbers across their types, lists and maps by their members. */
export function sameValue(one: unknown, other: unknown): boolean {
  if (isNumber(one) && isNumber(other)) return one == other;
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, index) => sameValue(item, other[index]));
  }
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return one === other;
  if (isTime(one) && isTime(other)) return compareValues(one, other) === 0;
  const members = Object.entries(one);
  return (
    members.length === Object.keys(other).length &&
    members.every(([name, value]) => Object.hasOwn(other, name) && sameValue(value, Reflect.get(other, name)))
  );
}

/** Below zero when the first comes first. */
export function compareValues(one: unknown, other: unknown): number {
  const left = orderOf(one);
  const right = orderOf(other);
  return left < right ? -1 : left > right ? 1 : 0;
}

function orderOf(value: unknown): bigint | number | string {
  if (isDuration(value)) return value.seconds * 1_000_000_000n + BigInt(value.nanos);
  if (value instanceof Date) return value.getTime();
  if (value instanceof Uint8Array) return Buffer.from(value).toString("latin1");
  if (typeof value === "boolean") return value ? 1 : 0;
  return typeof value === "bigint" || typeof value === "number" ? value : String(value);
}

function isNumber(value: unknown): value is bigint | number {
  return typeof value === "bigint" || typeof value === "number";
}

function isTime(value: object): boolean {
  return value instanceof Date || isDuration(value);
}

/** The library's own class, which it does not hand out. */
export function isDuration(value: unknown): value is { readonly seconds: bigint; readonly nanos: number } {
  if (typeof value !== "object" || value === null) return false;
  return "seconds" in value && typeof value.seconds === "bigint" && "nanos" in value && typeof value.nanos === "number";
}
