import { Random } from "@fairway/kernel";
import { builtInTrace, type ServiceSpec, type TrafficModel } from "@fairway/lab";
import { type Autoscaler, loopMs } from "./autoscaler.ts";
import { type CreateModel, type Outcome, runScaled } from "./scaled-run.ts";

const minuteMs = 60_000;
const patience = { timeoutMs: 10_000, lateAfterMs: 1_000, retries: { attemptsMax: 2 } };
const services: readonly ServiceSpec[] = [
  { name: "gateway", serviceMs: 5, concurrency: 50, ...patience },
  {
    name: "payment-api",
    serviceMs: 300,
    concurrency: 10,
    warmUp: { durationMs: 30_000, speed: 0.5 },
    ...patience,
  },
  { name: "ledger", serviceMs: 120, concurrency: 20, ...patience },
];

/** Half past ten to half past twelve on 17 May: a million payments, and all that can go wrong. */
export function runPeak(create: CreateModel, seed: number): Outcome {
  return runScaled({
    create,
    model: {
      services,
      routes: [{ name: "payments", hops: services.map(({ name }) => name) }],
      arrivals: builtInTrace({ name: "17-may", startHour: 10.5 }),
      random: new Random(seed),
      startMs: 0,
    },
    hours: 2,
    scaling: { replicas: 6, replicasMin: 6 },
    incidents,
  });
}

function incidents(model: TrafficModel, [gateway, api, ledger]: readonly Autoscaler[]): void {
  const at = (minute: number): boolean => model.nowMs === minute * minuteMs;
  // A node goes each ten minutes; it takes 45 s until that is seen.
  if (model.nowMs % (10 * minuteMs) === 0) for (const one of [gateway, api, ledger]) one?.lose(1, 3 * loopMs);
  if (at(20)) model.setHealth("payment-api", "v1", { releaseErrorShare: 0.05 });
  if (at(24)) model.setHealth("payment-api", "v1", {});
  if (at(65)) api?.lose(Math.floor(api.replicas * 0.8), loopMs);
  if (at(85)) ledger?.lose(ledger.replicas, loopMs);
  if (at(100)) model.setHealth("ledger", "v1", { dependencyErrorShare: 0.5, speed: 0.4 });
  if (at(102)) model.setHealth("ledger", "v1", {});
}
