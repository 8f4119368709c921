/**
 * How many replicas a revision should have next: `ceil(metric / target)`, upwards by 1, then to 4, then doubling, and
 * never beyond the limits. Source: Container Apps, scale-app.
 */
export function nextReplicas(
  current: number,
  wanted: number,
  limits: { readonly min: number; readonly max: number },
): number {
  const bounded = Math.min(limits.max, Math.max(limits.min, wanted));
  if (bounded <= current) return bounded;
  return Math.min(bounded, current === 0 ? 1 : Math.max(4, 2 * current));
}

/** Requests of a window, per second of it, against the target per replica. */
export function replicasForLoad(requests: number, windowSeconds: number, concurrencyPerReplica: number): number {
  return Math.ceil(requests / windowSeconds / concurrencyPerReplica);
}

/** Highest recommendation of the last `windowMs`: what scaling down waits for. */
export class Stabilization {
  readonly #windowMs: number;
  #recent: { readonly timeMs: number; readonly replicas: number }[] = [];

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  highest(replicas: number, nowMs: number): number {
    this.#recent = [
      ...this.#recent.filter(({ timeMs }) => timeMs > nowMs - this.#windowMs),
      { timeMs: nowMs, replicas },
    ];
    return Math.max(...this.#recent.map((entry) => entry.replicas));
  }
}
