import type { Scheduler, TraceRecord } from "@fairway/kernel";

/** What faults may still do to apps after they have ended: images are pulled anew, pods are moved. */
const afterEffectMs = 20 * 60_000;

/** Whether apps may be ill through no fault of ours. */
export class Disturbances {
  readonly #clock: Pick<Scheduler, "now">;
  readonly #inForce = new Set<unknown>();
  #lastEndMs = Number.NEGATIVE_INFINITY;
  #longestLagMs = 0;

  constructor(clock: Pick<Scheduler, "now">) {
    this.#clock = clock;
  }

  onRecord({ kind, data }: TraceRecord): void {
    if (kind === "fault.injected") this.#inForce.add(data["id"]);
    if (kind === "fault.ended") this.#inForce.delete(data["id"]);
    if (kind === "fault.injected" || kind === "fault.ended") this.#lastEndMs = this.#clock.now();
    const { lagSeconds } = data;
    if (kind === "fault.injected" && typeof lagSeconds === "number") {
      this.#longestLagMs = Math.max(this.#longestLagMs, lagSeconds * 1_000);
    }
  }

  get excuses(): boolean {
    return this.#inForce.size > 0 || this.#clock.now() - this.#lastEndMs < afterEffectMs;
  }

  /** How much later than usual name servers may know of a change. */
  get longestLagMs(): number {
    return this.#longestLagMs;
  }
}
