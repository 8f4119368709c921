import type { Clock } from "@fairway/kernel";

export interface LogEntry {
  readonly timeMs: number;
  readonly line: string;
}

/** Lines kept per container; the oldest go first. */
const keptLines = 10_000;

/** What containers wrote, by container id (`ContainerSpec.id`). */
export class LogStore {
  readonly #clock: Clock;
  readonly #entries = new Map<string, LogEntry[]>();
  readonly #followers = new Map<string, Set<(entry: LogEntry) => void>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  append(containerId: string, line: string): void {
    const entry: LogEntry = { timeMs: this.#clock.now(), line };
    const entries = this.#entries.get(containerId) ?? [];
    entries.push(entry);
    if (entries.length > keptLines) entries.shift();
    this.#entries.set(containerId, entries);
    for (const follower of this.#followers.get(containerId) ?? []) follower(entry);
  }

  read(containerId: string): readonly LogEntry[] {
    return this.#entries.get(containerId) ?? [];
  }

  /** Calls `follower` for each later line. Returns the function that ends it. */
  follow(containerId: string, follower: (entry: LogEntry) => void): () => void {
    const followers = this.#followers.get(containerId) ?? new Set();
    followers.add(follower);
    this.#followers.set(containerId, followers);
    return () => followers.delete(follower);
  }

  forget(containerId: string): void {
    this.#entries.delete(containerId);
    this.#followers.delete(containerId);
  }
}
