import { durationMs, platformMs, type World } from "../../world/world.ts";
import type { Pod } from "./pod-types.ts";

/** Without any change: kube-scheduler podMaxInUnschedulablePodsDuration. */
const unchangedSeconds = 300;

/** What can make a pod fit that fitted nowhere: other nodes only; or also room on them; or also the company of other pods. */
const hopes = ["nodes", "room", "company"] as const;
export type Hope = (typeof hopes)[number];

interface Pause {
  readonly failures: number;
  readonly untilMs: number;
  /** When it is tried though nothing has changed. */
  readonly anywayMs: number;
  readonly hope: Hope;
  /** How many changes that give hope there had been when it was tried. */
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
  readonly #refusalMs: number;
  /** When the scheduler would be done with the pods that it has refused. */
  #busyUntilMs = 0;
  readonly #pauses = new Map<string, Pause>();
  readonly #changes = { nodes: 0, room: 0, company: 0 };
  /** Pods that hope for company. */
  readonly #companions = new Set<string>();
  /** No pause ends before this. */
  #firstEndMs = Number.POSITIVE_INFINITY;

  constructor(world: World, popsEarly: () => boolean) {
    this.#world = world;
    this.#popsEarly = popsEarly;
    const random = world.random.stream("scheduler/back-off");
    this.#firstMs = durationMs(world, "scheduler.backOff.first", random);
    this.#longestMs = durationMs(world, "scheduler.backOff.longest", random);
    this.#refusalMs = durationMs(world, "scheduler.refusal", random);
  }

  /** Something has happened that gives hope. Returns whether to anybody: most pods do not care for another that finds its place. */
  changed(what: Hope): boolean {
    if (what === "company" && this.#companions.size === 0) return false;
    for (const hope of hopes.slice(hopes.indexOf(what))) this.#changes[hope] += 1;
    this.#firstEndMs = 0;
    return true;
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

  /**
   * Each pod is looked at by itself, which takes time: of thousands that wait for the same node most are not even asked
   * before the next one is there. Up to a second of that work is done at once. Returns when it is done.
   */
  get busyUntilMs(): number {
    const nowMs = this.#world.clock.now();
    return this.#busyUntilMs - nowMs < platformMs(this.#world, 1) ? nowMs : this.#busyUntilMs;
  }

  #dueMs(pause: Pause | undefined): number {
    if (!pause) return 0;
    if (this.#changes[pause.hope] === pause.changes) return pause.anywayMs;
    return this.#popsEarly() ? 0 : pause.untilMs;
  }

  failed(pod: Pod, hope: Hope): void {
    if (hope === "company") this.#companions.add(uidOf(pod));
    const failures = (this.#pauses.get(uidOf(pod))?.failures ?? 0) + 1;
    const pauseMs = Math.min(this.#longestMs, this.#firstMs * 2 ** (failures - 1));
    const nowMs = this.#world.clock.now();
    this.#busyUntilMs = Math.max(this.#busyUntilMs, nowMs) + this.#refusalMs;
    const pause: Pause = {
      failures,
      untilMs: nowMs + pauseMs,
      anywayMs: nowMs + platformMs(this.#world, unchangedSeconds),
      hope,
      changes: this.#changes[hope],
    };
    this.#pauses.set(uidOf(pod), pause);
    this.#firstEndMs = Math.min(this.#firstEndMs, this.#dueMs(pause));
  }

  forget(pod: Pod): void {
    this.#pauses.delete(uidOf(pod));
    this.#companions.delete(uidOf(pod));
  }
}

function uidOf({ metadata }: Pod): string {
  return metadata.uid ?? "";
}
