import type { Scheduler, Timer } from "./clock.ts";
import { EventQueue } from "./event-queue.ts";
import { Random } from "./random.ts";
import { Trace } from "./trace.ts";

/** What a simulated world stands on: time, chance and a record of what happened. */
export interface Kernel {
  readonly clock: Scheduler;
  readonly random: Random;
  readonly trace: Trace;
}

export interface VirtualKernel extends Kernel {
  /** Runs the next event; false when none waits. */
  step(): boolean;
  /** Runs everything up to and including `timeMs`, and leaves the clock there. */
  runUntil(timeMs: number): void;
  runFor(durationMs: number): void;
  /** Time of the next event. */
  next(): number | undefined;
}

export interface RealTimeKernel extends Kernel {
  /** Cancels everything that waits. */
  close(): void;
}

/** Time that stands still until it is told to move: the virtual lane, and every unit test of a state machine. */
export function createVirtualKernel(options: { seed: number | string; startMs?: number }): VirtualKernel {
  const queue = new EventQueue();
  let nowMs = options.startMs ?? Date.UTC(2026, 0, 5, 8);
  const clock = schedulerOn(queue, () => nowMs);
  function step(): boolean {
    const run = queue.take();
    if (!run) return false;
    nowMs = queue.takenMs;
    run();
    return true;
  }
  function runUntil(timeMs: number): void {
    for (let run = queue.take(timeMs); run; run = queue.take(timeMs)) {
      nowMs = queue.takenMs;
      run();
    }
    nowMs = Math.max(nowMs, timeMs);
  }
  return {
    clock,
    random: new Random(options.seed),
    trace: new Trace(clock),
    step,
    runUntil,
    runFor: (durationMs) => runUntil(nowMs + durationMs),
    next: () => queue.nextTimeMs(),
  };
}

/** The machine's own time: monotonic, so that a corrected system clock never makes an event fire twice or never. */
export function createRealTimeKernel(options: { seed: number | string }): RealTimeKernel {
  const queue = new EventQueue();
  let armed: { timer: NodeJS.Timeout; timeMs: number } | undefined;
  const now = (): number => Math.floor(performance.timeOrigin + performance.now());
  function arm(): void {
    const nextMs = queue.nextTimeMs();
    if (nextMs === undefined || (armed && armed.timeMs <= nextMs)) return;
    if (armed) clearTimeout(armed.timer);
    // setTimeout takes at most 2^31-1 ms; an earlier wake-up only re-arms.
    const delayMs = Math.min(Math.max(0, nextMs - now()), 2 ** 31 - 1);
    armed = { timer: setTimeout(runDue, delayMs), timeMs: nextMs };
  }
  function runDue(): void {
    armed = undefined;
    const dueMs = now();
    try {
      for (let run = queue.take(dueMs); run; run = queue.take(dueMs)) run();
    } finally {
      arm();
    }
  }
  const clock = schedulerOn(queue, now, arm);
  return {
    clock,
    random: new Random(options.seed),
    trace: new Trace(clock),
    close() {
      queue.clear();
      if (armed) clearTimeout(armed.timer);
      armed = undefined;
    },
  };
}

function schedulerOn(queue: EventQueue, now: () => number, afterPush: () => void = () => {}): Scheduler {
  function at(timeMs: number, run: () => void, priority = 0): Timer {
    const ticket = queue.push(Math.max(Math.ceil(timeMs), now()), priority, run);
    afterPush();
    return new QueueTimer(queue, ticket);
  }
  return { now, at, after: (delayMs, run, priority) => at(now() + Math.max(0, delayMs), run, priority) };
}

class QueueTimer implements Timer {
  readonly #queue: EventQueue;
  readonly #ticket: number;

  constructor(queue: EventQueue, ticket: number) {
    this.#queue = queue;
    this.#ticket = ticket;
  }

  cancel(): void {
    this.#queue.cancel(this.#ticket);
  }
}
