import type { Site } from "./site.ts";

/** Once, at a moment of the time that the strategy is planned to take, unless the trial is over by then. */
export function atRandom(site: Site, plannedMs: number, run: () => void): void {
  site.world.kernel.clock.after(site.stream("moment").below(Math.max(1, Math.round(plannedMs))), () => {
    if (!site.end.hasCome) run();
  });
}
