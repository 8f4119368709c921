import { type Drawn, drawnIn } from "./coverage.ts";
import { drawScenario } from "./draw.ts";
import type { Replay } from "./replay.ts";
import { type RunOptions, runScenario } from "./run-scenario.ts";
import { shrink } from "./shrink.ts";

export interface SearchOptions extends RunOptions {
  readonly seed: string;
  /** Every `step`th scenario from the `first` one on: several searches share them. */
  readonly first: number;
  readonly step: number;
  /** Told after each scenario; false ends the search. */
  onScenario(seen: Seen): boolean;
  onTrouble(trouble: Replay): void;
}

export interface Seen {
  readonly number: number;
  readonly end: string;
  readonly drawn: readonly Drawn[];
  /** What of it came. */
  readonly struck: readonly string[];
}

const mostShrinkingRuns = 150;

/** Draws scenario after scenario, and makes small what goes wrong. */
export async function search(options: SearchOptions): Promise<void> {
  for (let number = options.first; ; number += options.step) {
    const drawnFrom = `${options.seed}/${number}`;
    const scenario = drawScenario(drawnFrom);
    const { violations, end, struck } = await runScenario(scenario, options);
    const [first] = violations;
    if (first) {
      const smallest = await shrink(scenario, {
        mostRuns: mostShrinkingRuns,
        fails: async (smaller) => {
          const again = await runScenario(smaller, options);
          return again.violations.some(({ checker }) => checker === first.checker);
        },
      });
      const again = await runScenario(smallest, options);
      options.onTrouble({ drawnFrom, violations: again.violations, scenario: smallest });
    }
    const [word = ""] = end.split(" ");
    if (!options.onScenario({ number, end: word, drawn: drawnIn(scenario), struck })) return;
  }
}
