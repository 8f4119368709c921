import { checkSplit, distribute, FairwayError, moveWeight, stepTo, withoutRevisions } from "@fairway/model";
import fc from "fast-check";
import { expect, test } from "vitest";

const name = fc.constantFrom("a", "b", "c", "d", "e", "f", "g");
const shares = fc.dictionary(name, fc.nat(1_000), { minKeys: 1, noNullPrototype: true });
/** A valid split of up to seven revisions, zeros left out. */
const split = shares
  .filter((weights) => Object.values(weights).some((weight) => weight > 0))
  .map((weights) => checkSplit(distribute(100, weights)));

const sum = (weights: Readonly<Record<string, number>>) => Object.values(weights).reduce((a, b) => a + b, 0);

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof FairwayError) return error.code;
    throw error;
  }
  return undefined;
}

test("largest remainder: whole, complete, never further than 1 from the exact part, and never nothing for something", () => {
  fc.assert(
    fc.property(fc.nat(1_000), shares, (total, weights) => {
      const parts = distribute(total, weights);
      const all = sum(weights);
      expect(Object.keys(parts)).toEqual(Object.keys(weights));
      expect(sum(parts)).toBe(all === 0 ? 0 : total);
      for (const [key, part] of Object.entries(parts)) {
        const exact = all === 0 ? 0 : (total * (weights[key] ?? 0)) / all;
        expect(Number.isInteger(part)).toBe(true);
        expect(Math.abs(part - exact)).toBeLessThan(1);
        if (weights[key] === 0) expect(part).toBe(0);
      }
    }),
  );
});

test("a larger share never gets a smaller part, whatever the order of the names", () => {
  fc.assert(
    fc.property(fc.nat(200), shares, (total, weights) => {
      const parts = distribute(total, weights);
      const reversed = distribute(total, Object.fromEntries(Object.entries(weights).toReversed()));
      expect(reversed).toEqual(parts);
      for (const [a, shareOfA] of Object.entries(weights)) {
        for (const [b, shareOfB] of Object.entries(weights)) {
          if (shareOfA > shareOfB) expect(parts[a]).toBeGreaterThanOrEqual(parts[b] ?? 0);
        }
      }
    }),
  );
});

test("thirds", () => {
  expect(distribute(100, { a: 1, b: 1, c: 1 })).toEqual({ a: 34, b: 33, c: 33 });
  expect(distribute(100, { a: 2, b: 1 })).toEqual({ a: 67, b: 33 });
});

test("moving weight and moving it back changes nothing", () => {
  fc.assert(
    fc.property(split, name, name, fc.nat(100), (weights, from, to, percent) => {
      const movable = Math.min(percent, weights[from] ?? 0);
      const moved = moveWeight(weights, from, to, movable);
      expect(sum(moved)).toBe(100);
      expect(moveWeight(moved, to, from, from === to ? 0 : movable)).toEqual(weights);
    }),
  );
});

test("more than there is cannot be moved", () => {
  expect(codeOf(() => moveWeight({ a: 100 }, "a", "b", 101))).toBe("traffic-invalid");
  expect(codeOf(() => moveWeight({ a: 100 }, "b", "a", 1))).toBe("traffic-invalid");
  expect(codeOf(() => moveWeight({ a: 100 }, "a", "b", 0.5))).toBe("traffic-invalid");
});

test("a step gives the revision what was asked and keeps the order of the others", () => {
  fc.assert(
    fc.property(split, name, fc.nat(100), (weights, revision, percent) => {
      const others = Object.keys(weights).filter((other) => other !== revision);
      fc.pre(percent === 100 || others.length > 0);
      const stepped = stepTo(weights, revision, percent);
      expect(sum(stepped)).toBe(100);
      expect(stepped[revision] ?? 0).toBe(percent);
      for (const a of others) {
        for (const b of others) {
          if ((weights[a] ?? 0) > (weights[b] ?? 0)) expect(stepped[a] ?? 0).toBeGreaterThanOrEqual(stepped[b] ?? 0);
        }
      }
    }),
  );
});

test("10, 50, 100 and back, as a release goes", () => {
  const ten = stepTo({ stable: 100 }, "canary", 10);
  expect(ten).toEqual({ stable: 90, canary: 10 });
  expect(stepTo(ten, "canary", 50)).toEqual({ stable: 50, canary: 50 });
  expect(stepTo(ten, "canary", 100)).toEqual({ canary: 100 });
  expect(stepTo(ten, "canary", 0)).toEqual({ stable: 100 });
  expect(codeOf(() => stepTo({ only: 100 }, "only", 50))).toBe("traffic-invalid");
});

test("the traffic of dead revisions goes to the living in proportion", () => {
  fc.assert(
    fc.property(split, fc.subarray(["a", "b", "c", "d", "e", "f", "g"]), (weights, dead) => {
      const rest = withoutRevisions(weights, dead);
      const living = Object.keys(weights).filter((revision) => !dead.includes(revision));
      expect(sum(rest)).toBe(living.length > 0 ? 100 : 0);
      for (const revision of dead) expect(rest[revision]).toBeUndefined();
      for (const revision of living) expect(rest[revision] ?? 0).toBeGreaterThanOrEqual(weights[revision] ?? 0);
    }),
  );
});

test("weights that are none are refused, and the sum is named", () => {
  expect(() => checkSplit({ a: 9, b: 90 })).toThrow("sum to 99");
  expect(codeOf(() => checkSplit({}))).toBe("traffic-invalid");
  for (const weight of [-1, 100.5, Number.NaN, 101, Number.POSITIVE_INFINITY]) {
    expect(codeOf(() => checkSplit({ a: weight, b: 100 - weight }))).toBe("traffic-invalid");
  }
  expect(codeOf(() => checkSplit({ a: 100, ghost: 0 }, ["a"]))).toBe("revision-not-found");
  expect(checkSplit({ a: 100, b: 0 }, ["a", "b"])).toEqual({ a: 100 });
});
