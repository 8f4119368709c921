import { durationMs, type World } from "../../world/world.ts";
import type { Pod } from "./pod-types.ts";

/**
 * A pod that fitted nowhere is not tried again at every change of the cluster, but after a pause that doubles each time.
 * Without it each node that joins would cost a look at every pod that waits.
 */
export class SchedulingBackOff {
  readonly #world: World;
  readonly #firstMs: number;
  readonly #longestMs: number;
  readonly #pauses = new Map<string, { readonly failures: number; readonly untilMs: number }>();
  /** No pause ends before this. */
  #firstEndMs = Number.POSITIVE_INFINITY;

  constructor(world: World) {
    this.#world = world;
    const random = world.random.stream("scheduler/back-off");
    this.#firstMs = durationMs(world, "scheduler.backOff.first", random);
    this.#longestMs = durationMs(world, "scheduler.backOff.longest", random);
  }

  /** The pods that may be tried now, and when the first of the others may be. */
  due(pending: readonly Pod[]): { readonly pods: readonly Pod[]; readonly nextMs: number } {
    const nowMs = this.#world.clock.now();
    const allPause = this.#pauses.size === pending.length && nowMs < this.#firstEndMs;
    if (allPause) return { pods: [], nextMs: this.#firstEndMs };
    const pods: Pod[] = [];
    let nextMs = Number.POSITIVE_INFINITY;
    for (const pod of pending) {
      const untilMs = this.#pauses.get(uidOf(pod))?.untilMs ?? 0;
      if (untilMs <= nowMs) pods.push(pod);
      else nextMs = Math.min(nextMs, untilMs);
    }
    this.#firstEndMs = pods.length > 0 ? nowMs : nextMs;
    return { pods, nextMs };
  }

  failed(pod: Pod): void {
    const failures = (this.#pauses.get(uidOf(pod))?.failures ?? 0) + 1;
    const untilMs = this.#world.clock.now() + Math.min(this.#longestMs, this.#firstMs * 2 ** (failures - 1));
    this.#pauses.set(uidOf(pod), { failures, untilMs });
    this.#firstEndMs = Math.min(this.#firstEndMs, untilMs);
  }

  forget(pod: Pod): void {
    this.#pauses.delete(uidOf(pod));
  }
}

function uidOf({ metadata }: Pod): string {
  return metadata.uid ?? "";
}
