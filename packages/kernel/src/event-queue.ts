/**
 * Future-event list: a binary heap on typed arrays, ordered by (time, priority, arrival): equal times leave in the order
 * in which they came. Nothing is allocated for an event but its place in the arrays, which grow to what was needed most.
 */
export class EventQueue {
  // Every index is in bounds by construction: hence the casts of what the arrays give back.

  // The heap, by position; it begins at 1. A key is time and priority in one number. Place 0 of the keys hands one over: a
  // number that goes through the arrays need not be allocated.
  #keys = new Float64Array(initialCapacity + 1);
  #slots = new Int32Array(initialCapacity + 1);
  #length = 0;
  /** The first event has left, and its place is kept for the next one: nearly every event is followed by another. */
  #firstHasLeft = false;
  /** By slot, in which an event stays while the heap moves around it: its work and its arrival, side by side. */
  readonly #events: (Work | number)[] = [];
  #freeSlots = new Int32Array(initialCapacity);
  #freeCount = 0;
  #arrivals = 0;
  #cancelled = 0;
  /** Time of the event that was taken last. */
  takenMs = 0;

  constructor() {
    this.#addSlots(0, initialCapacity);
  }

  /** Events that are waiting and not cancelled. */
  get size(): number {
    return this.#length - this.#cancelled - (this.#firstHasLeft ? 1 : 0);
  }

