import type { CalibrationChanges } from "@fairway/emulator";
import type { TraceName } from "../traffic/traces.ts";
import type { IncidentName } from "../virtual/all-incidents.ts";
import type { TrialRecord } from "../virtual/record.ts";
import type { StrategyName as TrialStrategyName } from "../virtual/strategy.ts";
import type { TopologyName } from "../virtual/topology.ts";

/** Every strategy through every incident, each with the same seeds. */
export interface TrialsPlan {
  readonly topology: TopologyName;
  readonly traffic: TraceName;
  readonly strategies: readonly TrialStrategyName[];
  readonly incidents: readonly IncidentName[];
  readonly firstSeed: number;
  readonly seeds: number;
  /** Durations and chances of Azure in the place of the defaults. */
  readonly calibration?: CalibrationChanges;
}

export interface TrialKey {
  readonly strategy: TrialStrategyName;
  readonly incident: IncidentName;
  readonly seed: number;
}

/** Seed by seed, so that whatever is done at any time can be compared. */
export function keysOf({ strategies, incidents, firstSeed, seeds }: TrialsPlan): readonly TrialKey[] {
  return Array.from({ length: seeds }, (_, index) => firstSeed + index).flatMap((seed) =>
    incidents.flatMap((incident) => strategies.map((strategy) => ({ strategy, incident, seed }))),
  );
}

export function keyText({ strategy, incident, seed }: TrialKey): string {
  return `${strategy}/${incident}/${seed}`;
}

/** By strategy, incident and seed, in the order of the plan; what is in no plan comes last. */
export function sorted(records: readonly TrialRecord[], plan: TrialsPlan): TrialRecord[] {
  const rank = (names: readonly string[], name: string): number => {
    const index = names.indexOf(name);
    return index < 0 ? names.length : index;
  };
  return records.toSorted(
    (a, b) =>
      rank(plan.strategies, a.strategy) - rank(plan.strategies, b.strategy) ||
      a.strategy.localeCompare(b.strategy) ||
      rank(plan.incidents, a.incident) - rank(plan.incidents, b.incident) ||
      a.incident.localeCompare(b.incident) ||
      a.seed - b.seed,
  );
}
