import { Random } from "@fairway/kernel";
import {
  createTrafficModel,
  flatRate,
  type RateCurve,
  type ReplicaState,
  type ServiceSpec,
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
