import type { Timer } from "@fairway/kernel";
import type { Availability } from "../../world/cluster.ts";
import type { World } from "../../world/world.ts";
import type { WorkQueue } from "./control-plane.ts";
import { PodUnderReview } from "./pod-reviews.ts";

/** client-go's pause after failures: 5 ms, doubled up to 1000 s. */
const firstRetryMs = 5;
const longestRetryMs = 1_000_000;

export interface WorkQueueOptions {
  readonly name: string;
  readonly world: World;
  readonly apiServer: Availability;
  reconcile(key: string): void;
  restMs(key: string): number;
}

/** A controller's queue: see `ControlPlane.queue`. `close` drops what waits. */
export function createWorkQueue(options: WorkQueueOptions): WorkQueue & { close(): void } {
  return new KeyQueue(options);
}

class KeyQueue implements WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #due = new Set<string>();
  readonly #later = new Map<string, { readonly timeMs: number; readonly timer: Timer }>();
  readonly #failures = new Map<string, number>();
  readonly #restsUntilMs = new Map<string, number>();
  readonly #unsubscribe: () => void;
  #round: Timer | undefined;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    this.#unsubscribe = options.apiServer.onChange((available) => {
      if (available) this.#arm();
    });
  }

  add(key: string): void {
    const restsUntilMs = this.#restsUntilMs.get(key);
    if (restsUntilMs !== undefined) return this.addAt(key, restsUntilMs);
    this.#due.add(key);
    this.#arm();
  }

  addAt(key: string, timeMs: number): void {
    const waiting = this.#later.get(key);
    if (waiting && waiting.timeMs <= timeMs) return;
    waiting?.timer.cancel();
    const timer = this.#options.world.clock.at(timeMs, () => {
      this.#later.delete(key);
      this.add(key);
    });
    this.#later.set(key, { timeMs, timer });
  }

  retry(key: string): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.addAt(key, this.#options.world.clock.now() + Math.min(firstRetryMs * 2 ** failures, longestRetryMs));
  }

  close(): void {
    this.#unsubscribe();
    this.#round?.cancel();
    for (const { timer } of this.#later.values()) timer.cancel();
    this.#later.clear();
    this.#due.clear();
  }

  #arm(): void {
    if (this.#round || this.#due.size === 0 || !this.#options.apiServer.available) return;
    this.#round = this.#options.world.clock.after(0, () => this.#run());
  }

  /** What is added meanwhile waits for the next round. */
  #run(): void {
    this.#round = undefined;
    if (!this.#options.apiServer.available) return;
    const keys = [...this.#due];
    this.#due.clear();
    for (const key of keys) this.#reconcile(key);
    this.#arm();
  }

  #rest(key: string): void {
    const restMs = this.#options.restMs(key);
    const untilMs = this.#options.world.clock.now() + restMs;
    if (restMs <= 0 || this.#restsUntilMs.has(key)) return;
    this.#restsUntilMs.set(key, untilMs);
    this.#options.world.clock.at(untilMs, () => this.#restsUntilMs.delete(key));
  }

  #reconcile(key: string): void {
    const { world, name, reconcile } = this.#options;
    const failures = this.#failures.get(key);
    try {
      reconcile(key);
      // Unless it has asked for another try itself.
      if (this.#failures.get(key) === failures) this.#failures.delete(key);
      this.#rest(key);
    } catch (error) {
      if (error instanceof PodUnderReview) return error.whenAnswered(() => this.add(key));
      world.trace.add("controller.failed", { controller: name, key, message: String(error) });
      this.retry(key);
    }
  }
}
