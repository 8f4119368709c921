import { Worker } from "node:worker_threads";
import type { LoadSpec } from "./spec.ts";

/** What the thread of a metronome works with. */
export interface Beat {
  readonly spec: LoadSpec;
  /** Start of the load on the clock of `hostMs`. */
  readonly zeroMs: number;
}

/**
 * Calls `onBeat` when a request is due. Node's own timers are whole milliseconds: by them alone a request leaves half a
 * millisecond late, more than most services take to answer. So another thread sleeps until the very time and sends a
 * message, which is a tenth of a millisecond late and costs a tenth of a core at 1,500 requests per second. Undefined
 * where requests follow so closely that the answers, of which each sends what is due, keep the time.
 */
export function startMetronome(spec: LoadSpec, elapsedMs: number, onBeat: () => void): Worker | undefined {
  if (spec.ratePerSecond > rateMax) return undefined;
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const workerData: Beat = { spec, zeroMs: hostMs() - elapsedMs };
  const worker = new Worker(new URL(`./metronome-thread.${extension}`, import.meta.url), { workerData });
  worker.on("message", onBeat);
  return worker;
}

const rateMax = 10_000;

/** The same on all threads of a process, which `performance.now` is not. */
export function hostMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
