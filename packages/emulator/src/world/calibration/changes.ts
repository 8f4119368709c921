import { type Calibration, type CalibrationChanges, defaultCalibration } from "../calibration.ts";
import { type CalibrationIssue, checkChanges } from "./check.ts";
import type { Distribution } from "./distribution.ts";

/** A calibration that is refused: everything that is wrong with it, each with its path. */
export class CalibrationError extends Error {
  readonly issues: readonly CalibrationIssue[];
  readonly hint: string;

  constructor(
    issues: readonly CalibrationIssue[],
    hint = "docs/calibration.md shows every entry and how it is written.",
  ) {
    const [first, ...more] = issues;
    super(`${first?.path}: ${first?.message}${more.length === 0 ? "" : `, and ${more.length} more`}`);
    this.name = "CalibrationError";
    this.issues = issues;
    this.hint = hint;
  }
}

/** The default calibration with entries changed. Throws `CalibrationError`. */
export function calibrationWith(changes: CalibrationChanges = {}): Calibration {
  const issues = checkChanges(changes);
  if (issues.length > 0) throw new CalibrationError(issues);
  const changed = Object.entries(changes).map(([name, { distribution, source, confidence }]) => [
    name,
    { ...defaultCalibration[name as keyof Calibration], distribution: settled(distribution), source, confidence },
  ]);
  return { ...defaultCalibration, ...(Object.fromEntries(changed) as Partial<Calibration>) };
}

type AnyDistribution = Calibration[keyof Calibration]["distribution"];

/** As draws want it: what was measured stands in order. */
function settled(distribution: AnyDistribution): AnyDistribution {
  return distribution.kind === "chance" ? distribution : inOrder(distribution);
}

function inOrder(distribution: Distribution): Distribution {
  switch (distribution.kind) {
    case "empirical":
      return { ...distribution, seconds: distribution.seconds.toSorted((a, b) => a - b) };
    case "mixture": {
      const parts = distribution.parts.map((part) => ({ ...part, distribution: inOrder(part.distribution) }));
      return { ...distribution, parts };
    }
    case "fixed":
    case "uniform":
    case "lognormal":
      return distribution;
  }
}
