import type { Clock } from "./clock.ts";

export interface TraceRecord {
  readonly timeMs: number;
  /** What happened, as `subject.verb`: `node.cordoned`, `revision.ready`, `operation.failed`. */
  readonly kind: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What happened, in order. Actors write, checkers read; nobody reads it to decide what to do next. */
export class Trace {
  readonly #clock: Clock;
  readonly #records: TraceRecord[] = [];
  readonly #listeners = new Set<(record: TraceRecord) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(kind: string, data: Readonly<Record<string, unknown>> = {}): void {
    const record: TraceRecord = { timeMs: this.#clock.now(), kind, data };
    this.#records.push(record);
    for (const listener of this.#listeners) listener(record);
  }

  records(): readonly TraceRecord[] {
    return this.#records;
  }

  /** Calls `listener` for every later record; returns the function that ends it. */
  follow(listener: (record: TraceRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
