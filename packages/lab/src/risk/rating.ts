import type { RiskSummary } from "./summary.ts";

export const ratings = ["low", "medium", "high"] as const;
export type Rating = (typeof ratings)[number];

export interface Ratings {
  readonly risk: Rating;
  readonly cost: Rating;
  readonly effort: Rating;
}

/** Below the first it is low, from the second on high. They are a convention of ours, and stand in every report. */
export const bounds = {
  risk: { what: "chance of an outage of more than a minute, given an incident", low: 0.05, high: 0.25 },
  cost: { what: "extra node-hours as a share of what the platform runs in a day", low: 0.05, high: 0.5 },
  effort: { what: "minutes of people's work for one upgrade", low: 60, high: 240 },
} as const;

export function rate(summary: RiskSummary, nodes: number): Ratings {
  return {
    risk: ratingOf(summary.outageOver1.value, bounds.risk),
    cost: ratingOf(summary.extraNodeHours.value / (nodes * 24), bounds.cost),
    effort: ratingOf(summary.peopleMinutes.value, bounds.effort),
  };
}

function ratingOf(value: number, { low, high }: { readonly low: number; readonly high: number }): Rating {
  if (value < low) return "low";
  return value < high ? "medium" : "high";
}
