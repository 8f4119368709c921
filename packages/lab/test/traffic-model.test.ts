import { flatRate, judgeMinutes } from "@fairway/lab";
import { describe, expect, test } from "vitest";
import { expectAround, minute, modelOf, replicas, second, setReady } from "./traffic-world.ts";

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
