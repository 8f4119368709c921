import { flatRate, type ReplicaState, type TrafficCounters } from "@fairway/lab";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { minute, modelOf, type Options } from "./traffic-world.ts";

describe("a seed", () => {
  const busy: Options = { arrivals: flatRate(950), hops: [{}, { retries: { attemptsMax: 2 } }] };
  function outcome(seed: number, stepsMs: number): TrafficCounters {
    const model = modelOf({ ...busy, seed });
    const advance = (toMs: number): void => {
      for (let atMs = model.nowMs + stepsMs; atMs < toMs; atMs += stepsMs) model.advanceTo(atMs);
      model.advanceTo(toMs);
    };
    advance(5 * minute);
    model.setReplica("hop-1", "v1", "pod-0", "lost");
    advance(6 * minute);
    model.setReplica("hop-1", "v1", "pod-0", "ready");
    advance(10 * minute);
    return model.counters();
  }

  test("decides everything", () => {
    expect(outcome(3, minute)).toEqual(outcome(3, minute));
    expect(outcome(3, minute)).not.toEqual(outcome(4, minute));
  });

  test("and how often it is asked moves results no further than another seed would", () => {
    const seeds = Array.from({ length: 20 }, (_, index) => index);
    const means = [250, 7_000, 600_000].map((stepsMs) => {
      const outcomes = seeds.map((seed) => outcome(seed, stepsMs));
      const mean = (pick: (one: TrafficCounters) => number): number =>
        outcomes.reduce((sum, one) => sum + pick(one), 0) / seeds.length;
      return {
        served: mean(({ served }) => served),
        late: mean(({ late }) => late),
        failed: mean(({ failed }) => failed),
      };
    });
    const [fine, middle, coarse] = means;
    for (const key of ["served", "late", "failed"] as const) {
      for (const other of [middle, coarse]) {
        const ratio = (other?.[key] ?? 0) / (fine?.[key] ?? 0);
        expect(ratio, `${key}: ${JSON.stringify(means)}`).toBeGreaterThan(0.93);
        expect(ratio, `${key}: ${JSON.stringify(means)}`).toBeLessThan(1.07);
      }
    }
  });
});

test("every request is served, has failed or is in flight, whatever happens", () => {
  const states: (ReplicaState | undefined)[] = ["starting", "ready", "unready", "draining", "lost", undefined];
  const change = fc.record({
    afterMs: fc.integer({ min: 1, max: 40_000 }),
    hop: fc.nat(2),
    backend: fc.constantFrom("v1", "v2"),
    pod: fc.nat(6),
    state: fc.constantFrom(...states),
    release: fc.constantFrom(0, 0.1, 1),
  });
  const hop = fc.record({
    serviceMs: fc.constantFrom(1, 50, 3_000, 40_000),
    concurrency: fc.integer({ min: 1, max: 10 }),
    timeoutMs: fc.constantFrom(500, 30_000),
    waitingMaxPerReplica: fc.constantFrom(3, Number.POSITIVE_INFINITY),
    withoutEndpoints: fc.constantFrom("refuse" as const, "hold" as const),
    retries: fc.record({ attemptsMax: fc.integer({ min: 1, max: 3 }), delayMs: fc.constantFrom(0, 100, 3_000) }),
  });
  fc.assert(
    fc.property(fc.nat(), fc.tuple(hop, hop, hop), fc.array(change, { maxLength: 30 }), (seed, hops, changes) => {
      const model = modelOf({ seed, hops, arrivals: flatRate(60) });
      let atMs = 0;
      for (const { afterMs, hop: index, backend, pod, state, release } of changes) {
        atMs += afterMs;
        model.advanceTo(atMs);
        model.setReplica(`hop-${index}`, backend, `pod-${pod}`, state);
        model.setHealth(`hop-${index}`, backend, { releaseErrorShare: release });
        const counters = model.counters();
        expect(counters.served + counters.failed + counters.inFlight).toBe(counters.arrivals);
        expect(Object.values(counters.failures).reduce((sum, one) => sum + one, 0)).toBe(counters.failed);
        expect(counters.late).toBeLessThanOrEqual(counters.served);
      }
    }),
    { numRuns: 100 },
  );
});