  /**
   * `timeMs` is an integer. Of events of one time the one with the lowest priority (-4 to 3) runs first, then the one that
   * came first (unless half a billion others came between the two). Returns the event's ticket, for `cancel`.
   */
  push(timeMs: number, priority: number, run: Work): number {
    if (this.#freeCount === 0) this.#grow();
    const slot = this.#freeSlots[--this.#freeCount] as number;
    const arrival = this.#arrivals;
    this.#arrivals = (arrival + 1) & arrivalMask;
    this.#events[2 * slot] = run;
    this.#events[2 * slot + 1] = arrival;
    this.#keys[0] = timeMs * priorities + (priority + priorities / 2);
    if (this.#firstHasLeft) {
      this.#firstHasLeft = false;
      this.#siftDown(slot);
    } else {
      this.#length += 1;
      this.#siftUp(slot);
    }
    return arrival * maxSlots + slot;
  }

  /** Does nothing when the event has left already. */
  cancel(ticket: number): void {
    const slot = ticket % maxSlots;
    // The slot may be another event's by now.
    if (this.#isFree(slot) || (this.#events[2 * slot + 1] as number) * maxSlots + slot !== ticket) return;
    this.#events[2 * slot] = nothing;
    this.#cancelled += 1;
    if (this.#cancelled > sweepFrom && this.#cancelled > this.#length / 2) this.#sweep();
  }

  /** Time of the first event; undefined when none waits. */
  nextTimeMs(): number | undefined {
    if (this.#firstHasLeft) this.#closeGap();
    if (this.#cancelled > 0) this.#dropCancelled();
    return this.#length === 0 ? undefined : Math.floor((this.#keys[1] as number) / priorities);
  }

  /** Takes the first event out, unless it is later than `untilMs`, and returns its work; its time is `takenMs` then. */
  take(untilMs = Number.POSITIVE_INFINITY): Work | undefined {
    if (this.#firstHasLeft) this.#closeGap();
    if (this.#cancelled > 0) this.#dropCancelled();
    if (this.#length === 0) return undefined;
    const timeMs = Math.floor((this.#keys[1] as number) / priorities);
    if (timeMs > untilMs) return undefined;
    this.takenMs = timeMs;
    const slot = this.#slots[1] as number;
    const run = this.#events[2 * slot] as Work;
    this.#release(slot);
    this.#firstHasLeft = true;
    return run;
  }

  clear(): void {
    if (this.#firstHasLeft) this.#closeGap();
    for (let position = 1; position <= this.#length; position++) this.#release(this.#slots[position] as number);
    this.#length = 0;
    this.#cancelled = 0;
  }

  #closeGap(): void {
    this.#firstHasLeft = false;
    const last = this.#length--;
    this.#keys[0] = this.#keys[last] as number;
    if (last > 1) this.#siftDown(this.#slots[last] as number);
  }

  #dropCancelled(): void {
    while (this.#length > 0) {
      const slot = this.#slots[1] as number;
      if (!this.#isFree(slot)) return;
      this.#release(slot);
      this.#cancelled -= 1;
      this.#closeGap();
    }
  }

  /** Without it, timers that are set and cancelled all the time would fill the heap until their time comes. */
  #sweep(): void {
    if (this.#firstHasLeft) this.#closeGap();
    const length = this.#length;
    this.#length = 0;
    this.#cancelled = 0;
    for (let position = 1; position <= length; position++) {
      const slot = this.#slots[position] as number;
      if (this.#isFree(slot)) {
        this.#release(slot);
      } else {
        this.#keys[0] = this.#keys[position] as number;
        this.#length += 1;
        this.#siftUp(slot);
      }
    }
  }

  /** Without an event, or with one that was cancelled. */
  #isFree(slot: number): boolean {
    return this.#events[2 * slot] === nothing;
  }

  #release(slot: number): void {
    this.#events[2 * slot] = nothing;
    this.#freeSlots[this.#freeCount++] = slot;
  }

  /** Puts an event, whose key is in place 0, at the end of the heap or above it. */
  #siftUp(slot: number): void {
    const keys = this.#keys;
    const key = keys[0] as number;
    const slots = this.#slots;
    const events = this.#events;
    let position = this.#length;
    while (position > 1) {
      const above = position >> 1;
      const aboveKey = keys[above] as number;
      const aboveSlot = slots[above] as number;
      if (aboveKey < key || (aboveKey === key && cameBefore(events, aboveSlot, slot))) break;
      keys[position] = aboveKey;
      slots[position] = aboveSlot;
      position = above;
    }
    keys[position] = key;
    slots[position] = slot;
  }

  /** Puts an event, whose key is in place 0, at the top, which is free, or below it. */
  #siftDown(slot: number): void {
    const keys = this.#keys;
    const key = keys[0] as number;
    const slots = this.#slots;
    const events = this.#events;
    const length = this.#length;
    let position = 1;
    for (let child = 2; child <= length; child = 2 * position) {
      let childKey = keys[child] as number;
      if (child < length) {
        const otherKey = keys[child + 1] as number;
        if (
          otherKey < childKey ||
          (otherKey === childKey && cameBefore(events, slots[child + 1] as number, slots[child] as number))
        ) {
          child += 1;
          childKey = otherKey;
        }
      }
      const childSlot = slots[child] as number;
      if (key < childKey || (key === childKey && cameBefore(events, slot, childSlot))) break;
      keys[position] = childKey;
      slots[position] = childSlot;
      position = child;
    }
    keys[position] = key;
    slots[position] = slot;
  }

  #grow(): void {
    const before = this.#freeSlots.length;
    const after = before * 2;
    if (after > maxSlots) throw new Error(`More than ${before} events wait.`);
    this.#keys = enlarged(this.#keys, new Float64Array(after + 1));
    this.#slots = enlarged(this.#slots, new Int32Array(after + 1));
    this.#freeSlots = new Int32Array(after);
    this.#addSlots(before, after);
  }

  #addSlots(from: number, to: number): void {
    for (let slot = from; slot < to; slot++) this.#events.push(nothing, 0);
    for (let slot = to - 1; slot >= from; slot--) this.#freeSlots[this.#freeCount++] = slot;
  }
}

type Work = () => void;

const initialCapacity = 64;
const priorities = 8;
/** Arrivals are counted modulo 2^30; with the slot they are exact below 2^53. */
const arrivalMask = 2 ** 30 - 1;
const maxSlots = 2 ** 22;
/** Fewer cancelled events than this are left to be dropped when their time comes. */
const sweepFrom = 64;

/** Stands for the work of an event that was cancelled, and of none. */
function nothing(): void {}

/** The sign of the difference modulo 2^30. */
function cameBefore(events: readonly (Work | number)[], one: number, other: number): boolean {
  return ((events[2 * one + 1] as number) - (events[2 * other + 1] as number)) << 2 < 0;
}

function enlarged<T extends Float64Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
