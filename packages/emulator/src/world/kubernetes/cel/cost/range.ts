/** From the least to the most, of sizes and of costs. Go counts them in 64 bits, and stays at the largest number. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

const largest = 2 ** 64;

export const unknownSize: Range = { min: 0, max: largest };

export function exactly(value: number): Range {
  return { min: value, max: value };
}

export function plus(...ranges: readonly Range[]): Range {
  return {
    min: Math.min(
      largest,
      ranges.reduce((sum, { min }) => sum + min, 0),
    ),
    max: Math.min(
      largest,
      ranges.reduce((sum, { max }) => sum + max, 0),
    ),
  };
}

export function times(one: Range, other: Range): Range {
  return { min: Math.min(largest, one.min * other.min), max: Math.min(largest, one.max * other.max) };
}

/** Rounded up. */
export function scaled({ min, max }: Range, factor: number): Range {
  return { min: Math.min(largest, Math.ceil(min * factor)), max: Math.min(largest, Math.ceil(max * factor)) };
}

export function either(one: Range, other: Range): Range {
  return { min: Math.min(one.min, other.min), max: Math.max(one.max, other.max) };
}
