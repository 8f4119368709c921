import type { Clock } from "@fairway/core";

/** Time that passes at once whenever somebody waits for it. */
export function createTestClock(startMs = 0): Clock {
  let nowMs = startMs;
  return {
    now: () => nowMs,
    async sleep(durationMs, signal) {
      await Promise.resolve();
      signal?.throwIfAborted();
      nowMs += durationMs;
    },
  };
}
