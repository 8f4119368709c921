import { Random } from "@fairway/kernel";
import { type Convergence, createTrafficModel, flatRate, type TrafficModel } from "@fairway/lab";
import { describe, expect, test } from "vitest";
import { expectAround, minute, setReady } from "./traffic-world.ts";

describe("routes", () => {
  /** Payments of each minute that took the second of two ways. */
  function sharesByMinute(convergence: Convergence, minutes = 10): number[] {
    const model = twoWays();
    model.setShares({ west: 100, north: 0 });
    model.advanceTo(1);
    model.setShares({ west: 0, north: 100 }, convergence);
    return Array.from({ length: minutes }, (_, index) => {
      const before = model.usage("north").arrivals;
      model.advanceTo(1 + (index + 1) * minute);
      return (model.usage("north").arrivals - before) / 6_000;
    });
  }

  test("are followed at once, where each request is told", () => {
    expect(sharesByMinute({ afterMs: 2 * minute }, 4).map(Math.round)).toEqual([0, 0, 1, 1]);
  });

  test("are followed as answers of name servers expire, but by some clients much later", () => {
    const shares = sharesByMinute({ afterMs: minute, ttlMs: 4 * minute });
    for (const [index, share] of [0, 0.125, 0.375, 0.625, 0.875, 1].entries()) {
      expect(Math.abs((shares[index] ?? 0) - share)).toBeLessThan(0.05);
    }
    const sticky = sharesByMinute({ ttlMs: minute, sticky: { share: 0.2, meanMs: 10 * minute } });
    expect(sticky[9]).toBeGreaterThan(0.9);
    expect(sticky[9]).toBeLessThan(0.95);
  });

  test("swing from answer to answer behind few caches: a minute this way, a minute that way", () => {
    const model = twoWays();
    model.advanceTo(1);
    model.setShares({ west: 50, north: 50 }, { ttlMs: minute, resolvers: 1 });
    const shares = Array.from({ length: 60 }, (_, index) => {
      const before = model.usage("north").arrivals;
      model.advanceTo(1 + (index + 1) * minute);
      return (model.usage("north").arrivals - before) / 6_000;
    });
    expect(shares.every((share) => share === 0 || share > 0.9)).toBe(true);
    expect(new Set(shares.map((share) => share > 0.5)).size).toBe(2);
  });

  test("that are all taken away fail those who know of none", () => {
    const model = twoWays();
    model.advanceTo(minute);
    model.setShares({}, { ttlMs: 2 * minute });
    model.advanceTo(5 * minute);
    const { arrivals, served, failed, failures, inFlight } = model.counters();
    // Half of two minutes, and two whole ones.
    expectAround(failures.noEndpoint, 18_000);
    expect(failed).toBe(failures.noEndpoint);
    expect(served + failed + inFlight).toBe(arrivals);
  });

  test("that go in a circle, or to what is not there, are refused", () => {
    const services = ["a", "b"].map((name) => ({ name, serviceMs: 1, concurrency: 1 }));
    const create = (hops: string[][]): TrafficModel =>
      createTrafficModel({
        services,
        routes: hops.map((way, index) => ({ name: `${index}`, hops: way })),
        arrivals: flatRate(1),
        random: new Random(1),
        startMs: 0,
      });
    expect(() =>
      create([
        ["a", "b"],
        ["b", "a"],
      ]),
    ).toThrow("Routes must not go in a circle: a, b.");
    expect(() => create([["a", "c"]])).toThrow("There is no service c: a, b.");
  });

  function twoWays(): TrafficModel {
    const model = createTrafficModel({
      services: ["west", "north", "ledger"].map((name) => ({ name, serviceMs: 20, concurrency: 10 })),
      routes: [
        { name: "west", hops: ["west", "ledger"] },
        { name: "north", hops: ["north", "ledger"] },
      ],
      arrivals: flatRate(100),
      random: new Random(7),
      startMs: 0,
    });
    for (const name of ["west", "north", "ledger"]) setReady(model, name, 4);
    return model;
  }
});
