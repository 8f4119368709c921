import { Random } from "@fairway/kernel";
import {
  createTrafficModel,
  flatRate,
  type ServiceSpec,
  type TrafficModel,
  type TrafficModelOptions,
} from "@fairway/lab";
import { describe, expect, test } from "vitest";
import { createRequestModel } from "../../../benchmarks/performance/traffic/reference/model.ts";

/** What the drawn steps must agree on with a simulation of each request, and how well. */
interface Case {
  readonly name: string;
  readonly spec: Omit<ServiceSpec, "name">;
  readonly perSecond: number;
  readonly hops?: number;
  readonly minutes: number;
  readonly events?: (model: TrafficModel, minute: number) => void;
}

const replicas = 5;
const cases: readonly Case[] = [
  { name: "room for all", spec: { serviceMs: 50, concurrency: 4 }, perSecond: 100, minutes: 3, hops: 3 },
  { name: "waits too short to notice", spec: { serviceMs: 300, concurrency: 4 }, perSecond: 32, minutes: 60 },
  {
    name: "short service near its limit",
    spec: { serviceMs: 80, concurrency: 2, lateAfterMs: 100 },
    perSecond: 110,
    minutes: 20,
  },
  {
    name: "long service near its limit",
    spec: { serviceMs: 20_000, concurrency: 2, lateAfterMs: 5_000, timeoutMs: 40_000 },
    perSecond: 0.45,
    minutes: 600,
  },
  {
    name: "more than it can do",
    spec: { serviceMs: 50, concurrency: 1, timeoutMs: 3_000, lateAfterMs: 1_000, retries: { attemptsMax: 2 } },
    perSecond: 120,
    minutes: 5,
  },
  {
    name: "a full line",
    spec: { serviceMs: 200, concurrency: 2, waitingMaxPerReplica: 4, lateAfterMs: 300 },
    perSecond: 60,
    minutes: 10,
  },
  {
    name: "a replica lost, another cold, a third ended in the middle of its work",
    spec: {
      serviceMs: 3_000,
      concurrency: 10,
      lateAfterMs: 500,
      warmUp: { durationMs: 40_000, speed: 0.4 },
      retries: { attemptsMax: 2 },
    },
    perSecond: 14,
    minutes: 40,
    events(model, minute) {
      if (minute % 8 === 1) model.setReplica("hop-0", "v1", "pod-1", "lost");
      if (minute % 8 === 2) model.setReplica("hop-0", "v1", "pod-1", undefined);
      if (minute % 8 === 3) model.setReplica("hop-0", "v1", "pod-1", "ready");
      if (minute % 8 === 5) model.setReplica("hop-0", "v1", "pod-2", "draining");
      if (minute % 8 === 6) model.setReplica("hop-0", "v1", "pod-2", undefined);
      if (minute % 8 === 7) model.setReplica("hop-0", "v1", "pod-2", "ready");
    },
  },
];

type Outcome = Record<"arrivals" | "served" | "late" | "failed" | "busyMs" | "inSystemMs", number>;

describe("drawn steps agree with a simulation of each request:", () => {
  test.each(cases)("$name", (one) => {
    const [steps, requests] = [createTrafficModel, createRequestModel].map((create) => meanOf(create, one));
    if (!steps || !requests) throw new Error("Both were run.");
    const text = JSON.stringify({ steps, requests }, undefined, 1);
    for (const key of ["served", "busyMs"] as const) expect(steps[key] / requests[key], text).toBeCloseTo(1, 1.5);
    for (const key of ["late", "failed", "inSystemMs"] as const) {
      const slack = 0.1 * requests[key] + 5 * Math.sqrt(requests[key]) + 0.002 * requests.arrivals;
      expect(Math.abs(steps[key] - requests[key]), `${key}: ${text}`).toBeLessThan(slack);
    }
  });
});

const seeds = ["a", "b", "c"];

function meanOf(create: (options: TrafficModelOptions) => TrafficModel, one: Case): Outcome {
  const sum: Outcome = { arrivals: 0, served: 0, late: 0, failed: 0, busyMs: 0, inSystemMs: 0 };
  for (const seed of seeds) {
    const outcome = run(create, one, seed);
    for (const key of Object.keys(sum) as (keyof Outcome)[]) sum[key] += outcome[key] / seeds.length;
  }
  return sum;
}

function run(create: (options: TrafficModelOptions) => TrafficModel, one: Case, seed: string): Outcome {
  const names = Array.from({ length: one.hops ?? 1 }, (_, index) => `hop-${index}`);
  const model = create({
    services: names.map((name) => ({ name, propagation: { medianMs: 2_000, p95Ms: 5_000 }, ...one.spec })),
    routes: [{ name: "payments", hops: names }],
    arrivals: flatRate(one.perSecond),
    random: new Random(seed),
    startMs: 0,
  });
  for (const name of names) {
    for (let pod = 0; pod < replicas; pod++) model.setReplica(name, "v1", `pod-${pod}`, "ready");
  }
  for (let minute = 1; minute <= one.minutes; minute++) {
    model.advanceTo(minute * 60_000);
    one.events?.(model, minute);
  }
  const { arrivals, served, late, failed, inFlight } = model.counters();
  expect(served + failed + inFlight).toBe(arrivals);
  const usage = names.map((name) => model.usage(name));
  const busyMs = usage.reduce((total, { busyMs: ms }) => total + ms, 0);
  const inSystemMs = usage.reduce((total, { inSystemMs: ms }) => total + ms, 0);
  return { arrivals, served, late, failed, busyMs, inSystemMs };
}
