import { lateAfterMs } from "../live/setting.ts";
import { Histogram } from "./histogram.ts";
import { type Bucket, type LoadResult, type Outcome, outcomes } from "./spec.ts";

export const bucketMs = 250;

interface OpenBucket {
  readonly atMs: number;
  readonly counts: Record<Outcome, number>;
  readonly byRevision: Record<string, { ok: number; failed: number }>;
}

/** A request that has left. */
export interface Request {
  readonly index: number;
  /** When it should have left, from the start of the load. */
  readonly scheduledMs: number;
  /** When it did. */
  readonly sentMs: number;
}

const noAnswer = { status: 0, revision: "" };

/** Collects what happened, request by request, in stretches of time and in histograms. */
export class Recorder {
  readonly #latency = new Histogram();
  readonly #service = new Histogram();
  readonly #lag = new Histogram();
  readonly #buckets: OpenBucket[] = [];
  #outcomes = new Uint8Array(4_096).fill(255);
  #statuses = new Uint16Array(4_096);
  readonly #failures: Record<string, Record<string, number>> = {};
  #sent = 0;
  #late = 0;

  sent({ index, scheduledMs, sentMs }: Request): void {
    this.#sent = Math.max(this.#sent, index + 1);
    if (index >= this.#outcomes.length) this.#grow();
    this.#lag.record(sentMs - scheduledMs);
  }

  answered(request: Request, head: { status: number; revision: string }, nowMs: number): void {
    const isOk = head.status >= 200 && head.status < 300;
    const latencyMs = nowMs - request.scheduledMs;
    this.#ended(request, isOk ? "ok" : "error", head);
    if (isOk && latencyMs > lateAfterMs) this.#late += 1;
    this.#latency.record(latencyMs);
    this.#service.record(nowMs - request.sentMs);
  }

  /** The request has no answer, and will get none. */
  failed(request: Request, outcome: "refused" | "timeout"): void {
    this.#ended(request, outcome, noAnswer);
  }

  #ended(request: Request, outcome: Outcome, { status, revision }: { status: number; revision: string }): void {
    this.#outcomes[request.index] = outcomes.indexOf(outcome);
    this.#statuses[request.index] = status;
    const bucket = this.#bucketAt(request.scheduledMs);
    bucket.counts[outcome] += 1;
    const counts = (bucket.byRevision[revision] ??= { ok: 0, failed: 0 });
    if (outcome === "ok") {
      counts.ok += 1;
      return;
    }
    counts.failed += 1;
    const byRevision = (this.#failures[status > 0 ? `HTTP ${status}` : outcome] ??= {});
    byRevision[revision] = (byRevision[revision] ?? 0) + 1;
  }

  /** Stretches that have begun after `afterMs`; their counts may still grow. */
  buckets(afterMs = -1): readonly Bucket[] {
    return this.#buckets.filter((bucket) => bucket.atMs > afterMs);
  }

  result(startedAtMs: number, durationMs: number): LoadResult {
    return {
      startedAtMs,
      durationMs,
      bucketMs,
      buckets: this.#buckets,
      totals: sumCounts(this.#buckets),
      totalsByRevision: sumRevisions(this.#buckets),
      failures: this.#failures,
      late: this.#late,
      latency: this.#latency.summary(),
      serviceTime: this.#service.summary(),
      dispatchLag: this.#lag.summary(),
      outcomeByRequest: this.#outcomes.slice(0, this.#sent),
      statusByRequest: this.#statuses.slice(0, this.#sent),
    };
  }

  #bucketAt(scheduledMs: number): OpenBucket {
    const position = Math.floor(scheduledMs / bucketMs);
    while (this.#buckets.length <= position) {
      this.#buckets.push({ atMs: this.#buckets.length * bucketMs, counts: noCounts(), byRevision: {} });
    }
    return this.#buckets[position] ?? { atMs: 0, counts: noCounts(), byRevision: {} };
  }

  #grow(): void {
    const outcomesGrown = new Uint8Array(2 * this.#outcomes.length).fill(255);
    outcomesGrown.set(this.#outcomes);
    this.#outcomes = outcomesGrown;
    const statusesGrown = new Uint16Array(outcomesGrown.length);
    statusesGrown.set(this.#statuses);
    this.#statuses = statusesGrown;
  }
}

export function sumCounts(buckets: readonly Bucket[]): Record<Outcome, number> {
  const sum = noCounts();
  for (const { counts } of buckets) for (const outcome of outcomes) sum[outcome] += counts[outcome];
  return sum;
}

export function sumRevisions(buckets: readonly Bucket[]): Record<string, { ok: number; failed: number }> {
  const sum: Record<string, { ok: number; failed: number }> = {};
  for (const { byRevision } of buckets) {
    for (const [revision, { ok, failed }] of Object.entries(byRevision)) {
      const total = (sum[revision] ??= { ok: 0, failed: 0 });
      total.ok += ok;
      total.failed += failed;
    }
  }
  return sum;
}

function noCounts(): Record<Outcome, number> {
  return { ok: 0, error: 0, refused: 0, timeout: 0 };
}
