import { Random } from "@fairway/kernel";
import { expect, test } from "vitest";

const draws = 100_000;

interface Case {
  readonly name: string;
  readonly draw: (random: Random) => number;
  readonly mean: number;
  readonly variance: number;
  /** Logarithm of the probability of a count, up to what all counts have in common. */
  readonly logWeight: (count: number) => number;
}

const poissonMeans = [0.003, 0.7, 4, 9.99, 10, 37.5, 1_000, 1e6, 1e10];
const binomials: [count: number, chance: number][] = [
  [1, 0.3],
  [3, 0.9],
  [4, 0.5],
  [50, 0.02],
  [50, 0.5],
  [50, 0.97],
  [400, 0.04],
  [10_000, 0.25],
  [1_000_000, 0.0001],
  [1e9, 0.6],
  [1e10, 1e-9],
];

const cases: readonly Case[] = [
  ...poissonMeans.map((mean) => ({
    name: `poisson ${mean}`,
    draw: (random: Random) => random.poisson(mean),
    mean,
    variance: mean,
    logWeight: (count: number) => count * Math.log(mean) - logFactorial(count),
  })),
  ...binomials.map(([count, chance]) => ({
    name: `binomial ${count} ${chance}`,
    draw: (random: Random) => random.binomial(count, chance),
    mean: count * chance,
    variance: count * chance * (1 - chance),
    logWeight: (successes: number) =>
      successes > count
        ? Number.NEGATIVE_INFINITY
        : successes * Math.log(chance / (1 - chance)) - logFactorial(successes) - logFactorial(count - successes),
  })),
];

for (const { name, draw, mean, variance, logWeight } of cases) {
  test(`${name} has the mean, the variance and the shape of its distribution`, () => {
    const random = new Random("counts").stream(name);
    const sample = Float64Array.from({ length: draws }, () => draw(random));
    expect(sample.every((count) => Number.isInteger(count) && count >= 0)).toBe(true);
    const sampleMean = sample.reduce((sum, one) => sum + one, 0) / draws;
    const sampleVariance = sample.reduce((sum, one) => sum + (one - sampleMean) ** 2, 0) / draws;
    // Five standard errors; the fourth moment of both is at most 3 v² + v.
    expect(Math.abs(sampleMean - mean)).toBeLessThan(5 * Math.sqrt(variance / draws));
    expect(Math.abs(sampleVariance - variance)).toBeLessThan(5 * Math.sqrt((2 * variance ** 2 + variance) / draws));
    const { chiSquare, cells } = compared(sample, mean, variance, logWeight);
    expect(chiSquare).toBeLessThan(cells + 5 * Math.sqrt(2 * cells) + 5);
  });
}

test("what cannot happen does not, and what must happen does", () => {
  const random = new Random(1);
  expect(random.poisson(0)).toBe(0);
  expect([random.binomial(0, 0.5), random.binomial(1e6, 0), random.binomial(1e6, 1)]).toEqual([0, 0, 1e6]);
});

test("rare events are as rare as they should be, below what 32 bits can tell", () => {
  const random = new Random("rare");
  const mean = 1e-3 / 2 ** 10;
  let events = 0;
  for (let index = 0; index < 4_000_000; index++) events += random.poisson(mean);
  expect(events).toBeGreaterThanOrEqual(1);
  expect(events).toBeLessThan(14);
});

/** Pearson's statistic over cells that hold at least ten expected draws each; what lies outside six deviations is one cell. */
function compared(
  sample: Float64Array,
  mean: number,
  variance: number,
  logWeight: (count: number) => number,
): { chiSquare: number; cells: number } {
  const deviation = Math.sqrt(variance);
  const from = Math.max(0, Math.floor(mean - 6 * deviation));
  const to = Math.ceil(mean + 6 * deviation) + 6;
  // Where there are too many counts to look at each, every hundredth of a deviation is one, taken at its middle.
  const width = Math.max(1, Math.floor(deviation / 100));
  const expected: number[] = [];
  const peak = logWeight(Math.round(mean));
  for (let count = from; count <= to; count += width) {
    expected.push(Math.exp(logWeight(count + (width - 1) / 2) - peak));
  }
  const sum = expected.reduce((total, one) => total + one, 0);
  const seen = expected.map(() => 0);
  let outside = 0;
  for (const count of sample) {
    const index = Math.floor((count - from) / width);
    if (seen[index] === undefined) outside += 1;
    else seen[index] += 1;
  }
  expect(outside).toBeLessThan(5);
  let [chiSquare, cells, wanted, got] = [0, 0, 0, 0];
  for (const [index, weight] of expected.entries()) {
    wanted += (weight / sum) * draws;
    got += seen[index] ?? 0;
    if (wanted < 10) continue;
    chiSquare += (got - wanted) ** 2 / wanted;
    cells += 1;
    [wanted, got] = [0, 0];
  }
  return { chiSquare, cells };
}

/** Stirling's series, which at ten and more is exact to the last bits. */
function logFactorial(count: number): number {
  let shifted = count + 1;
  let logOfProduct = 0;
  for (; shifted < 10; shifted++) logOfProduct += Math.log(shifted);
  const series = 1 / 12 / shifted - 1 / 360 / shifted ** 3 + 1 / 1260 / shifted ** 5;
  return (shifted - 0.5) * Math.log(shifted) - shifted + 0.5 * Math.log(2 * Math.PI) + series - logOfProduct;
}
