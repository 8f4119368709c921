/** `major.minor.patch`, or `major.minor` for the newest patch of it. */
export function isVersion(version: string): boolean {
  return /^\d+\.\d+(\.\d+)?$/.test(version);
}

/** Oldest first. */
export function byVersion(a: string, b: string): number {
  const [left, right] = [numbers(a), numbers(b)];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether `version` is what was asked for: the same, or a patch of the minor version that was. */
export function isAt(version: string, wanted: string): boolean {
  return version === wanted || version.startsWith(`${wanted}.`);
}

function numbers(version: string): number[] {
  return version.split(".").map((part) => Number.parseInt(part, 10) || 0);
}

/** Minors from one version to another: 1.34.2 to 1.36.0 is 2, and back -2. */
export function minorsBetween(from: string, to: string): number {
  const [left, right] = [numbers(from), numbers(to)];
  return ((right[0] ?? 0) - (left[0] ?? 0)) * 100 + (right[1] ?? 0) - (left[1] ?? 0);
}
