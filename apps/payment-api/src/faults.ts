import { setTimeout as delay } from "node:timers/promises";
import { Problem } from "./http/problem.ts";
import type { FaultSettings } from "./settings.ts";

/** Called before a payment touches the ledger: waits, and throws for the chosen share of payments. */
export type Faults = () => Promise<void>;

/** Undefined when there is nothing to inject. The same seed fails the same requests, counted in order of arrival. */
export function createFaults(settings: FaultSettings): Faults | undefined {
  if (settings.errorRate === 0 && settings.latencyMs === 0) return undefined;
  const draw = createRandom(settings.seed);
  return async () => {
    const fails = draw() < settings.errorRate;
    if (settings.latencyMs > 0) await delay(settings.latencyMs);
    if (fails)
      throw new Problem("internal-error", "This release fails a share of its payments: FAULT_ERROR_RATE is set.");
  };
}

/** mulberry32 by Tommy Ettinger: uniform in [0, 1), 32 bits of state. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
