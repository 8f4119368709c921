import { Random } from "@fairway/kernel";
import {
  type Convergence,
  createTrafficModel,
  flatRate,
  judgeMinutes,
  type RateCurve,
  type ReplicaState,
  type ServiceSpec,
  type TrafficCounters,
  type TrafficModel,
} from "@fairway/lab";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const second = 1_000;
const minute = 60 * second;
/** Changes of replicas reach the routes after exactly two seconds. */
const propagation = { medianMs: 2 * second, p95Ms: 2 * second };

interface Options {
  readonly arrivals?: RateCurve;
  readonly seed?: number | string;
  readonly hops?: readonly Partial<ServiceSpec>[];
}

/** 100 requests a second of 50 ms each, ten at a time per replica: a tenth of what five replicas can do. */
function modelOf({ arrivals = flatRate(100), seed = 1, hops = [{}] }: Options = {}): TrafficModel {
  const services = hops.map(
    (hop, index): ServiceSpec => ({ name: `hop-${index}`, serviceMs: 50, concurrency: 10, propagation, ...hop }),
  );
  const model = createTrafficModel({
    services,
    routes: [{ name: "payments", hops: services.map(({ name }) => name) }],
    arrivals,
    random: new Random(seed),
    startMs: 0,
  });
  for (const { name } of services) setReady(model, name, 5);
  return model;
}

function setReady(model: TrafficModel, service: string, count: number, backend = "v1"): void {
  model.setReplicas(service, backend, replicas(count));
}

function replicas(count: number, state: ReplicaState = "ready"): Map<string, ReplicaState> {
  return new Map(Array.from({ length: count }, (_, index) => [`pod-${index}`, state]));
}

/** Five standard deviations of a count that is expected to be so large. */
function around(mean: number): { from: number; to: number } {
  return { from: mean - 5 * Math.sqrt(mean) - 2, to: mean + 5 * Math.sqrt(mean) + 2 };
}

function expectAround(count: number, mean: number): void {
  const { from, to } = around(mean);
  expect(count).toBeGreaterThanOrEqual(from);
  expect(count).toBeLessThanOrEqual(to);
}

describe("a service with room", () => {
  test("serves all of them in time", () => {
    const model = modelOf();
    model.advanceTo(10 * minute);
    const { arrivals, served, late, failed, inFlight } = model.counters();
    expectAround(arrivals, 60_000);
    expect(arrivals).toBe(served + inFlight);
    expect([late, failed]).toEqual([0, 0]);
  });

  test("shows autoscalers the load that there is, with its noise", () => {
    const model = modelOf();
    const shares: number[] = [];
    for (let at = 15; at <= 3_600; at += 15) {
      const before = model.usage("hop-0");
      model.advanceTo(at * second);
      const after = model.usage("hop-0");
      shares.push((after.busyMs - before.busyMs) / (15 * second));
    }
    const mean = shares.reduce((sum, one) => sum + one, 0) / shares.length;
    const variance = shares.reduce((sum, one) => sum + (one - mean) ** 2, 0) / shares.length;
    // 100/s of 50 ms: 5 at work. 1,500 requests in 15 s, each with an exponential time: variance 2 · 1,500 · (50 ms)² / (15 s)².
    expect(mean).toBeGreaterThan(4.95);
    expect(mean).toBeLessThan(5.05);
    expect(variance).toBeGreaterThan(0.033 * 0.6);
    expect(variance).toBeLessThan(0.033 * 1.5);
    expect(model.usage("hop-0").cpuMillicoreMs).toBeCloseTo(model.usage("hop-0").busyMs * 100, 0);
  });
});

