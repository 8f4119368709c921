/** How many requests come per second: constant between two changes. Times are milliseconds from the start of the model. */
export interface RateCurve {
  readonly name: string;
  perSecondAt(timeMs: number): number;
  /** The next time after this one at which it changes. */
  nextChangeMs(timeMs: number): number;
}

/** One point: from this time on so many per second. */
export interface RatePoint {
  readonly atMs: number;
  readonly perSecond: number;
}

export function flatRate(perSecond: number): RateCurve {
  return { name: `flat, ${perSecond}/s`, perSecondAt: () => perSecond, nextChangeMs: () => Number.POSITIVE_INFINITY };
}

/** Steps from point to point; nothing before the first. `repeatMs`: it begins anew after so long. */
export function steppedRate(name: string, points: readonly RatePoint[], repeatMs?: number): RateCurve {
  const times = points.map(({ atMs }) => atMs);
  // Index of the point that was found last: time mostly goes on by one.
  let last = 0;
  const indexAt = (timeMs: number): number => {
    if ((times[last] ?? 0) > timeMs) last = 0;
    while ((times[last + 1] ?? Number.POSITIVE_INFINITY) <= timeMs) last += 1;
    return (times[0] ?? Number.POSITIVE_INFINITY) > timeMs ? -1 : last;
  };
  const within = (timeMs: number): number => (repeatMs === undefined ? timeMs : timeMs % repeatMs);
  return {
    name,
    perSecondAt: (timeMs) => points[indexAt(within(timeMs))]?.perSecond ?? 0,
    nextChangeMs(timeMs) {
      const inside = within(timeMs);
      const next = times[indexAt(inside) + 1] ?? repeatMs ?? Number.POSITIVE_INFINITY;
      return timeMs - inside + next;
    },
  };
}
