import { Random } from "@fairway/kernel";
import {
  createTrafficModel,
  flatRate,
  type RateCurve,
  type ReplicaState,
  type ServiceSpec,
  type TrafficModel,
} from "@fairway/lab";
import { expect } from "vitest";

export const second = 1_000;
export const minute = 60 * second;
/** Changes of replicas reach the routes after exactly two seconds. */
const propagation = { medianMs: 2 * second, p95Ms: 2 * second };

export interface Options {
  readonly arrivals?: RateCurve;
  readonly seed?: number | string;
  readonly hops?: readonly Partial<ServiceSpec>[];
}

/** 100 requests a second of 50 ms each, ten at a time per replica: a tenth of what five replicas can do. */
export function modelOf({ arrivals = flatRate(100), seed = 1, hops = [{}] }: Options = {}): TrafficModel {
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

export function setReady(model: TrafficModel, service: string, count: number, backend = "v1"): void {
  model.setReplicas(service, backend, replicas(count));
}

export function replicas(count: number, state: ReplicaState = "ready"): Map<string, ReplicaState> {
  return new Map(Array.from({ length: count }, (_, index) => [`pod-${index}`, state]));
}

/** Five standard deviations of a count that is expected to be so large. */
function around(mean: number): { from: number; to: number } {
  return { from: mean - 5 * Math.sqrt(mean) - 2, to: mean + 5 * Math.sqrt(mean) + 2 };
}

export function expectAround(count: number, mean: number): void {
  const { from, to } = around(mean);
  expect(count).toBeGreaterThanOrEqual(from);
  expect(count).toBeLessThanOrEqual(to);
}
