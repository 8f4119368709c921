import type { Clock } from "@fairway/core";

/** The machine's own time, for targets in the real world. The one place outside of the kernel that has a timer. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep(durationMs, signal) {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const abort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", abort);
        resolve();
      }, durationMs);
      signal?.addEventListener("abort", abort, { once: true });
    });
  },
};

/** Of this process, from any beginning: nobody sets it, and it stands still while the machine sleeps. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
