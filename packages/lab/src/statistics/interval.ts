import type { Random } from "@fairway/kernel";

/** An estimate with the 95 % interval around it. */
export interface Estimated {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** 97.5th percentile of the normal distribution. */
const z = 1.959964;

/** Of a share, after Wilson: right for few trials and for shares near 0 and 1 too. */
export function wilson(hits: number, trials: number): Estimated {
  if (trials === 0) return { value: Number.NaN, low: 0, high: 1 };
  const share = hits / trials;
  const spread = z * Math.sqrt((share * (1 - share)) / trials + (z * z) / (4 * trials * trials));
  const scale = 1 + (z * z) / trials;
  const centre = share + (z * z) / (2 * trials);
  return {
    value: share,
    low: Math.max(0, (centre - spread) / scale),
    high: Math.min(1, (centre + spread) / scale),
  };
}

const resamples = 400;

/**
 * Of any figure of a sample, by drawing samples of the same size from it again and again. Not for a maximum or a quantile
 * beyond the sample: nothing that was not seen is drawn.
 */
export function bootstrap(
  values: readonly number[],
  figure: (sample: Float64Array) => number,
  random: Random,
): Estimated {
  const sample = new Float64Array(values.length);
  const figures = Float64Array.from({ length: resamples }, () => {
    for (let index = 0; index < sample.length; index += 1) sample[index] = values[random.below(values.length)] ?? 0;
    return figure(sample);
  }).sort();
  return {
    value: figure(Float64Array.from(values)),
    low: quantileOfSorted(figures, 0.025),
    high: quantileOfSorted(figures, 0.975),
  };
}

export function mean(sample: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < sample.length; index += 1) sum += sample[index] ?? 0;
  return sum / sample.length;
}

export function quantile(values: readonly number[], share: number): number {
  return quantileOfSorted(Float64Array.from(values).sort(), share);
}

/** Mean of the worst share, and of one value at least. */
export function worstMean(values: readonly number[], share: number): number {
  const count = Math.max(1, Math.round(values.length * share));
  return mean(values.toSorted((one, other) => other - one).slice(0, count));
}

/** Between the two neighbours in proportion, as R does (type 7). */
function quantileOfSorted(sorted: Float64Array, share: number): number {
  if (sorted.length === 0) return Number.NaN;
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? below;
  return below + (above - below) * (place - Math.floor(place));
}
