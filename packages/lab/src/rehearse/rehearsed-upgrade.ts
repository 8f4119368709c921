import type { CalibrationChanges } from "@fairway/emulator";
import {
  type ClusterFacts,
  type ClusterStrategy,
  clusterOf,
  clusterStrategies,
  makePlan,
  type PlannedTarget,
  type PlanRequest,
  type TrafficRequest,
  type UpgradePlan,
} from "@fairway/sdk";

/** What is rehearsed, as plain data. */
export interface RehearsedUpgrade {
  readonly strategy: RehearsedStrategy;
  readonly version: string;
  readonly pools?: readonly string[];
  readonly spares?: readonly string[];
  /** The other cluster of strategies that have two. Default: one like the first. */
  readonly second?: ClusterFacts;
  /** Percent of the first and the second cluster. Default: half and half for active-active, else all for the first. */
  readonly shares?: readonly [number, number];
  readonly drainMinutes?: number;
  readonly canary?: NonNullable<TrafficRequest["canary"]>;
  /** cluster-blue-green: how long the old cluster is kept. */
  readonly keepMinutes?: number;
  /** Durations that differ from the defaults. */
  readonly calibration?: CalibrationChanges;
}

/** All ways of a cluster: what they need beside it is made in the model. */
export const rehearsedStrategies = clusterStrategies;

export type RehearsedStrategy = ClusterStrategy;

export function hasSwitcher(strategy: RehearsedStrategy): boolean {
  return strategy === "active-active" || strategy === "region-failover" || strategy === "cluster-blue-green";
}

/** Whether there are two clusters before it begins. */
export function hasSecond(strategy: RehearsedStrategy): boolean {
  return strategy === "active-active" || strategy === "region-failover" || strategy === "guarded";
}

export function secondFacts({ strategy, second }: RehearsedUpgrade, facts: ClusterFacts): ClusterFacts {
  const other = second ?? facts;
  const isSameRegion = other.location === facts.location;
  return strategy === "region-failover" && isSameRegion ? { ...other, location: `${facts.location}-other` } : other;
}

export function sharesOf({ strategy, shares }: RehearsedUpgrade): readonly [number, number] {
  return shares ?? (strategy === "active-active" ? [50, 50] : [100, 0]);
}

/** The plan of it. `second`: the other cluster, or the address that the new one gets. Throws `upgrade-invalid`. */
export function planOf(
  upgrade: RehearsedUpgrade,
  active: PlannedTarget,
  second: { readonly address: string; readonly facts?: ClusterFacts; readonly host?: string },
  switcher: Pick<TrafficRequest, "switcher" | "convergenceMs">,
): UpgradePlan {
  const { strategy, version, pools, spares, keepMinutes } = upgrade;
  const { address, facts, host } = second;
  const request: PlanRequest = {
    strategy,
    version,
    ...(pools === undefined ? {} : { pools }),
    ...(spares === undefined ? {} : { spares }),
    ...(hasSwitcher(strategy) ? { traffic: trafficOf(upgrade, [active.address, address], switcher) } : {}),
    ...(strategy === "cluster-blue-green"
      ? {
          successor: {
            address,
            exists: false,
            ...(host === undefined ? {} : { host }),
            ...(keepMinutes === undefined ? {} : { keepMinutes }),
          },
        }
      : {}),
  };
  return makePlan(request, active, hasSecond(strategy) && facts ? { address, facts } : undefined);
}

function trafficOf(
  upgrade: RehearsedUpgrade,
  addresses: readonly [string, string],
  switcher: Pick<TrafficRequest, "switcher" | "convergenceMs">,
): TrafficRequest {
  const { strategy, drainMinutes, canary } = upgrade;
  const shares = sharesOf(upgrade);
  // A cluster that is still to be made has no route yet.
  const there = strategy === "cluster-blue-green" ? addresses.slice(0, 1) : addresses;
  return {
    ...switcher,
    weights: Object.fromEntries(there.map((address, index) => [clusterOf(address), shares[index] ?? 0])),
    ...(drainMinutes === undefined ? {} : { drainMinutes }),
    ...(canary === undefined ? {} : { canary }),
  };
}