describe("replicas that go", () => {
  test("fail what is sent to them until the routes know, when nobody told the callers before", () => {
    const model = modelOf();
    model.advanceTo(minute);
    model.setReplica("hop-0", "v1", "pod-0", undefined);
    model.advanceTo(2 * minute);
    const { failures, failed } = model.counters();
    // A fifth of two seconds.
    expectAround(failures.staleEndpoint, 40);
    expect(failed).toBe(failures.staleEndpoint + failures.interrupted);
  });

  test("fail nothing when they answer until the routes know and their work is done", () => {
    const model = modelOf();
    model.advanceTo(minute);
    model.setReplica("hop-0", "v1", "pod-0", "draining");
    model.advanceTo(minute + 10 * second);
    model.setReplica("hop-0", "v1", "pod-0", undefined);
    model.advanceTo(2 * minute);
    expect(model.counters().failed).toBe(0);
    expect(model.usage("hop-0").routed).toBe(4);
  });

  test("fail for as long as nobody sees that their node is lost", () => {
    const model = modelOf();
    model.advanceTo(minute);
    model.setReplica("hop-0", "v1", "pod-0", "lost");
    model.advanceTo(minute + 40 * second);
    model.setReplica("hop-0", "v1", "pod-0", undefined);
    model.advanceTo(3 * minute);
    expectAround(model.counters().failures.staleEndpoint, 42 * 20);
  });

  test("break off what they work on", () => {
    const model = modelOf({ arrivals: flatRate(1), hops: [{ serviceMs: 60_000, concurrency: 100 }] });
    model.advanceTo(60 * minute);
    const before = model.usage("hop-0").inService;
    model.setReplica("hop-0", "v1", "pod-0", undefined);
    model.advanceTo(60 * minute + 1);
    expectAround(model.counters().failures.interrupted, before / 5);
  });

  test("leave nobody: requests are refused, or held where the platform holds them", () => {
    const refusing = modelOf();
    const holding = modelOf({ hops: [{ withoutEndpoints: "hold", timeoutMs: 60_000 }] });
    for (const model of [refusing, holding]) {
      model.advanceTo(minute);
      model.setReplicas("hop-0", "v1", replicas(5, "draining"));
      model.advanceTo(minute + 10 * second);
      setReady(model, "hop-0", 5);
      model.advanceTo(3 * minute);
    }
    // Away from 2 s after they drained to 2 s after they were ready.
    expectAround(refusing.counters().failures.noEndpoint, 1_000);
    expect(holding.counters().failed).toBe(0);
    expect(holding.counters().late).toBeGreaterThan(850);
  });
});

describe("too many requests", () => {
  test("wait, are late, and are gone when their time is over", () => {
    // Capacity is 1,000/s.
    const model = modelOf({ arrivals: flatRate(1_200), hops: [{ timeoutMs: 5_000, lateAfterMs: 1_000 }] });
    model.advanceTo(10 * minute);
    const { failures, late, served } = model.counters();
    // The line grows by 200/s until it is 5 s long, which takes 25 s; it passes one second after 5 s.
    expect(served / (600 * 1_000)).toBeGreaterThan(0.99);
    expect(served / (600 * 1_000)).toBeLessThan(1.01);
    expect(failures.timeout / (575 * 200)).toBeGreaterThan(0.95);
    expect(failures.timeout / (575 * 200)).toBeLessThan(1.05);
    expect(late / (595 * 1_000)).toBeGreaterThan(0.97);
    expect(late / (595 * 1_000)).toBeLessThan(1.01);
  });

  test("are refused where only some may wait", () => {
    const model = modelOf({ arrivals: flatRate(1_200), hops: [{ waitingMaxPerReplica: 20 }] });
    model.advanceTo(10 * minute);
    const { failures, late } = model.counters();
    expect(failures.overload / (600 * 200)).toBeGreaterThan(0.97);
    expect(failures.overload / (600 * 200)).toBeLessThan(1.03);
    expect(late).toBe(0);
    expect(model.usage("hop-0").waiting).toBeLessThanOrEqual(100);
  });
});

describe("retries", () => {
  test("of those who call save what another replica can answer, and add load", () => {
    const model = modelOf({ hops: [{ retries: { attemptsMax: 2, budgetShare: 1 } }] });
    model.setReplica("hop-0", "v1", "pod-0", "lost");
    model.advanceTo(10 * minute);
    const { failed, retries } = model.counters();
    // A fifth fails, and a fifth of these once more.
    expectAround(retries, 12_000);
    expectAround(failed, 2_400);
    expectAround(model.usage("hop-0").arrivals, 72_000);
  });

  test("stop at their budget", () => {
    const model = modelOf({ hops: [{ retries: { attemptsMax: 4, budgetShare: 0.2 } }] });
    model.setHealth("hop-0", "v1", { releaseErrorShare: 1 });
    model.advanceTo(10 * minute);
    const { arrivals, served, retries } = model.counters();
    expect(served).toBe(0);
    expect(retries / arrivals).toBeGreaterThan(0.19);
    expect(retries / arrivals).toBeLessThan(0.201);
  });

  test("of what timed out keep a service down that would be up without them", () => {
    const busy = { timeoutMs: 2_000, lateAfterMs: 60_000 };
    const [calm, storm] = [{}, { retries: { attemptsMax: 3, budgetShare: 1, delayMs: 500 } }].map((policy) => {
      const model = modelOf({ arrivals: flatRate(900), hops: [{ ...busy, ...policy }] });
      model.advanceTo(minute);
      model.setHealth("hop-0", "v1", { speed: 0.3 });
      model.advanceTo(2 * minute);
      model.setHealth("hop-0", "v1", {});
      model.advanceTo(3 * minute);
      return model.usage("hop-0").arrivals;
    });
    expect(storm).toBeGreaterThan((calm ?? 0) + 20_000);
  });
});

