import type { Confidence, Distribution } from "@fairway/emulator";

export interface Fit {
  readonly distribution: Distribution;
  readonly samples: number;
  readonly confidence: Confidence;
  /** Where median and 95th percentile lie in 95 of 100 cases; undefined for fewer than eight samples. */
  readonly interval?: { readonly median: Interval; readonly p95: Interval };
}

export type Interval = readonly [fromSeconds: number, toSeconds: number];

/**
 * A distribution for what was measured. From eight samples on it is lognormal, as durations of operations are: fitted
 * without the samples that lie far beyond all others, which become a tail of their own. Fewer samples, or ones that no
 * lognormal describes, stand for themselves.
 */
export function fitDurations(seconds: readonly number[]): Fit {
  const sorted = seconds.toSorted((a, b) => a - b);
  const samples = sorted.length;
  const confidence = confidenceOf(samples);
  const [first = 0] = sorted;
  if (samples < 8) return { samples, confidence, distribution: empirical(sorted) };
  if (first === sorted.at(-1)) {
    const exact: Interval = [first, first];
    return { samples, confidence, distribution: empirical(sorted), interval: { median: exact, p95: exact } };
  }
  const bound = boundOfBody(sorted);
  const body = sorted.filter((one) => one <= bound);
  const tail = sorted.slice(body.length);
  const { mean, deviation } = moments(body.map(Math.log));
  // Student's t for 95 of 100, within one part in a hundred.
  const freedom = 1.96 + 2.8 / (body.length - 1);
  const interval = {
    median: around(mean, (freedom * deviation) / Math.sqrt(body.length)),
    p95: around(
      mean + z95 * deviation,
      freedom * deviation * Math.sqrt(1 / body.length + z95 ** 2 / (2 * (body.length - 1))),
    ),
  };
  const isLognormal = tail.length <= samples / 5 && distance(body, mean, deviation) < 1.2 / Math.sqrt(body.length);
  if (!isLognormal) return { samples, confidence, distribution: empirical(sorted), interval };
  const lognormal = {
    kind: "lognormal",
    medianSeconds: rounded(Math.exp(mean)),
    p95Seconds: rounded(Math.exp(mean + z95 * deviation)),
  } as const;
  return { samples, confidence, distribution: withTail(lognormal, tail, samples), interval };
}

const z95 = 1.6448536269514722;

function confidenceOf(samples: number): Confidence {
  if (samples >= 30) return "A";
  if (samples >= 8) return "B";
  return samples >= 3 ? "C" : "D";
}

const mostShown = 50;

/** All samples; of many, as many quantiles as tell the same. */
function empirical(sorted: readonly number[]): Distribution {
  if (sorted[0] === sorted.at(-1)) return { kind: "fixed", seconds: rounded(sorted[0] ?? 0) };
  const length = Math.min(sorted.length, mostShown);
  const at = (index: number): number => sorted[Math.round((index * (sorted.length - 1)) / (length - 1))] ?? 0;
  return { kind: "empirical", seconds: Array.from({ length }, (_, index) => rounded(at(index))) };
}

function withTail(body: Distribution, tail: readonly number[], samples: number): Distribution {
  const [from, to] = [tail[0], tail.at(-1)];
  if (from === undefined || to === undefined) return body;
  const weight = tail.length / samples;
  const slow: Distribution = { kind: "uniform", fromSeconds: rounded(from), toSeconds: rounded(to) };
  return {
    kind: "mixture",
    parts: [
      { weight: 1 - weight, distribution: body },
      { weight, distribution: slow },
    ],
  };
}

/** Four deviations above the median, where the deviation is that of the middle half. */
function boundOfBody(sorted: readonly number[]): number {
  const logs = sorted.map(Math.log);
  const median = middle(logs);
  const spread = 1.4826 * middle(logs.map((log) => Math.abs(log - median)).toSorted((a, b) => a - b));
  return Math.exp(median + 4 * Math.max(spread, 0.02));
}

function middle(sorted: readonly number[]): number {
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[half - 1] ?? upper)) / 2;
}

function moments(values: readonly number[]): { readonly mean: number; readonly deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) };
}

/** Largest difference between what was measured and the lognormal (Kolmogorov and Smirnov). */
function distance(sorted: readonly number[], mean: number, deviation: number): number {
  const gaps = sorted.map((value, index) => {
    const expected = normalShareBelow((Math.log(value) - mean) / deviation);
    return Math.max(Math.abs((index + 1) / sorted.length - expected), Math.abs(index / sorted.length - expected));
  });
  return Math.max(...gaps);
}

/** Abramowitz and Stegun 26.2.17: good to 1e-7. */
function normalShareBelow(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const polynomial = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
  return x >= 0 ? 1 - tail : tail;
}

function around(log: number, error: number): Interval {
  return [rounded(Math.exp(log - error)), rounded(Math.exp(log + error))];
}

function rounded(seconds: number): number {
  return Number(seconds.toPrecision(4));
}
