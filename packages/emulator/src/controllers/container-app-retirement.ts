import type { Random, Timer } from "@fairway/kernel";
import { durationMs, type World } from "../world/world.ts";
import type { Revision } from "./container-app-revision.ts";
import type { AppliedTraffic } from "./container-app-routes.ts";

export interface RetirementOptions {
  readonly world: World;
  readonly random: Random;
  /** In order of creation. */
  revisions(): readonly Revision[];
  isSingle(): boolean;
  deactivate(revision: Revision): void;
}

/** Single mode: once all traffic is at the latest revision, the others go; what never served goes as soon as it is outdated. */
export class RevisionRetirement {
  readonly #options: RetirementOptions;
  #timer: Timer | undefined;

  constructor(options: RetirementOptions) {
    this.#options = options;
  }

  follow({ weights }: AppliedTraffic, hasIngress: boolean): void {
    const { world, random } = this.#options;
    const revisions = this.#options.revisions();
    const latest = newestActive(revisions);
    const others = revisions.filter((revision) => revision.active && revision !== latest);
    if (!latest || others.length === 0) return;
    const ready = newestReady(revisions);
    for (const other of others) {
      const serves = weights.has(other.name) || other === ready;
      if (!serves && !latest.everReady) this.#options.deactivate(other);
    }
    const hasMoved = !hasIngress || weights.has(latest.name);
    if (!latest.everReady || !hasMoved) return;
    const delayMs = durationMs(world, "revisions.deprovisionDelay", random);
    this.#timer ??= world.clock.after(delayMs, () => this.#retire());
  }

  close(): void {
    this.#timer?.cancel();
  }

  #retire(): void {
    this.#timer = undefined;
    const revisions = this.#options.revisions();
    const newest = newestActive(revisions);
    if (!this.#options.isSingle() || !newest?.everReady) return;
    for (const other of revisions) if (other !== newest) this.#options.deactivate(other);
  }
}

export function newestReady(revisions: readonly Revision[]): Revision | undefined {
  return revisions.findLast(({ active, everReady }) => active && everReady);
}

function newestActive(revisions: readonly Revision[]): Revision | undefined {
  return revisions.findLast(({ active }) => active);
}
