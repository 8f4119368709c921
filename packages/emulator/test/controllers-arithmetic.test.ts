import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { budgetNumbers } from "../src/controllers/kubernetes/budget-arithmetic.ts";
import { isWithinWindow } from "../src/controllers/kubernetes/cron.ts";
import { cpuMillicores, memoryBytes } from "../src/controllers/kubernetes/quantities.ts";
import {
  nextSizeOfNew,
  nextSizesOfOld,
  proportionalSizes,
  rolloutLimits,
} from "../src/controllers/kubernetes/rolling-update.ts";
import { type BackOff, backOffAfterTry, goDuration, waitAfterFailureMs } from "../src/world/back-off.ts";

const percent = fc.integer({ min: 0, max: 100 }).map((value) => `${value}%`);
const bound = fc.oneof(fc.integer({ min: 0, max: 20 }), percent);
const setSize = fc
  .tuple(fc.nat(20), fc.nat(20))
  .map(([replicas, available]) => ({ replicas, available: Math.min(replicas, available) }));

describe("rolling update", () => {
  test("defaults: surge rounds up, unavailability down", () => {
    expect(rolloutLimits(10)).toEqual({ replicas: 10, maxSurge: 3, maxUnavailable: 2 });
    expect(rolloutLimits(1)).toEqual({ replicas: 1, maxSurge: 1, maxUnavailable: 0 });
    expect(rolloutLimits(3, 0, "25%")).toEqual({ replicas: 3, maxSurge: 0, maxUnavailable: 1 });
  });

  test("a step never goes above the ceiling nor, by taking available pods, below the floor", () => {
    fc.assert(
      fc.property(
        fc.nat(30),
        bound,
        bound,
        setSize,
        fc.array(setSize, { maxLength: 4 }),
        (...[replicas, surge, unavailable, current, old]) => {
          const limits = rolloutLimits(replicas, surge, unavailable);
          const total = current.replicas + sum(old.map((set) => set.replicas));
          const grown = nextSizeOfNew(limits, current, old);
          expect(grown).toBeLessThanOrEqual(Math.max(current.replicas, limits.replicas));
          if (grown > current.replicas)
            expect(total + grown - current.replicas).toBeLessThanOrEqual(replicas + limits.maxSurge);

          const sizes = nextSizesOfOld(limits, current, old);
          const removed = old.map((set, index) => set.replicas - (sizes[index] ?? 0));
          expect(Math.min(0, ...removed)).toBe(0);
          expect(Math.min(0, ...sizes)).toBe(0);
          const lostAtMost = sum(removed.map((count, index) => Math.max(0, count - unhealthy(old[index]))));
          const available = current.available + sum(old.map((set) => set.available));
          const floor = replicas - limits.maxUnavailable;
          expect(available - lostAtMost).toBeGreaterThanOrEqual(Math.min(available, floor));
        },
      ),
    );
  });

  test("repeated steps finish when everything becomes available", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), bound, bound, (replicas, surge, unavailable) => {
        const limits = rolloutLimits(replicas, surge, unavailable);
        let current = { replicas: 0, available: 0 };
        let old = { replicas, available: replicas };
        for (let step = 0; step < 4 * replicas + 8; step++) {
          const next = nextSizeOfNew(limits, current, [old]);
          if (next === current.replicas) {
            const [left = 0] = nextSizesOfOld(limits, current, [old]);
            old = { replicas: left, available: left };
          }
          current = { replicas: next, available: next };
        }
        expect([current.replicas, old.replicas]).toEqual([replicas, 0]);
      }),
    );
  });

  test("scaling in proportion keeps the total and moves every set the same way", () => {
    const set = fc.record({ replicas: fc.integer({ min: 1, max: 30 }), maxReplicas: fc.integer({ min: 1, max: 40 }) });
    fc.assert(
      fc.property(fc.nat(60), bound, fc.array(set, { minLength: 2, maxLength: 5 }), (replicas, surge, sets) => {
        const limits = rolloutLimits(replicas, surge, 1);
        const sorted = sets.toSorted((a, b) => b.replicas - a.replicas);
        const sizes = proportionalSizes(limits, sorted);
        const before = sum(sorted.map((one) => one.replicas));
        const allowed = replicas > 0 ? replicas + limits.maxSurge : 0;
        expect(Math.min(...sizes)).toBeGreaterThanOrEqual(0);
        if (allowed >= before) expect(sum(sizes)).toBe(allowed);
        for (const [index, size] of sizes.entries()) {
          if (allowed >= before) expect(size).toBeGreaterThanOrEqual(sorted[index]?.replicas ?? 0);
          else expect(size).toBeLessThanOrEqual(sorted[index]?.replicas ?? 0);
        }
      }),
    );
  });
});

