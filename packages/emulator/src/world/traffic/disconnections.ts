import type { Scheduler } from "@fairway/kernel";

/** How soon probes notice. */
export interface Patience {
  readonly untilIllMs: number;
  readonly untilWellMs: number;
}

/** Who cannot be reached just now. What divides traffic notices later, by its probes. */
export class Disconnections {
  readonly #clock: Pick<Scheduler, "now">;
  readonly #known = new Map<string, { readonly fromMs: number; readonly untilMs?: number }>();

  constructor(clock: Pick<Scheduler, "now">) {
    this.#clock = clock;
  }

  set(name: string, endpoint: string, isReachable: boolean): void {
    const key = keyOf(name, endpoint);
    const known = this.#known.get(key);
    const nowMs = this.#clock.now();
    if (!isReachable) this.#known.set(key, { fromMs: nowMs });
    else if (known) this.#known.set(key, { ...known, untilMs: nowMs });
  }

  /** As a probe would find it now. */
  isReachable(name: string, endpoint: string): boolean {
    const known = this.#known.get(keyOf(name, endpoint));
    return known === undefined || known.untilMs !== undefined;
  }

  isNoticed(name: string, endpoint: string, { untilIllMs, untilWellMs }: Patience): boolean {
    const known = this.#known.get(keyOf(name, endpoint));
    if (!known) return false;
    const nowMs = this.#clock.now();
    const isOver = known.untilMs !== undefined && nowMs >= known.untilMs + untilWellMs;
    return nowMs >= known.fromMs + untilIllMs && !isOver;
  }
}

function keyOf(name: string, endpoint: string): string {
  return `${name}/${endpoint}`.toLowerCase();
}
