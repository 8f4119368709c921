import type { Clock } from "@fairway/core";
import { monotonicMs } from "../system-clock.ts";

/** A holder that has been silent for so long is taken for gone, wherever it was. */
export const silenceMs = 30_000;
/** How often a holder says that it is there. */
export const beatMs = 5_000;
/** Others still wait for so long and something more, in which what is about to be sent leaves. */
const sureMs = 20_000;

/**
 * When a holder last said that it is there. Of two clocks the one counts by which more has passed: the monotonic one stands still
 * while a machine sleeps, and the other one may be set back.
 */
export class LastSign {
  readonly #clock: Pick<Clock, "now">;
  #atMs: Moment | undefined;

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** Before it is said: others count from when they hear it. */
  now(): Moment {
    return { wallMs: this.#clock.now(), monotonicMs: monotonicMs() };
  }

  heard(atMs: Moment): void {
    this.#atMs = atMs;
  }

  get isRecent(): boolean {
    if (!this.#atMs) return false;
    const now = this.now();
    return Math.max(now.wallMs - this.#atMs.wallMs, now.monotonicMs - this.#atMs.monotonicMs) < sureMs;
  }
}

export interface Moment {
  readonly wallMs: number;
  readonly monotonicMs: number;
}
