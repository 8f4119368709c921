import type { Scheduler, TraceRecord } from "@fairway/kernel";

/** What faults may still do to apps after they have ended: images are pulled anew, pods are moved. */
const afterEffectMs = 20 * 60_000;

const changesOfForce: ReadonlySet<string> = new Set([
  "fault.injected",
  "fault.ended",
  "maintenance.started",
  "maintenance.ended",
]);

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
    // Maintenance replaces replicas, and of an app of one replica all.
    if (kind === "maintenance.started") this.#inForce.add(`maintenance of ${String(data["environment"])}`);
    if (kind === "maintenance.ended") this.#inForce.delete(`maintenance of ${String(data["environment"])}`);
    if (changesOfForce.has(kind)) this.#lastEndMs = this.#clock.now();
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
