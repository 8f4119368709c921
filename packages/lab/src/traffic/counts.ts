/**
 * Why a request failed. `noEndpoint`: no replica was routed to, or there was no route at all. `staleEndpoint`: it was sent to a replica that is gone.
 * `overload`: too many waited. `timeout`: it waited too long. `interrupted`: its replica stopped in the middle of it.
 * `release`, `dependency`: the replica answered with an error, by its own fault or by that of something it needs.
 */
export const failureReasons = [
  "noEndpoint",
  "staleEndpoint",
  "overload",
  "timeout",
  "interrupted",
  "release",
  "dependency",
] as const;
export type FailureReason = (typeof failureReasons)[number];
export type Failures = Record<FailureReason, number>;

/** Requests of the clients that arrived and that ended; `late` are some of the served. */
export interface Counts {
  arrivals: number;
  served: number;
  late: number;
  failed: number;
}

export interface TrafficCounters extends Readonly<Counts> {
  /** By the reason of the last try. */
  readonly failures: Readonly<Failures>;
  /** By the service at which it failed; those without a route failed at none. */
  readonly failedAt: Readonly<Record<string, number>>;
  /** Being worked on, waiting, or about to be tried again: arrivals − served − failed. */
  readonly inFlight: number;
  /** Tries beyond the first. */
  readonly retries: number;
  readonly minutes: readonly Minute[];
}

/** What arrived and what ended within a minute (or what `bucketMs` says); minutes in which nothing did are there too. */
export interface Minute extends Readonly<Counts> {
  readonly atMs: number;
}

export function noFailures(): Failures {
  return {
    noEndpoint: 0,
    staleEndpoint: 0,
    overload: 0,
    timeout: 0,
    interrupted: 0,
    release: 0,
    dependency: 0,
  };
}

/** A stretch of minutes in which too many requests failed. */
export interface Outage {
  readonly fromMs: number;
  readonly minutes: number;
  readonly failed: number;
}

export interface Objective {
  /** Of the requests that end in a minute, so many must be served in time: 0.999. */
  readonly goodShare: number;
  /** A minute in which so many of them fail belongs to an outage. Default 0.5. */
  readonly outageShare?: number;
}

export function judgeMinutes(
  minutes: readonly Minute[],
  { goodShare, outageShare = 0.5 }: Objective,
): { minutesBelow: number; outages: Outage[] } {
  let minutesBelow = 0;
  const outages: Outage[] = [];
  let isOutage = false;
  for (const { atMs, served, late, failed } of minutes) {
    const ended = served + failed;
    if (ended > 0 && served - late < goodShare * ended) minutesBelow += 1;
    const last = outages.at(-1);
    const isDown = ended > 0 && failed >= outageShare * ended;
    if (isDown && isOutage && last) {
      outages[outages.length - 1] = { ...last, minutes: last.minutes + 1, failed: last.failed + failed };
    } else if (isDown) {
      outages.push({ fromMs: atMs, minutes: 1, failed });
    }
    isOutage = isDown;
  }
  return { minutesBelow, outages };
}
