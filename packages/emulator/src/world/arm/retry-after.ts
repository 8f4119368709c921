import type { World } from "../world.ts";

/** The Azure SDK for JavaScript waits at least this long, so that its date still lies ahead when it is read. */
const leastDateAheadMs = 200;

/**
 * `Retry-After` for an interval of `seconds` on real Azure, divided by the time scale. Whole seconds, at least 1, as the
 * contract has it. Compressed time needs shorter ones: the Azure SDK for JavaScript (core-lro 3.4: `parseInt`, else
 * `new Date`) ignores 0 and reads a date to the millisecond, so it gets a date. Other clients do not take such a date
 * (Python's email.utils fails on it) and get 1.
 */
export function retryAfter(world: Pick<World, "timeScale" | "clock">, seconds: number, userAgent = ""): string {
  const waitMs = (seconds * 1_000) / world.timeScale;
  if (waitMs >= 1_000 || !userAgent.includes("azsdk-js-")) return String(Math.max(1, Math.ceil(waitMs / 1_000)));
  return httpDate(world.clock.now() + Math.max(leastDateAheadMs, waitMs));
}

function httpDate(timeMs: number): string {
  const milliseconds = String(Math.round(timeMs) % 1_000).padStart(3, "0");
  return new Date(timeMs).toUTCString().replace(" GMT", `.${milliseconds} GMT`);
}
