/** A load, as plain data: it crosses a thread boundary. */
export interface LoadSpec {
  /** Where connections go. */
  readonly address: { readonly host: string; readonly port: number };
  /** The Host header. */
  readonly hostName: string;
  readonly ratePerSecond: number;
  readonly arrivals: "constant" | "poisson";
  readonly seed: string;
  readonly workload: Workload;
  /** A request without an answer for so long, counted from when it should have left, has failed. */
  readonly timeoutMs: number;
  /** Requests that find no idle connection open a new one, up to this many; beyond that they leave late, which `dispatchLag` shows. */
  readonly connectionsMax: number;
  /** Stop by itself after so long. */
  readonly durationMs?: number;
}

export type Workload =
  /** `GET path`, without a body. */
  | { readonly kind: "get"; readonly path: string }
  /** Payments between `accounts` accounts; each has its own idempotency key `<run>-<index>`. */
  | { readonly kind: "payments"; readonly run: string; readonly accounts: number; readonly currency: string };

/** How one request ended. */
export const outcomes = ["ok", "error", "refused", "timeout"] as const;
/** `ok`: 2xx. `error`: any other answer. `refused`: no connection, or it broke before the answer. `timeout`: no answer in time. */
export type Outcome = (typeof outcomes)[number];

/** What happened to the requests that should have left in one stretch of time. */
export interface Bucket {
  /** From the start of the load. */
  readonly atMs: number;
  readonly counts: Readonly<Record<Outcome, number>>;
  /** Answers by the revision that gave them; "" when none is known. */
  readonly byRevision: Readonly<Record<string, { readonly ok: number; readonly failed: number }>>;
}

export interface LatencySummary {
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
  readonly meanMs: number;
}

export interface LoadResult {
  /** Wall-clock time at which the load began, milliseconds since the epoch. */
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly bucketMs: number;
  readonly buckets: readonly Bucket[];
  readonly totals: Readonly<Record<Outcome, number>>;
  readonly totalsByRevision: Readonly<Record<string, { readonly ok: number; readonly failed: number }>>;
  /** Failed requests by reason, such as `HTTP 503` or `timeout`, and by the revision that answered, "" when none did. */
  readonly failures: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Requests that succeeded more than a second after they should have left. */
  readonly late: number;
  /** Of the requests that got an answer, from the time they should have left. */
  readonly latency: LatencySummary;
  /** Of the same requests, from the time they really left: what a closed loop would call latency. */
  readonly serviceTime: LatencySummary;
  /** How late requests really left. */
  readonly dispatchLag: LatencySummary;
  /** By request, in order: its outcome as an index into `outcomes`, or 255 when it was still open at the end. */
  readonly outcomeByRequest: Uint8Array;
  /** By request: HTTP status, 0 without one. */
  readonly statusByRequest: Uint16Array;
}
