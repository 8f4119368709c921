import type { Scheduler, Timer } from "./clock.ts";
import type { Random } from "./random.ts";

export interface VirtualTimersOptions {
  readonly clock: Scheduler;
  /** What `Math.random` draws from. */
  readonly random: Random;
  /** Called after each callback of a timer: somebody who waited may go on now. */
  readonly onFired: () => void;
}

/**
 * Puts timers, the time of day and `Math.random` of this thread on a virtual clock: libraries that know nothing of it wait,
 * time out and jitter in virtual time. Returns the function that gives the real ones back. `performance`, timers of
 * `node:timers` and `AbortSignal.timeout` stay as they are.
 */
export function installVirtualTimers({ clock, random, onFired }: VirtualTimersOptions): () => void {
  const timers = new Map<number, VirtualTimeout>();
  const real = { ...pick(globalThis) };
  const realRandom = Math.random;
  function start(delayMs: number | undefined, repeats: boolean, run: () => void): VirtualTimeout {
    const timeout = new VirtualTimeout(clock, toDelay(delayMs), repeats, () => {
      if (!repeats) timers.delete(timeout.id);
      run();
      onFired();
    });
    timers.set(timeout.id, timeout);
    return timeout;
  }
  function stop(timer: unknown): void {
    const timeout = timer instanceof VirtualTimeout ? timer : timers.get(Number(timer));
    if (!timeout) return;
    timeout.close();
    timers.delete(timeout.id);
  }
  Object.assign(globalThis, {
    setTimeout: (run: Callback, delayMs?: number, ...args: unknown[]) => start(delayMs, false, () => run(...args)),
    setInterval: (run: Callback, delayMs?: number, ...args: unknown[]) => start(delayMs, true, () => run(...args)),
    setImmediate: (run: Callback, ...args: unknown[]) => start(0, false, () => run(...args)),
    clearTimeout: stop,
    clearInterval: stop,
    clearImmediate: stop,
    Date: dateOn(clock, real.Date),
  });
  Math.random = () => random.unit();
  return () => {
    Object.assign(globalThis, real);
    Math.random = realRandom;
    for (const timeout of timers.values()) timeout.close();
  };
}

type Callback = (...args: unknown[]) => void;

function pick({
  setTimeout,
  setInterval,
  setImmediate,
  clearTimeout,
  clearInterval,
  clearImmediate,
  Date,
}: typeof globalThis) {
  return { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate, Date };
}

/** As Node rounds them. */
function toDelay(delayMs: number | undefined): number {
  const whole = Math.trunc(Number(delayMs ?? 1));
  return whole >= 1 && whole <= 2 ** 31 - 1 ? whole : delayMs === 0 ? 0 : 1;
}

let started = 0;

/** What Node's `Timeout` has. Nothing keeps a process alive here, so `ref` and `unref` do nothing. */
class VirtualTimeout {
  readonly id = ++started;
  readonly #clock: Scheduler;
  readonly #delayMs: number;
  readonly #repeats: boolean;
  readonly #run: () => void;
  #timer: Timer;

  constructor(clock: Scheduler, delayMs: number, repeats: boolean, run: () => void) {
    this.#clock = clock;
    this.#delayMs = delayMs;
    this.#repeats = repeats;
    this.#run = run;
    this.#timer = this.#arm();
  }

  close(): this {
    this.#timer.cancel();
    return this;
  }

  refresh(): this {
    this.#timer.cancel();
    this.#timer = this.#arm();
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return false;
  }

  [Symbol.toPrimitive](): number {
    return this.id;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #arm(): Timer {
    return this.#clock.after(this.#delayMs, () => {
      if (this.#repeats) this.#timer = this.#arm();
      this.#run();
    });
  }
}

/** A class and no proxy, which would make every date of the world ten times slower. */
function dateOn(clock: Scheduler, RealDate: DateConstructor): typeof Date {
  class VirtualDate extends RealDate {
    constructor(...args: [] | [number]) {
      if (args.length === 0) super(clock.now());
      else super(...args);
    }

    static override now(): number {
      return clock.now();
    }

    static override [Symbol.hasInstance](value: unknown): boolean {
      return value instanceof RealDate;
    }
  }
  // Callable without `new` it is not; nobody here does that.
  return VirtualDate as unknown as DateConstructor;
}
