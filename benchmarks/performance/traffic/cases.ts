import { builtInTrace } from "@fairway/lab";
import { runFleet } from "./fleet.ts";
import { runPeak } from "./peak.ts";
import type { CreateModel, Outcome } from "./scaled-run.ts";

/** 2.5 million payments a day keep half of 3,000 replicas busy. */
const company = { replicas: 3_000, busyReplicas: 1_500 };
const flat = { ...company, arrivals: () => builtInTrace({ name: "flat" }), hours: 4 };
const nationalDay = { ...company, arrivals: () => builtInTrace({ name: "17-may" }), hours: 24 };

/** What can be run with either model, by name. */
export const cases: Readonly<Record<string, (create: CreateModel, seed: number) => Outcome>> = {
  "500 services, 1 hop": (create, seed) => runFleet(create, { ...flat, services: 500, hops: 1 }, seed),
  "500 services, 8 hops": (create, seed) => runFleet(create, { ...flat, services: 500, hops: 8 }, seed),
  "50 services, 1 hop": (create, seed) => runFleet(create, { ...flat, services: 50, hops: 1 }, seed),
  "peak with incidents": runPeak,
  "17 May, 100 services": (create, seed) => runFleet(create, { ...nationalDay, services: 100, hops: 1 }, seed),
  "17 May, 100 services, 5 hops": (create, seed) => runFleet(create, { ...nationalDay, services: 100, hops: 5 }, seed),
  "17 May, 500 services": (create, seed) => runFleet(create, { ...nationalDay, services: 500, hops: 1 }, seed),
};
