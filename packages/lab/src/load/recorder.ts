import { build, type Histogram } from "hdr-histogram-js";
import { type Bucket, type LatencySummary, type LoadResult, type Outcome, outcomes } from "./spec.ts";

export const bucketMs = 250;

interface OpenBucket {
  readonly atMs: number;
  readonly counts: Record<Outcome, number>;
  readonly byRevision: Record<string, { ok: number; failed: number }>;
}

/** Collects what happened, request by request, in stretches of time and in histograms of microseconds. */
export class Recorder {
  readonly #latency: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 600_000_000,
    numberOfSignificantValueDigits: 3,
  });
  readonly #lag: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 600_000_000,
    numberOfSignificantValueDigits: 3,
  });
  readonly #buckets: OpenBucket[] = [];
  #outcomes = new Uint8Array(4_096).fill(255);
  #statuses = new Uint16Array(4_096);
  #sent = 0;

  sent(index: number, lagMs: number): void {
    this.#sent = Math.max(this.#sent, index + 1);
    if (index >= this.#outcomes.length) this.#grow();
    this.#lag.recordValue(microseconds(lagMs));
  }

  /** `scheduledMs` and `latencyMs` count from the start of the load and from when the request should have left. */
  ended(
    request: { index: number; scheduledMs: number },
    outcome: Outcome,
    answer: { status: number; revision: string; latencyMs: number },
  ): void {
    this.#outcomes[request.index] = outcomes.indexOf(outcome);
    this.#statuses[request.index] = answer.status;
    const bucket = this.#bucketAt(request.scheduledMs);
    bucket.counts[outcome] += 1;
    const revision = (bucket.byRevision[answer.revision] ??= { ok: 0, failed: 0 });
    if (outcome === "ok") revision.ok += 1;
    else revision.failed += 1;
    if (answer.status > 0) this.#latency.recordValue(microseconds(answer.latencyMs));
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
      latency: summarise(this.#latency),
      dispatchLag: summarise(this.#lag),
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

function microseconds(ms: number): number {
  return Math.max(1, Math.round(ms * 1_000));
}

function summarise(histogram: Histogram): LatencySummary {
  const at = (percentile: number): number =>
    histogram.totalCount === 0 ? 0 : histogram.getValueAtPercentile(percentile) / 1_000;
  return {
    p50Ms: at(50),
    p90Ms: at(90),
    p99Ms: at(99),
    p999Ms: at(99.9),
    maxMs: at(100),
    meanMs: histogram.totalCount === 0 ? 0 : histogram.mean / 1_000,
  };
}
