import type { Environment } from "@marcbachmann/cel-js";
import { evaluationError } from "../errors.ts";

class Semver {
  readonly numbers: readonly [bigint, bigint, bigint];
  readonly prerelease: readonly string[];

  constructor(numbers: readonly [bigint, bigint, bigint], prerelease: readonly string[]) {
    this.numbers = numbers;
    this.prerelease = prerelease;
  }
}

/** Kubernetes' versions (apiserver: pkg/cel/library/semverlib.go); with `true`: also `v1.0` and `01.0`. */
export function addSemver(environment: Environment): void {
  const type = "kubernetes.Semver";
  environment.registerType(type, Semver);
  environment.registerOperator(`${type} == ${type}`, (one: Semver, other: Semver) => compare(one, other) === 0);
  environment.registerFunction(`semver(string): ${type}`, (text: string) => versionOf(text, false));
  environment.registerFunction(`semver(string, bool): ${type}`, versionOf);
  environment.registerFunction("isSemver(string): bool", (text: string) => parse(text) !== undefined);
  environment.registerFunction("isSemver(string, bool): bool", (text: string, normalize: boolean) => {
    return parse(normalize ? normalized(text) : text) !== undefined;
  });
  for (const [index, part] of ["major", "minor", "patch"].entries()) {
    environment.registerFunction(`${type}.${part}(): int`, ({ numbers }: Semver) => numbers[index] ?? 0n);
  }
  environment.registerFunction(`${type}.isLessThan(${type}): bool`, (one: Semver, other: Semver) => {
    return compare(one, other) < 0;
  });
  environment.registerFunction(`${type}.isGreaterThan(${type}): bool`, (one: Semver, other: Semver) => {
    return compare(one, other) > 0;
  });
  environment.registerFunction(`${type}.compareTo(${type}): int`, (one: Semver, other: Semver) => {
    return BigInt(compare(one, other));
  });
}

const pattern = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/;

function versionOf(text: string, normalize: boolean): Semver {
  const version = parse(normalize ? normalized(text) : text);
  if (version) return version;
  throw evaluationError(
    text.split(".").length < 3
      ? "No Major.Minor.Patch elements found"
      : `Invalid character(s) found in version ${JSON.stringify(text)}`,
  );
}

function parse(text: string): Semver | undefined {
  const [whole, major = "", minor = "", patch = "", prerelease] = pattern.exec(text) ?? [];
  if (whole === undefined) return undefined;
  return new Semver([BigInt(major), BigInt(minor), BigInt(patch)], prerelease?.split(".") ?? []);
}

function normalized(text: string): string {
  const [, numbers = "", rest = ""] = /^v?([\d.]*)(.*)$/.exec(text) ?? [];
  const parts = numbers.split(".").map((part) => part.replace(/^0+(?=\d)/, ""));
  return [...parts, "0", "0"].slice(0, Math.max(3, parts.length)).join(".") + rest;
}

function compare(one: Semver, other: Semver): number {
  for (const [index, number] of one.numbers.entries()) {
    const against = other.numbers[index] ?? 0n;
    if (number !== against) return number < against ? -1 : 1;
  }
  return comparePrereleases(one.prerelease, other.prerelease);
}

/** A release comes after what leads to it. */
function comparePrereleases(one: readonly string[], other: readonly string[]): number {
  if (one.length === 0 || other.length === 0) return Math.sign(other.length - one.length);
  for (const [index, part] of one.entries()) {
    const against = other[index];
    if (against === undefined) return 1;
    if (part === against) continue;
    const numeric = [part, against].map((text) => /^\d+$/.test(text));
    if (numeric[0] && numeric[1]) return Number(part) < Number(against) ? -1 : 1;
    return numeric[0] || (!numeric[1] && part < against) ? -1 : 1;
  }
  return one.length < other.length ? -1 : 0;
}
