import type { Random } from "@fairway/kernel";

/** How long something takes, in seconds of real Azure. */
export type Distribution =
  | { readonly kind: "fixed"; readonly seconds: number }
  | { readonly kind: "uniform"; readonly fromSeconds: number; readonly toSeconds: number }
  | { readonly kind: "lognormal"; readonly medianSeconds: number; readonly p95Seconds: number }
  /** What was measured, from the shortest to the longest; between two neighbours everything is as likely. */
  | { readonly kind: "empirical"; readonly seconds: readonly number[] }
  /** One of the parts, each as often as its weight says; weights sum to 1. */
  | { readonly kind: "mixture"; readonly parts: readonly MixturePart[] };

export interface MixturePart {
  readonly weight: number;
  readonly distribution: Distribution;
}

/** A draw, in seconds. One that cannot vary takes nothing from the stream. */
export function drawSeconds(distribution: Distribution, random: Random): number {
  switch (distribution.kind) {
    case "fixed":
      return distribution.seconds;
    case "uniform": {
      const { fromSeconds, toSeconds } = distribution;
      return toSeconds > fromSeconds ? fromSeconds + random.unit() * (toSeconds - fromSeconds) : fromSeconds;
    }
    case "lognormal": {
      const { medianSeconds, p95Seconds } = distribution;
      return p95Seconds > medianSeconds ? random.logNormal(medianSeconds, p95Seconds) : medianSeconds;
    }
    case "empirical":
      return quantileSeconds(distribution, distribution.seconds.length > 1 ? random.unit() : 0);
    case "mixture":
      return drawSeconds(partAt(distribution.parts, random.unit()), random);
  }
}

/** What a share `probability` of all draws stays below. */
export function quantileSeconds(distribution: Distribution, probability: number): number {
  switch (distribution.kind) {
    case "fixed":
      return distribution.seconds;
    case "uniform":
      return distribution.fromSeconds + probability * (distribution.toSeconds - distribution.fromSeconds);
    case "lognormal": {
      const { medianSeconds, p95Seconds } = distribution;
      return medianSeconds * (p95Seconds / medianSeconds) ** (normalQuantile(probability) / normalQuantile(0.95));
    }
    case "empirical": {
      const { seconds } = distribution;
      const place = probability * (seconds.length - 1);
      const [below = 0, above = below] = seconds.slice(Math.floor(place), Math.floor(place) + 2);
      return below + (place - Math.floor(place)) * (above - below);
    }
    case "mixture":
      return mixtureQuantile(distribution.parts, probability);
  }
}

function partAt(parts: readonly MixturePart[], place: number): Distribution {
  let sum = 0;
  const found = parts.find(({ weight }) => place < (sum += weight)) ?? parts.at(-1);
  if (!found) throw new Error("A mixture without parts.");
  return found.distribution;
}

const pointsOfPart = 2_000;

/** Over evenly spaced quantiles of each part. */
function mixtureQuantile(parts: readonly MixturePart[], probability: number): number {
  const points = parts
    .flatMap(({ weight, distribution }) =>
      Array.from({ length: pointsOfPart }, (_, index) => ({
        seconds: quantileSeconds(distribution, (index + 0.5) / pointsOfPart),
        weight: weight / pointsOfPart,
      })),
    )
    .toSorted((a, b) => a.seconds - b.seconds);
  let sum = 0;
  return (points.find(({ weight }) => (sum += weight) >= probability) ?? points.at(-1))?.seconds ?? 0;
}

/** Of the normal distribution with mean 0 and deviation 1, by halving; good to 1e-9. */
function normalQuantile(probability: number): number {
  let [low, high] = [-9, 9];
  while (high - low > 1e-10) {
    const middle = (low + high) / 2;
    if (normalShareBelow(middle) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Zelen and Severo's series is too coarse here: Simpson's rule over the density. */
function normalShareBelow(x: number): number {
  const steps = 200;
  const width = x / steps;
  const density = (t: number): number => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI);
  let sum = density(0) + density(x);
  for (let index = 1; index < steps; index++) sum += density(index * width) * (index % 2 === 1 ? 4 : 2);
  return 0.5 + (sum * width) / 3;
}
