import type { Random } from "@fairway/kernel";
import type { Health } from "./backend.ts";
import { type Counts, type Minute, noFailures, type TrafficCounters } from "./counts.ts";
import { Network } from "./network.ts";
import type { RateCurve } from "./rate.ts";
import type { ReplicaState } from "./replicas.ts";
import { Routes } from "./routes.ts";
import type { Usage } from "./service.ts";
import type { Convergence, RouteSpec, ServiceSpec } from "./spec.ts";

export interface TrafficModelOptions {
  readonly services: readonly ServiceSpec[];
  readonly routes: readonly RouteSpec[];
  /** Of all routes together; its time 0 is `startMs`. */
  readonly arrivals: RateCurve;
  readonly random: Random;
  readonly startMs: number;
  /** Length of a `minute` of the counters. Default 60 s. */
  readonly bucketMs?: number;
}

/**
 * Requests as numbers. The owner advances the model to a time, tells what changes then, and goes on; whatever happened in
 * between is drawn with the state that held. What is told at `startMs` has been so for long: it holds at once.
 */
export interface TrafficModel {
  readonly nowMs: number;
  advanceTo(timeMs: number): void;
  /** One replica of a backend (a revision, a cluster's part) has changed; undefined: it is gone. */
  setReplica(service: string, backend: string, id: string, state: ReplicaState | undefined): void;
  /** All replicas of a backend by id; those that are not named are gone. */
  setReplicas(service: string, backend: string, states: ReadonlyMap<string, ReplicaState>): void;
  /**
   * What backends get of the requests of a service, relative to one another; those not named get nothing. Undefined, as
   * at the beginning: every replica gets the same, as behind one Kubernetes Service.
   */
  setWeights(service: string, weights: Readonly<Record<string, number>> | undefined): void;
  setHealth(service: string, backend: string, health: Health): void;
  /** What routes get, relative to one another, or nothing at all; clients follow as `convergence` says. */
  setShares(shares: Readonly<Record<string, number>>, convergence?: Convergence): void;
  /** Of a service, or of one of its backends. It only grows, but for what is there now: autoscalers look at differences. */
  usage(service: string, backend?: string): Usage;
  /** As in `usage`, which copies more. */
  busyMs(service: string): number;
  /** As in `counters`, which copies more. */
  readonly totals: Readonly<Counts>;
  counters(): TrafficCounters;
}

export function createTrafficModel(options: TrafficModelOptions): TrafficModel {
  const { arrivals, random, startMs, bucketMs = 60_000 } = options;
  const routes = new Routes(options.routes, random.stream("routes"));
  const network = new Network(options.services, options.routes, random);
  network.follow(routes.shares);
  const totals: Counts = { arrivals: 0, served: 0, late: 0, failed: 0 };
  const minutes: (Counts & Minute)[] = [];
  let nowMs = startMs;

  function advanceTo(timeMs: number): void {
    while (nowMs < timeMs) {
      const toMs = Math.min(timeMs, nextStopMs());
      step(toMs);
      nowMs = toMs;
      if (routes.nextChangeMs <= nowMs) followRoutes();
    }
  }

  /** The rate and the shares of the routes hold until then; services see to their own changes. */
  function nextStopMs(): number {
    const minuteEndMs = nowMs + bucketMs - ((nowMs - startMs) % bucketMs);
    const longestMs = nowMs + (network.isRetrying ? 1_000 : 60_000);
    const rateMs = startMs + arrivals.nextChangeMs(nowMs - startMs);
    return Math.ceil(Math.min(minuteEndMs, longestMs, rateMs, routes.nextChangeMs));
  }

  function step(toMs: number): void {
    const perSecond = arrivals.perSecondAt(nowMs - startMs);
    const counts = network.step((perSecond * (toMs - nowMs)) / 1_000, routes.shares, nowMs, toMs);
    add(totals, counts);
    add(minuteAt(nowMs), counts);
  }

  function minuteAt(timeMs: number): Counts {
    const index = Math.floor((timeMs - startMs) / bucketMs);
    for (let next = minutes.length; next <= index; next++) {
      minutes.push({ atMs: startMs + next * bucketMs, arrivals: 0, served: 0, late: 0, failed: 0 });
    }
    return minutes[index] ?? totals;
  }

  function followRoutes(): void {
    routes.settle(nowMs);
    network.follow(routes.shares);
  }

  return {
    get nowMs() {
      return nowMs;
    },
    totals,
    advanceTo,
    setReplica: (service, backend, id, state) =>
      network.service(service).setReplica(backend, id, state, nowMs, nowMs === startMs),
    setReplicas: (service, backend, states) =>
      network.service(service).setReplicas(backend, states, nowMs, nowMs === startMs),
    setWeights: (service, weights) => network.service(service).setWeights(weights),
    setHealth: (service, backend, health) => network.service(service).setHealth(backend, health),
    setShares(shares, convergence = {}) {
      routes.set(shares, nowMs === startMs ? {} : convergence, nowMs);
      network.follow(routes.shares);
    },
    usage: (service, backend) => network.service(service).usage(backend),
    busyMs: (service) => network.service(service).busyMs,
    counters: () => countersOf(network, totals, minutes),
  };
}

function countersOf(network: Network, totals: Counts, minutes: readonly Minute[]): TrafficCounters {
  const failures = noFailures();
  network.addFailures(failures);
  return {
    ...totals,
    failures,
    failedAt: network.failedAt(),
    inFlight: network.inFlight,
    retries: network.retries,
    minutes: minutes.map((minute) => ({ ...minute })),
  };
}

function add(to: Counts, counts: Counts): void {
  to.arrivals += counts.arrivals;
  to.served += counts.served;
  to.late += counts.late;
  to.failed += counts.failed;
}
