import { durationMs, platformMs, type World } from "../../world/world.ts";
import type { Pod } from "./pod-types.ts";

/** Without any change: kube-scheduler podMaxInUnschedulablePodsDuration. */
const unchangedSeconds = 300;

/** Of nodes only, or also of what is on them. */
export type Waiting = "nodes" | "anything";

interface Pause {
  readonly failures: number;
  readonly untilMs: number;
  /** When it is tried though nothing has changed. */
  readonly anywayMs: number;
  /** What can make room for it, and how many such changes there had been when it was tried. */
  readonly waitsFor: Waiting;
  readonly changes: number;
}

/**
 * A pod that fitted nowhere waits for a change of the cluster that can make room for it, and is not tried again at every
 * one, but after a pause that doubles each time. A scheduler from 1.33 on that has nothing else to do does not wait for the
 * end of the pause (SchedulerPopFromBackoffQ).
 */
export class SchedulingBackOff {
  readonly #world: World;
  readonly #popsEarly: () => boolean;
  readonly #firstMs: number;
  readonly #longestMs: number;
  readonly #pauses = new Map<string, Pause>();
  readonly #changes = { nodes: 0, anything: 0 };
  /** No pause ends before this. */
  #firstEndMs = Number.POSITIVE_INFINITY;

  constructor(world: World, popsEarly: () => boolean) {
    this.#world = world;
    this.#popsEarly = popsEarly;
    const random = world.random.stream("scheduler/back-off");
    this.#firstMs = durationMs(world, "scheduler.backOff.first", random);
    this.#longestMs = durationMs(world, "scheduler.backOff.longest", random);
  }

  /** Something has happened that can make room for those that wait for it. */
  changed(what: "nodes" | "pods"): void {
    if (what === "nodes") this.#changes.nodes += 1;
    this.#changes.anything += 1;
    this.#firstEndMs = 0;
  }

  /** The pods that may be tried now, and when the first of the others may be. */
  due(pending: readonly Pod[]): { readonly pods: readonly Pod[]; readonly nextMs: number } {
    const nowMs = this.#world.clock.now();
    const allPause = this.#pauses.size === pending.length && nowMs < this.#firstEndMs;
    if (allPause) return { pods: [], nextMs: this.#firstEndMs };
    const pods: Pod[] = [];
    let nextMs = Number.POSITIVE_INFINITY;
    for (const pod of pending) {
      const untilMs = this.#dueMs(this.#pauses.get(uidOf(pod)));
      if (untilMs <= nowMs) pods.push(pod);
      else nextMs = Math.min(nextMs, untilMs);
    }
    this.#firstEndMs = pods.length > 0 ? nowMs : nextMs;
    return { pods, nextMs };
  }

  #dueMs(pause: Pause | undefined): number {
    if (!pause) return 0;
    if (this.#changes[pause.waitsFor] === pause.changes) return pause.anywayMs;
    return this.#popsEarly() ? 0 : pause.untilMs;
  }

  failed(pod: Pod, waitsFor: Waiting): void {
    const failures = (this.#pauses.get(uidOf(pod))?.failures ?? 0) + 1;
    const pauseMs = Math.min(this.#longestMs, this.#firstMs * 2 ** (failures - 1));
    const nowMs = this.#world.clock.now();
    const pause: Pause = {
      failures,
      untilMs: nowMs + pauseMs,
      anywayMs: nowMs + platformMs(this.#world, unchangedSeconds),
      waitsFor,
      changes: this.#changes[waitsFor],
    };
    this.#pauses.set(uidOf(pod), pause);
    this.#firstEndMs = Math.min(this.#firstEndMs, this.#dueMs(pause));
  }

  forget(pod: Pod): void {
    this.#pauses.delete(uidOf(pod));
  }
}

function uidOf({ metadata }: Pod): string {
  return metadata.uid ?? "";
}
