export interface QueuedEvent {
  readonly timeMs: number;
  readonly priority: number;
  readonly sequence: number;
  readonly run: () => void;
  cancelled: boolean;
}

/** Future-event list: a binary heap ordered by (time, priority, sequence). Equal times leave in order of arrival. */
export class EventQueue {
  readonly #heap: QueuedEvent[] = [];
  #sequence = 0;
  #live = 0;

  /** Events that are waiting and not cancelled. */
  get size(): number {
    return this.#live;
  }

  push(timeMs: number, priority: number, run: () => void): QueuedEvent {
    const event: QueuedEvent = { timeMs, priority, sequence: this.#sequence++, run, cancelled: false };
    this.#heap.push(event);
    this.#live += 1;
    this.#siftUp(this.#heap.length - 1);
    return event;
  }

  cancel(event: QueuedEvent): void {
    if (event.cancelled) return;
    event.cancelled = true;
    this.#live -= 1;
  }

  peek(): QueuedEvent | undefined {
    while (this.#heap[0]?.cancelled) this.#removeFirst();
    return this.#heap[0];
  }

  pop(): QueuedEvent | undefined {
    const first = this.peek();
    if (!first) return undefined;
    this.#removeFirst();
    first.cancelled = true;
    this.#live -= 1;
    return first;
  }

  clear(): void {
    for (const event of this.#heap) event.cancelled = true;
    this.#heap.length = 0;
    this.#live = 0;
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (!last || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#siftDown();
  }

  #siftUp(start: number): void {
    const heap = this.#heap;
    const event = heap[start];
    if (!event) return;
    let index = start;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above];
      if (!parent || isBefore(parent, event)) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = event;
  }

  #siftDown(): void {
    const heap = this.#heap;
    const event = heap[0];
    if (!event) return;
    let index = 0;
    for (;;) {
      const left = heap[2 * index + 1];
      const right = heap[2 * index + 2];
      const below = right && left && isBefore(right, left) ? 2 * index + 2 : 2 * index + 1;
      const child = heap[below];
      if (!child || isBefore(event, child)) break;
      heap[index] = child;
      index = below;
    }
    heap[index] = event;
  }
}

function isBefore(a: QueuedEvent, b: QueuedEvent): boolean {
  if (a.timeMs !== b.timeMs) return a.timeMs < b.timeMs;
  if (a.priority !== b.priority) return a.priority < b.priority;
  return a.sequence < b.sequence;
}