describe("backends", () => {
  test("get what their weights say, and a weight without replicas fails", () => {
    const model = modelOf();
    setReady(model, "hop-0", 2, "v2");
    model.setWeights("hop-0", { v1: 85, v2: 10, v3: 5 });
    model.setHealth("hop-0", "v2", { releaseErrorShare: 0.5 });
    model.advanceTo(10 * minute);
    const { failures } = model.counters();
    expectAround(model.usage("hop-0", "v1").arrivals, 51_000);
    expectAround(failures.release, 3_000);
    expectAround(failures.noEndpoint, 3_000);
  });

  test("without weights get the same for each replica", () => {
    const model = modelOf();
    setReady(model, "hop-0", 15, "v2");
    model.advanceTo(10 * minute);
    expectAround(model.usage("hop-0", "v1").arrivals, 15_000);
    expectAround(model.usage("hop-0", "v2").arrivals, 45_000);
  });

  test("that are slow, cold or without what they need show it", () => {
    const cold = modelOf({ arrivals: flatRate(600), hops: [{ warmUp: { durationMs: 30 * second, speed: 0.5 } }] });
    cold.advanceTo(minute);
    cold.setReplicas("hop-0", "v1", new Map());
    setReady(cold, "hop-0", 5, "v2");
    cold.advanceTo(minute + 22 * second);
    // 600/s at 500/s, from 2 s after they are ready.
    expect(cold.usage("hop-0").waiting).toBeGreaterThan(1_600);
    expect(cold.usage("hop-0").waiting).toBeLessThan(2_400);
    cold.advanceTo(2 * minute);
    expect(cold.usage("hop-0").waiting).toBeLessThan(100);

    const needy = modelOf();
    needy.setHealth("hop-0", "v1", { dependencyErrorShare: 0.25, speed: 0.5 });
    needy.advanceTo(10 * minute);
    expectAround(needy.counters().failures.dependency, 15_000);
    expect(needy.usage("hop-0").busyMs / (45_000 * 100)).toBeCloseTo(1, 1);
  });
});

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

test("a request that waits at two services is late once", () => {
  const slow = { serviceMs: 500, concurrency: 1, lateAfterMs: 100 };
  const model = modelOf({ arrivals: flatRate(9), hops: [slow, slow] });
  model.advanceTo(60 * minute);
  const { served, late, failed } = model.counters();
  expect(failed).toBe(0);
  // Erlang C for five servers at load 0.9: 76 % wait, 62 % longer than 100 ms at each of the two.
  const once = 1 - (1 - 0.6243) ** 2;
  expect(late / served).toBeGreaterThan(once - 0.06);
  expect(late / served).toBeLessThan(once + 0.06);
});

test("minutes sum up to the whole, and tell those below the objective and the outages", () => {
  const model = modelOf();
  model.advanceTo(10 * minute);
  model.setReplicas("hop-0", "v1", new Map());
  model.advanceTo(13 * minute);
  setReady(model, "hop-0", 5);
  model.advanceTo(20 * minute);
  const { minutes, ...totals } = model.counters();
  for (const key of ["arrivals", "served", "late", "failed"] as const) {
    expect(minutes.reduce((sum, one) => sum + one[key], 0)).toBe(totals[key]);
  }
  expect(minutes).toHaveLength(20);
  const { minutesBelow, outages } = judgeMinutes(minutes, { goodShare: 0.999 });
  expect(minutesBelow).toBe(4);
  expect(outages).toMatchObject([{ fromMs: 10 * minute, minutes: 3 }]);
});

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
