import { bounds, type Rating } from "./rating.ts";
import type { StrategyRow } from "./report.ts";
import type { RiskSummary } from "./summary.ts";
import { minutes, short } from "./words.ts";

interface Claim {
  readonly strategy: string;
  readonly claim: string;
  readonly risk?: readonly Rating[];
  readonly cost?: readonly Rating[];
  readonly effort?: readonly Rating[];
}

/** What the company found in practice, before there was a number (NDC Copenhagen 2022). */
const experience: readonly Claim[] = [
  { strategy: "in-place", claim: "cheap, simple and dangerous", risk: ["high"], cost: ["low"] },
  {
    strategy: "cluster-blue-green",
    claim: "safest, dear and laborious",
    risk: ["low"],
    cost: ["high"],
    effort: ["high"],
  },
  { strategy: "guarded", claim: "nearly safe, and cheap", risk: ["low", "medium"], cost: ["low", "medium"] },
  { strategy: "container-apps", claim: "safe where its limits allow it", risk: ["low"], cost: ["low"] },
];

export interface ClaimCheck {
  readonly strategy: string;
  readonly claim: string;
  /** What does not fit, and what makes our number what it is; empty when our numbers say the same. */
  readonly disagreements: readonly string[];
}

type Row = Pick<StrategyRow, "name" | "ratings" | "withIncident" | "byIncident">;

/** Holds our numbers against the company's experience. It is compared with, and never steers. */
export function compareWithExperience(rows: readonly Row[]): readonly ClaimCheck[] {
  return experience.flatMap(({ strategy, claim, ...expected }) => {
    const row = rows.find(({ name }) => name === strategy);
    if (!row) return [];
    const disagreements = (["risk", "cost", "effort"] as const).flatMap((what) => {
      const allowed = expected[what];
      const found = row.ratings[what];
      if (!allowed || allowed.includes(found)) return [];
      return [`${what} is ${found} here, there it was ${allowed.join(" or ")}: ${reasons[what](row)}`];
    });
    return [{ strategy, claim, disagreements }];
  });
}

const reasons: Readonly<Record<keyof typeof bounds, (row: Row) => string>> = {
  risk: (row) =>
    `${percent(row.withIncident.outageOver1.value)} of the trials had an outage of more than a minute${mostlyFrom(row, ({ outageOver1 }) => outageOver1.value, percent)}`,
  cost: ({ withIncident: { extraNodeHours, peakExtraNodes, duration } }) =>
    `${short(extraNodeHours.value)} extra node-hours, ${peakExtraNodes} nodes at once at most, in ${minutes(duration.p50Minutes)} (half of the trials). Only what the upgrade itself needs is counted: not a second cluster that stands by all year, nor the work of building one`,
  effort: (row) =>
    `${short(row.withIncident.peopleMinutes.value)} minutes of people${mostlyFrom(row, ({ peopleMinutes }) => peopleMinutes.value, short)}. Only work during the upgrade is counted, not that of building what it needs`,
};

/** The incidents that make most of a mean; nothing when none does. */
function mostlyFrom(
  { byIncident }: Row,
  measure: (summary: RiskSummary) => number,
  text: (value: number) => string,
): string {
  const found = Object.entries(byIncident)
    .filter(([incident]) => incident !== "none")
    .map(([incident, summary]) => ({ incident, value: measure(summary) }))
    .toSorted((one, other) => other.value - one.value);
  const mean = found.reduce((sum, { value }) => sum + value, 0) / found.length;
  const most = found.filter(({ value }) => value > mean).slice(0, 3);
  if (most.length === 0) return "";
  return `, mostly those of ${most.map(({ incident, value }) => `${incident} (${text(value)})`).join(", ")}`;
}

function percent(share: number): string {
  return `${short(share * 100)} %`;
}
