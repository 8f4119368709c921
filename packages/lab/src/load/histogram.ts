import type { LatencySummary } from "./spec.ts";

/** Values up to 2^37 µs (38 hours) in steps that are at most 1/1024 of the value. */
const subBits = 10;
const subCount = 2 ** subBits;
const valueMax = 2 ** 37 - 1;

/**
 * Durations in microseconds, log-linear as in HdrHistogram: exact below 2,048 µs, then within 0.1 %. A tenth of the cost
 * of a general one per value, which matters because it is paid for every request, twice.
 */
export class Histogram {
  readonly #counts = new Uint32Array((37 - subBits + 1) * subCount);
  #total = 0;
  #sumUs = 0;

  record(durationMs: number): void {
    const us = Math.min(valueMax, Math.max(0, Math.round(1_000 * durationMs)));
    const index = indexOf(us);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#total += 1;
    this.#sumUs += us;
  }

  summary(): LatencySummary {
    return {
      p50Ms: this.#percentileMs(50),
      p90Ms: this.#percentileMs(90),
      p99Ms: this.#percentileMs(99),
      p999Ms: this.#percentileMs(99.9),
      maxMs: this.#percentileMs(100),
      meanMs: this.#total === 0 ? 0 : this.#sumUs / this.#total / 1_000,
    };
  }

  /** The smallest recorded value, rounded up by its step, that `percentile` percent of all do not exceed; 0 of none. */
  #percentileMs(percentile: number): number {
    let left = Math.ceil((percentile / 100) * this.#total);
    if (left === 0) return 0;
    for (let index = 0; index < this.#counts.length; index += 1) {
      left -= this.#counts[index] ?? 0;
      if (left <= 0) return highestOf(index) / 1_000;
    }
    return valueMax / 1_000;
  }
}

/** Row r ≥ 1 holds 2^(r+9) … 2^(r+10)-1 in steps of 2^(r-1); row 0 what is below. */
function indexOf(us: number): number {
  const row = us < subCount ? 0 : rowOf(us);
  return row === 0 ? us : row * subCount + (Math.floor(us / 2 ** (row - 1)) - subCount);
}

function rowOf(us: number): number {
  // Math.clz32 looks at 32 bits only.
  const bits = us < 2 ** 32 ? 32 - Math.clz32(us) : 64 - Math.clz32(Math.floor(us / 2 ** 32));
  return bits - subBits;
}

function highestOf(index: number): number {
  const row = Math.floor(index / subCount);
  if (row === 0) return index;
  const step = 2 ** (row - 1);
  return ((index % subCount) + subCount + 1) * step - 1;
}
