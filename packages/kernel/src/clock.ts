/** A point in time: integer milliseconds since the Unix epoch, of the world that the clock belongs to. */
export interface Clock {
  now(): number;
}

export interface Timer {
  /** Does nothing when the timer has fired already. */
  cancel(): void;
}

/**
 * A clock on which work can be put. Callbacks are synchronous; they run in the order (time, priority, order of
 * scheduling), never inside the call that scheduled them.
 */
export interface Scheduler extends Clock {
  /** Runs `run` at `timeMs`, or at once (but later than this call) when that has passed. Lower priority runs first. */
  at(timeMs: number, run: () => void, priority?: number): Timer;
  /** Runs `run` after `delayMs` milliseconds; fractions are rounded up. */
  after(delayMs: number, run: () => void, priority?: number): Timer;
}

/** Resolves after `delayMs` on the given clock; rejects with the signal's reason when that aborts first. */
export function sleep(clock: Scheduler, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const timer = clock.after(delayMs, () => {
      signal?.removeEventListener("abort", abort);
      resolve();
    });
    function abort(): void {
      timer.cancel();
      reject(signal?.reason);
    }
    signal?.addEventListener("abort", abort, { once: true });
  });
}

/** Milliseconds with fractions on a clock that never goes back, for measuring; its zero means nothing. */
export function monotonicMs(): number {
  return performance.now();
}
