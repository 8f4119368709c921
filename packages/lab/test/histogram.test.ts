import fc from "fast-check";
import { expect, test } from "vitest";
import { Histogram } from "../src/load/histogram.ts";

const durationMs = fc.oneof(
  fc.double({ min: 0, max: 3, noNaN: true }),
  fc.double({ min: 0, max: 5_000, noNaN: true }),
  fc.double({ min: 0, max: 86_400_000, noNaN: true }),
);

test("every percentile is within a thousandth of the exact one, or a microsecond", () => {
  fc.assert(
    fc.property(fc.array(durationMs, { minLength: 1, maxLength: 300 }), (durationsMs) => {
      const histogram = new Histogram();
      for (const duration of durationsMs) histogram.record(duration);
      const { p50Ms, p90Ms, p99Ms, p999Ms, maxMs, meanMs } = histogram.summary();
      const sorted = durationsMs.toSorted((a, b) => a - b);
      const exact = (percentile: number): number =>
        sorted[Math.max(0, Math.ceil((percentile / 100) * sorted.length) - 1)] ?? Number.NaN;
      for (const [percentile, value] of [
        [50, p50Ms],
        [90, p90Ms],
        [99, p99Ms],
        [99.9, p999Ms],
        [100, maxMs],
      ] as const)
        expect(Math.abs(value - exact(percentile))).toBeLessThanOrEqual(0.001 + exact(percentile) / 1_000);
      const exactMeanMs = durationsMs.reduce((sum, duration) => sum + duration, 0) / durationsMs.length;
      expect(Math.abs(meanMs - exactMeanMs)).toBeLessThanOrEqual(0.001 + exactMeanMs / 1_000);
    }),
  );
});

test("steps begin at powers of two without a gap", () => {
  for (const us of [0, 1, 1_023, 1_024, 2_047, 2_048, 4_095, 4_096, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 36]) {
    const histogram = new Histogram();
    histogram.record(us / 1_000);
    const readUs = 1_000 * histogram.summary().maxMs;
    expect(readUs).toBeGreaterThanOrEqual(us - 0.5);
    expect(readUs).toBeLessThanOrEqual(us * (1 + 1 / 1_024) + 0.5);
  }
});

test("nothing recorded is zero, less than nothing counts as zero, too much as the most", () => {
  expect(new Histogram().summary()).toMatchObject({ p50Ms: 0, maxMs: 0, meanMs: 0 });
  const histogram = new Histogram();
  histogram.record(-1);
  expect(histogram.summary()).toMatchObject({ p50Ms: 0, maxMs: 0 });
  histogram.record(1e15);
  expect(histogram.summary().maxMs).toBeCloseTo((2 ** 37 - 1) / 1_000, 0);
});
