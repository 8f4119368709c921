const pattern = /^([+-]?)(\d*)(?:\.(\d*))?([eE][-+]?\d+|[numkMGTPE]|[KMGTPE]i)?$/;
const decimalPowers: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const binaryPowers: Readonly<Record<string, number>> = { Ki: 1, Mi: 2, Gi: 3, Ti: 4, Pi: 5, Ei: 6 };
const nano = 10n ** 9n;

/**
 * A quantity in the one form in which it is written: `0.5` is `500m`, `1024Mi` is `1Gi`, `1e3` stays `1e3`. Undefined for
 * what is no quantity. Rules: apimachinery, pkg/api/resource.
 */
export function canonicalQuantity(value: unknown): string | undefined {
  const parsed = parsedQuantity(value);
  if (!parsed) return undefined;
  const text = written(parsed.nanos, parsed.suffix);
  return parsed.isNegative && text !== "0" ? `-${text}` : text;
}

/** A quantity in billionths of one; undefined for what is no quantity. */
export function quantityNanos(value: unknown): bigint | undefined {
  const parsed = parsedQuantity(value);
  return parsed?.isNegative ? -parsed.nanos : parsed?.nanos;
}

function parsedQuantity(value: unknown): { nanos: bigint; suffix: string; isNegative: boolean } | undefined {
  const match = pattern.exec(String(value));
  const [, sign = "", whole = "", fraction = "", suffix = ""] = match ?? [];
  if (!match || whole + fraction === "") return undefined;
  const nanos = nanosOf(whole, fraction, suffix);
  return nanos === undefined ? undefined : { nanos, suffix, isNegative: sign === "-" };
}

/** Rounded up, as a quantity can hold nothing smaller. */
function nanosOf(whole: string, fraction: string, suffix: string): bigint | undefined {
  const digits = BigInt(`${whole}${fraction}`);
  const binary = binaryPowers[suffix];
  if (binary !== undefined) return divideUp(digits * nano * 1024n ** BigInt(binary), 10n ** BigInt(fraction.length));
  const exponent = (decimalPowers[suffix] ?? exponentOf(suffix)) - fraction.length + 9;
  if (Math.abs(exponent) > 200) return undefined;
  return exponent >= 0 ? digits * 10n ** BigInt(exponent) : divideUp(digits, 10n ** BigInt(-exponent));
}

function exponentOf(suffix: string): number {
  return /^[eE][-+]?\d+$/.test(suffix) ? Number(suffix.slice(1)) : 0;
}

function divideUp(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}

function written(nanos: bigint, suffix: string): string {
  if (nanos === 0n) return "0";
  if (suffix in binaryPowers && nanos >= 1024n * nano && nanos % nano === 0n) return binaryText(nanos / nano);
  let amount = nanos;
  let exponent = -9;
  while (amount % 1000n === 0n && exponent < 18) {
    amount /= 1000n;
    exponent += 3;
  }
  if (/^[eE][-+]?\d+$/.test(suffix)) return exponent === 0 ? String(amount) : `${amount}e${exponent}`;
  const name = Object.entries(decimalPowers).find(([, power]) => power === exponent)?.[0] ?? "";
  return `${amount}${name}`;
}

function binaryText(value: bigint): string {
  let amount = value;
  let power = 0;
  while (amount % 1024n === 0n && power < 6) {
    amount /= 1024n;
    power += 1;
  }
  const name = Object.entries(binaryPowers).find(([, one]) => one === power)?.[0] ?? "";
  return `${amount}${name}`;
}
