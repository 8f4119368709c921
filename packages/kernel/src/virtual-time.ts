import { type Clock, type Scheduler, sleep } from "./clock.ts";
import type { VirtualKernel } from "./kernel.ts";
import { installVirtualTimers } from "./virtual-timers.ts";

/**
 * Lets asynchronous programs live in a virtual world. The rule: the clock moves when, and only when, everything that can
 * happen without waiting has happened. After an event that may have woken a program (a timer of its own, a chunk of a
 * stream) no other event runs before the queues of promises and of `process.nextTick` are empty.
 */
export interface VirtualTime extends Disposable {
  /** For programs that take their clock as an argument. */
  readonly clock: Clock & { sleep(durationMs: number, signal?: AbortSignal): Promise<void> };
  /**
   * Starts `work` and moves the clock until it has ended. Rejects with its error, and when it waits for something that
   * never comes because no event is left.
   */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Told by whoever wakes a program from an event of the kernel in another way than by a timer. */
  readonly wake: () => void;
}

/** One at a time per thread: timers, `Date` and `Math.random` of the thread are the world's until it is disposed. */
export function createVirtualTime(kernel: VirtualKernel): VirtualTime {
  const { clock } = kernel;
  let isWoken = false;
  const wake = (): void => {
    isWoken = true;
  };
  const restore = installVirtualTimers({ clock, random: kernel.random.stream("Math.random"), onFired: wake });

  /** False when no event is left. */
  function stepUntilWoken(): boolean {
    isWoken = false;
    while (!isWoken) if (!kernel.step()) return false;
    return true;
  }

  async function run<T>(work: () => Promise<T>): Promise<T> {
    let hasEnded = false;
    const result = work().finally(() => {
      hasEnded = true;
    });
    // It is awaited below; meanwhile its failure must not count as unhandled.
    result.catch(() => undefined);
    await everythingAtRest();
    while (!hasEnded) {
      if (!stepUntilWoken()) throw new Error("The work waits for something, and no event is left that could bring it.");
      await everythingAtRest();
    }
    return result;
  }

  return {
    clock: {
      now: () => clock.now(),
      sleep: (durationMs, signal) => sleep(waking(clock, wake), durationMs, signal),
    },
    run,
    wake,
    [Symbol.dispose]: restore,
  };
}

function waking(clock: Scheduler, wake: () => void): Scheduler {
  const at: Scheduler["at"] = (timeMs, run, priority) => {
    const wakeAndRun = (): void => {
      wake();
      run();
    };
    return clock.at(timeMs, wakeAndRun, priority);
  };
  return { now: () => clock.now(), at, after: (delayMs, run, priority) => at(clock.now() + delayMs, run, priority) };
}

const realImmediate = setImmediate;

/** A turn of the event loop comes only when both queues are empty. */
function everythingAtRest(): Promise<void> {
  return new Promise((resolve) => void realImmediate(resolve));
}