describe("disruption budget", () => {
  test("percentages round up", () => {
    expect(budgetNumbers({ minAvailable: "50%" }, 7, 7)).toMatchObject({ desiredHealthy: 4, disruptionsAllowed: 3 });
    expect(budgetNumbers({ maxUnavailable: "30%" }, 7, 7)).toMatchObject({ desiredHealthy: 4, disruptionsAllowed: 3 });
  });

  test("one replica that must be available can never go", () => {
    for (const rule of [{ minAvailable: 1 }, { minAvailable: "100%" }, { maxUnavailable: 0 }]) {
      expect(budgetNumbers(rule, 1, 1).disruptionsAllowed).toBe(0);
    }
  });

  test("spending every allowed disruption leaves what is desired", () => {
    const rule = fc.oneof(
      bound.map((minAvailable) => ({ minAvailable })),
      bound.map((maxUnavailable) => ({ maxUnavailable })),
    );
    fc.assert(
      fc.property(rule, fc.nat(50), fc.nat(50), (one, expected, healthy) => {
        const { disruptionsAllowed, desiredHealthy } = budgetNumbers(one, expected, Math.min(healthy, expected));
        expect(disruptionsAllowed).toBeGreaterThanOrEqual(0);
        if (disruptionsAllowed > 0) {
          expect(Math.min(healthy, expected) - disruptionsAllowed).toBe(desiredHealthy);
        }
      }),
    );
  });
});

describe("restart back-off", () => {
  test("first at once, then 10 s doubled up to 300 s", () => {
    expect(waits(9, () => 1_000)).toEqual([0, 10, 20, 40, 80, 160, 300, 300, 300]);
  });

  test("forgotten after ten quiet minutes", () => {
    expect(waits(6, (run) => (run === 4 ? 601_000 : 1_000))).toEqual([0, 10, 20, 40, 0, 10]);
  });

  test("never shorter than the time before, unless forgotten", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 600_000 }), { maxLength: 15 }), (uptimes) => {
        const seconds = waits(uptimes.length, (run) => uptimes[run] ?? 0);
        expect(seconds).toEqual(seconds.toSorted((a, b) => a - b));
        expect(Math.max(0, ...seconds)).toBeLessThanOrEqual(300);
      }),
    );
  });

  test("durations as Go prints them", () => {
    expect([10_000, 160_000, 300_000].map(goDuration)).toEqual(["10s", "2m40s", "5m0s"]);
  });

  /** Seconds waited after each of `count` crashes; `uptimeMs` of the run that crashed. */
  function waits(count: number, uptimeMs: (run: number) => number): number[] {
    let backOff: BackOff | undefined;
    let nowMs = 0;
    return Array.from({ length: count }, (_, run) => {
      nowMs += uptimeMs(run);
      const waitMs = waitAfterFailureMs(backOff, nowMs);
      backOff = backOffAfterTry(backOff, nowMs, nowMs + waitMs);
      nowMs += waitMs;
      return waitMs / 1_000;
    });
  }
});

test("quantities", () => {
  expect(["500m", "0.5", "1", "1.5", undefined].map(cpuMillicores)).toEqual([500, 500, 1_000, 1_500, 0]);
  expect(["1Gi", "512Mi", "1M", "100", "x"].map(memoryBytes)).toEqual([2 ** 30, 2 ** 29, 1_000_000, 100, 0]);
});

describe("cron window", () => {
  const office = { start: "0 8 * * mon-fri", end: "30 17 * * 1-5", timezone: "Europe/Oslo" };
  test.each([
    ["2026-05-18T06:30:00Z", true],
    ["2026-05-18T05:59:00Z", false],
    ["2026-05-18T15:29:00Z", true],
    ["2026-05-18T15:30:00Z", false],
    ["2026-05-17T10:00:00Z", false],
    ["2026-01-05T07:01:00Z", true],
  ])("%s: %s", (time, expected) => {
    expect(isWithinWindow(office, Date.parse(time))).toBe(expected);
  });

  test("what cannot be read is no window", () => {
    expect(isWithinWindow({ ...office, start: "61 8 * * *" }, 0)).toBeUndefined();
    expect(isWithinWindow({ ...office, timezone: "Nowhere/None" }, 0)).toBeUndefined();
    expect(isWithinWindow({ ...office, end: "8 * *" }, 0)).toBeUndefined();
  });
});

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function unhealthy(set: { replicas: number; available: number } | undefined): number {
  return set ? set.replicas - set.available : 0;
}
