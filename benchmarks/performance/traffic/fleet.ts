import { Random } from "@fairway/kernel";
import type { RateCurve, ServiceSpec } from "@fairway/lab";
import { type CreateModel, type Outcome, runScaled } from "./scaled-run.ts";

export interface FleetOptions {
  readonly services: number;
  /** Services that a payment passes; each service is in one way only. */
  readonly hops: number;
  /** At the beginning, all services together. */
  readonly replicas: number;
  /** Of them, those at work at the mean rate of the day. */
  readonly busyReplicas: number;
  readonly arrivals: () => RateCurve;
  readonly hours: number;
}

const paymentsPerSecond = 2_500_000 / 86_400;

/** Many services of few replicas, each of which does one thing at a time: where noise moves autoscalers most. */
export function runFleet(create: CreateModel, options: FleetOptions, seed: number): Outcome {
  const { hops, hours, replicas } = options;
  const ways = Math.floor(options.services / hops);
  const serviceMs = (options.busyReplicas / paymentsPerSecond / hops) * 1_000;
  const services = Array.from(
    { length: ways * hops },
    (_, index): ServiceSpec => ({
      name: `service-${index}`,
      serviceMs,
      concurrency: 1,
      timeoutMs: 5 * serviceMs,
      lateAfterMs: serviceMs,
    }),
  );
  const routes = Array.from({ length: ways }, (_, way) => ({
    name: `way-${way}`,
    hops: services.slice(way * hops, (way + 1) * hops).map(({ name }) => name),
  }));
  return runScaled({
    create,
    model: { services, routes, arrivals: options.arrivals(), random: new Random(seed), startMs: 0 },
    hours,
    scaling: { replicas: Math.round(replicas / services.length), replicasMin: 2 },
  });
}
