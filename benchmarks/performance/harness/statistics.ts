export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const middle = Math.floor(sorted.length / 2);
  const median = sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2;
  return { median, min: at(0), max: at(sorted.length - 1) };
}

export function spreadText(spread: Spread | undefined): string {
  if (!spread || Number.isNaN(spread.median)) return "";
  return `${spread.median.toFixed(2)} [${spread.min.toFixed(2)}-${spread.max.toFixed(2)}]`;
}
