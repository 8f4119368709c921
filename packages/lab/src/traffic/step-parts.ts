export interface StationLimits {
  readonly timeoutMs: number;
  readonly lateAfterMs: number;
}

/** What a step runs on. */
export interface Capacity {
  /** Requests that can be worked on at the same time. */
  readonly slots: number;
  /** Mean, with the replicas as they are now. */
  readonly serviceMs: number;
  /** Requests that may wait. */
  readonly waitingMax: number;
}

/** Nobody will have to wait, but for less than once in thirty thousand steps. */
export function hasRoom(busy: number, slots: number): boolean {
  return busy + 4 * Math.sqrt(busy) + 1 < slots;
}

/**
 * Some will have to wait in a long step, but for so short that nobody is late, gone or refused for it, and so few that it is
 * not a percent of those who are here. In M/M/c at so far below the limit one in forty waits, longer than t with a chance
 * that falls as e^(-spare t / service), in a line of n as (busy / slots)^n.
 */
export function hidesWaits(busy: number, capacity: Capacity, stepMs: number, limits: StationLimits): boolean {
  const { slots, serviceMs, waitingMax } = capacity;
  const spare = slots - busy;
  if (stepMs < 20 * serviceMs || spare < 1 || spare < 2 * Math.sqrt(busy)) return false;
  const noticedMs = Math.min(limits.lateAfterMs, limits.timeoutMs);
  return spare * (noticedMs / serviceMs) > 20 && waitingMax * Math.log(slots / busy) > 20;
}

/** From so many service times on a step is long. */
export const shortService = 4;

/** In how many parts, a power of two, a step is looked at, so that they are short beside what waiting means: late, or refused. */
export function partsOf(ms: number, { slots, serviceMs, waitingMax }: Capacity, limits: StationLimits): number {
  const fillsMs = (waitingMax * serviceMs) / Math.max(1, slots);
  const wantedMs = Math.min(1_000, limits.lateAfterMs / 2, fillsMs / 2);
  const isShort = Math.min(wantedMs, ms) >= shortService * serviceMs;
  const partMs = isShort ? wantedMs : Math.min(0.25 * serviceMs, Math.max(wantedMs, 0.05 * serviceMs));
  const parts = 2 ** Math.max(0, Math.ceil(Math.log2(ms / Math.min(partMs, looksMs(serviceMs, limits)))));
  return isShort && ms / parts < shortService * serviceMs ? parts / 2 : parts;
}

/** However many wait, it is looked so often who has waited too long. */
export function looksMs(serviceMs: number, { timeoutMs }: StationLimits): number {
  return Math.max(serviceMs, Math.min(1_000, timeoutMs / 4));
}

export type Tries = readonly number[];

/** The tries of `some` of `all` arrivals, in whole numbers. */
export function shareOf(tries: Tries, some: number, all: number): Tries {
  // Where nobody tries again, the line counts them by itself.
  if (tries.length === 1) return tries;
  let left = some;
  return tries.map((count, index) => {
    const part = index === tries.length - 1 ? left : Math.min(left, Math.round((count * some) / Math.max(1, all)));
    left -= part;
    return part;
  });
}
