import { Random } from "@fairway/kernel";
import { expect, test } from "vitest";
import { bootstrap, mean, quantile, wilson, worstMean } from "../src/statistics/interval.ts";

test.each([
  // 81 of 263 stands in Newcombe, Two-sided confidence intervals for the single proportion (1998).
  [0, 10, 0, 0.2775],
  [1, 10, 0.0179, 0.4042],
  [5, 10, 0.2366, 0.7634],
  [10, 10, 0.7225, 1],
  [81, 263, 0.2553, 0.3662],
])("the interval of %d of %d is from %f to %f", (hits, trials, low, high) => {
  const interval = wilson(hits, trials);
  expect(interval.value).toBeCloseTo(hits / trials, 10);
  expect(interval.low).toBeCloseTo(low, 4);
  expect(interval.high).toBeCloseTo(high, 4);
});

test("nothing is known of no trials", () => {
  expect(wilson(0, 0)).toMatchObject({ low: 0, high: 1 });
});

test("95 % intervals hold the true mean about 95 times in a hundred", () => {
  const random = new Random("coverage");
  let held = 0;
  for (let round = 0; round < 400; round += 1) {
    const values = Array.from({ length: 60 }, () => random.below(1_000));
    const { low, high } = bootstrap(values, mean, random);
    if (low <= 499.5 && 499.5 <= high) held += 1;
  }
  expect(held).toBeGreaterThan(360);
  expect(held).toBeLessThan(396);
});

test("quantiles lie between neighbours, and the worst share has one member at least", () => {
  expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
  expect(quantile([4, 1, 3, 2], 1)).toBe(4);
  expect(worstMean([5, 1, 9, 3], 0.01)).toBe(9);
  expect(worstMean([5, 1, 9, 3], 0.5)).toBe(7);
});
