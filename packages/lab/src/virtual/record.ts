import type { UpgradePhase } from "@fairway/sdk";
import type { IncidentName } from "./all-incidents.ts";
import type { StrategyName } from "./strategy.ts";
import type { TopologyName } from "./topology.ts";

export const outcomes = [
  /** Everything is at the new version. */
  "upgraded",
  /** Some of it is, some is not, and nobody goes on. */
  "half-upgraded",
  /** As it was before, as far as Azure takes anything back. */
  "rolled-back",
  /** It waits: for Azure, for support, or for a person who does not come before the trial ends. */
  "stuck",
  /** It was given up before any node was touched. */
  "failed",
] as const;
export type Outcome = (typeof outcomes)[number];

/** One trial, as plain JSON. Times are milliseconds of virtual time since the strategy began. */
export interface TrialRecord {
  readonly schemaVersion: 1;
  readonly topology: TopologyName;
  readonly incident: IncidentName;
  readonly strategy: StrategyName;
  readonly seed: number;
  readonly outcome: Outcome;
  /** From the first step to the end of the last, with everything that was waited for. */
  readonly durationMs: number;
  readonly payments: PaymentCounts;
  /** Minutes in which fewer payments succeeded than the objective of 99.9 % says. */
  readonly minutesBelowObjective: number;
  /** Time in which at least half of the payments failed. */
  readonly outage: { readonly count: number; readonly longestMs: number; readonly totalMs: number };
  /** Beyond what the platform has when nobody upgrades it. */
  readonly peakExtraNodes: number;
  readonly extraNodeHours: number;
  /** Steps of the plan that were taken; a repeated one counts again. */
  readonly steps: number;
  readonly people: PeopleCounts;
  /** Until then everything could be taken back; null: to the end. */
  readonly reversibleUntilMs: number | null;
  readonly violations: readonly Violation[];
  readonly endState: EndState;
  readonly timeline?: readonly TimelineEntry[];
}

export interface PaymentCounts {
  readonly total: number;
  /** Refused, or answered with an error, also after what callers try again. */
  readonly failed: number;
  /** Answered, but after more than a second. */
  readonly late: number;
  /** Broken off in the middle: nobody knows whether they were made. A part of `failed`. */
  readonly lost: number;
}

export interface PeopleCounts {
  /** How often somebody had to act. */
  readonly actions: number;
  readonly minutes: number;
  /** Support tickets that were waited for, and how long. */
  readonly tickets: number;
  readonly ticketWaitMs: number;
}

export interface Violation {
  readonly checker: string;
  readonly atMs: number;
  readonly message: string;
}

export interface EndState {
  /** What the plan's journal says; `none` for a strategy without one. */
  readonly phase: UpgradePhase["kind"] | "none";
  readonly error: string | null;
  readonly version: string;
  readonly clusters: readonly ClusterEnd[];
}

export interface ClusterEnd {
  readonly name: string;
  readonly provisioningState: string;
  readonly version: string;
  readonly pools: readonly {
    readonly name: string;
    readonly version: string;
    readonly nodes: number;
    /** Nodes of it that run the plan's version. */
    readonly upgraded: number;
    readonly ready: number;
  }[];
}

export type TimelineEntry = { readonly atMs: number } & (
  | { readonly kind: "step"; readonly step: string; readonly state: string }
  | { readonly kind: "node"; readonly node: string; readonly version: string; readonly state: string }
  | { readonly kind: "eviction-blocked"; readonly pod: string; readonly why: string }
  | { readonly kind: "fault"; readonly fault: string; readonly state: "begins" | "ends" }
  | { readonly kind: "person"; readonly what: string }
  | { readonly kind: "traffic"; readonly minute: MinuteOfPayments }
);

export interface MinuteOfPayments {
  readonly served: number;
  readonly failed: number;
  readonly late: number;
}
