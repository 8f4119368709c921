import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type NodeCount,
  parallelismOf,
  parseNodeCount,
  resolveNodeCount,
} from "../src/world/container-service/surge.ts";

const nodeCount = fc.oneof(
  fc.record({ kind: fc.constant("nodes" as const), nodes: fc.integer({ min: 0, max: 50 }) }),
  fc.record({ kind: fc.constant("percent" as const), percent: fc.integer({ min: 0, max: 100 }) }),
);

describe("maxSurge and maxUnavailable", () => {
  it("are an integer or a percentage", () => {
    expect(parseNodeCount("3")).toEqual({ kind: "nodes", nodes: 3 });
    expect(parseNodeCount("33%")).toEqual({ kind: "percent", percent: 33 });
    for (const bad of ["", "-1", "1.5", "101%", "many", "%", "1 %"]) expect(parseNodeCount(bad)).toBeUndefined();
  });

  it("round percentages up", () => {
    expect(resolveNodeCount({ kind: "percent", percent: 10 }, 3)).toBe(1);
    expect(resolveNodeCount({ kind: "percent", percent: 33 }, 6)).toBe(2);
    expect(resolveNodeCount({ kind: "percent", percent: 100 }, 7)).toBe(7);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 1_000 }), (percent, size) => {
        const nodes = resolveNodeCount({ kind: "percent", percent }, size);
        expect(nodes * 100).toBeGreaterThanOrEqual(percent * size);
        expect((nodes - 1) * 100).toBeLessThan(Math.max(1, percent * size));
      }),
    );
  });

  it("never work on more nodes than remain, and take surge nodes only within quota", () => {
    const input = fc.record({
      maxSurge: nodeCount,
      maxUnavailable: nodeCount,
      poolSize: fc.integer({ min: 1, max: 100 }),
      remaining: fc.integer({ min: 1, max: 100 }),
      obtainable: fc.integer({ min: 0, max: 100 }),
      fallsBackToOne: fc.boolean(),
    });
    fc.assert(
      fc.property(input, (given) => {
        const parallelism = parallelismOf(given);
        const wish = (count: NodeCount) => Math.min(resolveNodeCount(count, given.poolSize), given.remaining);
        const surge = wish(given.maxSurge);
        if (!parallelism) {
          expect(wish(given.maxUnavailable)).toBe(0);
          expect(surge === 0 || surge > given.obtainable).toBe(true);
          return;
        }
        expect(parallelism.nodes).toBeGreaterThan(0);
        expect(parallelism.nodes).toBeLessThanOrEqual(given.remaining);
        if (parallelism.kind === "surge") {
          expect(parallelism.nodes).toBeLessThanOrEqual(given.obtainable);
          expect([surge, 1]).toContain(parallelism.nodes);
        } else expect(surge === 0 || surge > given.obtainable).toBe(true);
      }),
    );
  });
});
