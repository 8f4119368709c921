/** How often something has failed in a row, as the kubelet remembers it for one container. */
export interface BackOff {
  /** What the next failure has to wait. */
  readonly delayMs: number;
  /** When the last try began. */
  readonly triedAtMs: number;
}

const firstDelayMs = 10_000;
const longestDelayMs = 300_000;

/**
 * How long to wait after a failure at `failedAtMs`: nothing the first time, then 10 s, 20 s … 300 s; nothing again when
 * the last try lasted more than 10 minutes. Source: kubernetes/kubernetes, client-go util/flowcontrol Backoff as
 * kuberuntime_manager doBackOff uses it.
 */
export function waitAfterFailureMs(backOff: BackOff | undefined, failedAtMs: number): number {
  return backOff && !isForgotten(backOff, failedAtMs) ? backOff.delayMs : 0;
}

/** What to remember when the try after a failure at `failedAtMs` begins at `nowMs`. */
export function backOffAfterTry(backOff: BackOff | undefined, failedAtMs: number, nowMs: number): BackOff {
  const delayMs =
    backOff && !isForgotten(backOff, failedAtMs) ? Math.min(2 * backOff.delayMs, longestDelayMs) : firstDelayMs;
  return { delayMs, triedAtMs: nowMs };
}

/** Go's way to print whole seconds: `10s`, `2m40s`, `5m0s`. */
export function goDuration(durationMs: number): string {
  const seconds = Math.round(durationMs / 1_000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}

function isForgotten(backOff: BackOff, failedAtMs: number): boolean {
  return failedAtMs - backOff.triedAtMs > 2 * longestDelayMs;
}
