import fc from "fast-check";
import { expect, test } from "vitest";
import { createArrivals } from "../src/load/arrivals.ts";

const rate = fc.integer({ min: 1, max: 100_000 });

test("constant arrivals: the n-th leaves at n gaps, however many went before", () => {
  fc.assert(
    fc.property(rate, fc.integer({ min: 0, max: 20_000 }), (ratePerSecond, n) => {
      expect(timesOf("constant", ratePerSecond, "any", n + 1).at(-1)).toBeCloseTo((1_000 * n) / ratePerSecond, 6);
    }),
    { numRuns: 30 },
  );
});

test("Poisson arrivals never go back, and the same seed repeats them", () => {
  fc.assert(
    fc.property(rate, fc.string(), (ratePerSecond, seed) => {
      const times = timesOf("poisson", ratePerSecond, seed, 200);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(timesOf("poisson", ratePerSecond, seed, 200)).toEqual(times);
    }),
  );
});

test("another seed gives other Poisson arrivals", () => {
  expect(timesOf("poisson", 100, "1", 20)).not.toEqual(timesOf("poisson", 100, "2", 20));
});

test("Poisson arrivals keep the mean rate, and their gaps scatter as exponential ones do", () => {
  const count = 20_000;
  fc.assert(
    fc.property(rate, fc.string(), (ratePerSecond, seed) => {
      const meanGapMs = 1_000 / ratePerSecond;
      const times = timesOf("poisson", ratePerSecond, seed, count);
      // The mean of 20,000 draws has a deviation of 0.7 %: 4 % are more than five deviations.
      expect((times.at(-1) ?? 0) / count / meanGapMs).toBeCloseTo(1, 1.1);
      const longGaps = times.filter((time, index) => time - (times[index - 1] ?? 0) > meanGapMs).length;
      expect(longGaps / count).toBeGreaterThan(Math.exp(-1) - 0.02);
      expect(longGaps / count).toBeLessThan(Math.exp(-1) + 0.02);
    }),
    { numRuns: 20 },
  );
});

test("asking for the next time does not change it", () => {
  const arrivals = createArrivals("poisson", 10, "seed");
  expect(arrivals.nextMs).toBe(arrivals.nextMs);
});

function timesOf(kind: "constant" | "poisson", ratePerSecond: number, seed: string, count: number): number[] {
  const arrivals = createArrivals(kind, ratePerSecond, seed);
  return Array.from({ length: count }, () => {
    const { nextMs } = arrivals;
    arrivals.advance();
    return nextMs;
  });
}
