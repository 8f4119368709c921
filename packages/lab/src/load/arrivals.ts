import { Random } from "@fairway/kernel";

/** The times at which requests should leave, in milliseconds from the start, one after another. */
export interface Arrivals {
  /** The time of the next request; stays the same until `advance`. */
  readonly nextMs: number;
  advance(): void;
}

export function createArrivals(kind: "constant" | "poisson", ratePerSecond: number, seed: string): Arrivals {
  const random = new Random(seed).stream("arrivals");
  const meanGapMs = 1_000 / ratePerSecond;
  let index = 0;
  let nextMs = kind === "constant" ? 0 : random.exponential(meanGapMs);
  return {
    get nextMs() {
      return nextMs;
    },
    advance() {
      index += 1;
      // Constant times are multiplied, not added up, so that a long run does not drift.
      nextMs = kind === "constant" ? index * meanGapMs : nextMs + random.exponential(meanGapMs);
    },
  };
}
