/** The time that a target waits by. The system's is in the sdk; a simulation brings its own. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Rejects with the signal's reason when that aborts first. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

export interface PollOptions {
  readonly everyMs: number;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** The error when the time is over. */
  readonly onTimeout: () => Error;
}

/** Looks until it sees something: asks at once, then every so often; undefined means not yet. */
export async function poll<T>(clock: Clock, look: () => Promise<T | undefined>, options: PollOptions): Promise<T> {
  const deadlineMs = clock.now() + options.timeoutMs;
  for (;;) {
    options.signal?.throwIfAborted();
    const seen = await look();
    if (seen !== undefined) return seen;
    if (clock.now() >= deadlineMs) throw options.onTimeout();
    await clock.sleep(Math.max(0, Math.min(options.everyMs, deadlineMs - clock.now())), options.signal);
  }
}
