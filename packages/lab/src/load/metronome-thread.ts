import { parentPort, workerData } from "node:worker_threads";
import { createArrivals } from "./arrivals.ts";
import { type Beat, hostMs } from "./metronome.ts";

/** Requests closer together than this leave on one beat. */
const beatMsMin = 0.1;

beat(workerData as Beat);

/** Follows the same schedule as the load. This thread does nothing else, so it may sleep. */
function beat({ spec, zeroMs }: Beat): void {
  const never = new Int32Array(new SharedArrayBuffer(4));
  const arrivals = createArrivals(spec.arrivals, spec.ratePerSecond, spec.seed);
  const endMs = spec.durationMs ?? Number.POSITIVE_INFINITY;
  for (let lastMs = -beatMsMin; arrivals.nextMs < endMs; arrivals.advance()) {
    if (arrivals.nextMs < lastMs + beatMsMin) continue;
    const waitMs = zeroMs + arrivals.nextMs - hostMs();
    if (waitMs > 0) Atomics.wait(never, 0, 0, waitMs);
    parentPort?.postMessage(undefined);
    lastMs = hostMs() - zeroMs;
  }
}
