import type { TrafficWeights } from "@fairway/model";
import type { WeeklyHours } from "../capabilities.ts";
import type { Estimate } from "../preflight/estimate.ts";
import type { SwitcherReference } from "../switcher.ts";

/** Ways of upgrading a cluster; docs/upgrades.md says when to take which. */
export const clusterStrategies = [
  "in-place",
  "node-pool",
  "guarded",
  "pool-blue-green",
  "cluster-blue-green",
  "active-active",
  "region-failover",
] as const;

export type ClusterStrategy = (typeof clusterStrategies)[number];

/** And the ways of an app to its next revision, and of an environment through the maintenance of its platform. */
export const strategyNames = [...clusterStrategies, "revision", "maintenance"] as const;

export type StrategyName = (typeof strategyNames)[number];

/**
 * What will be done, in order: plain data, so that it is shown before, written into the journal, and taken up again by
 * another process.
 */
export interface UpgradePlan {
  readonly strategy: StrategyName;
  /** Address of the cluster that matters: `aks://SUBSCRIPTION/GROUP/CLUSTER`. */
  readonly cluster: string;
  /** Where it goes: a version of Kubernetes, the name of a revision, or what the maintenance brings. */
  readonly version: string;
  /** Where it stood when the plan was made. */
  readonly from: PlannedFrom;
  readonly steps: readonly Step[];
  /** What moves traffic between the clusters of the plan; absent when there is only one. */
  readonly switcher?: SwitcherReference;
  /** A gate that is shut, or a look that finds something, takes it back at once. */
  readonly restores?: true;
}

export interface PlannedFrom {
  readonly version: string;
  readonly pools: Readonly<Record<string, string>>;
}

export interface Step {
  /** Unique in the plan, and the same in every plan of the same cluster: `pool1`, `pool1-verify`. */
  readonly id: string;
  readonly title: string;
  /** Address of the target that it is about. */
  readonly target: string;
  readonly action: StepAction;
  /** Why nothing leads back from here; absent when something does. */
  readonly noReturn?: string;
  readonly estimate?: Estimate;
}

export type StepAction =
  /** `subject`: only findings about it. */
  | { readonly kind: "check"; readonly version?: string; readonly pools?: readonly string[]; readonly subject?: string }
  | { readonly kind: "gate"; readonly gate: Gate }
  /** Control plane and all pools as one request. */
  | { readonly kind: "cluster"; readonly version: string; readonly from: PlannedFrom }
  | { readonly kind: "control-plane"; readonly version: string }
  | { readonly kind: "pool"; readonly pool: string; readonly version: string; readonly from: string }
  | { readonly kind: "create-pool"; readonly pool: string; readonly like: string; readonly version: string }
  | { readonly kind: "drain-pool"; readonly pool: string }
  | { readonly kind: "delete-pool"; readonly pool: string }
  /** Nodes are ready, and every app is healthy. */
  | { readonly kind: "verify" }
  | ClusterAction
  | TrafficAction
  | AppAction
  | MaintenanceAction;

/** What is done to whole clusters, by address. */
export type ClusterAction =
  | { readonly kind: "create-cluster"; readonly cluster: string; readonly version: string }
  /** Every app of another cluster, as it is described there, with its secrets, which are written nowhere. */
  | { readonly kind: "copy-apps"; readonly from: string }
  /** `host`: where callers enter it. Default: what the cluster says of itself. */
  | { readonly kind: "add-route"; readonly cluster: string; readonly host?: string }
  | { readonly kind: "remove-route"; readonly cluster: string }
  | { readonly kind: "delete-cluster"; readonly cluster: string };

/** What is done to the traffic between clusters. Weights are percent by cluster; `from`: who had how much before. */
export type TrafficAction =
  /** As soon as those that gain are well. */
  | { readonly kind: "switch"; readonly from: TrafficWeights; readonly weights: TrafficWeights }
  /** So long, counted from when it was begun first, and then until the metric holds. */
  | { readonly kind: "wait"; readonly minutes: number; readonly until?: MetricCondition }
  /** Looks at nodes, apps and metrics for so long; sends the traffic back when they are not well. */
  | {
      readonly kind: "canary";
      readonly from: TrafficWeights;
      readonly weights: TrafficWeights;
      readonly minutes: number;
      readonly metrics: readonly MetricCondition[];
    };

/** A query that gives one number. */
export interface MetricCondition {
  readonly query: string;
  readonly comparison: "<" | ">";
  readonly bound: number;
}

/** What is done to one app. */
export type AppAction =
  /** The revision of a description, without traffic. */
  | { readonly kind: "release"; readonly app: string; readonly revision: string; readonly source?: ReleaseSource }
  | {
      readonly kind: "shift";
      readonly app: string;
      readonly weights: TrafficWeights;
      /** Where a rollback goes. */
      readonly from: TrafficWeights;
    }
  /** What has traffic can serve, and does for so long. */
  | { readonly kind: "watch"; readonly app: string; readonly bakeMinutes: number };

/** Where the description of an app comes from, for whoever carries the plan out. Never a secret. */
export interface ReleaseSource {
  readonly file: string;
  readonly image?: string;
}

export type MaintenanceAction =
  | { readonly kind: "set-hours"; readonly hours: WeeklyHours; readonly from?: WeeklyHours }
  /** Nobody changes the apps from here to `release-hold`. */
  | { readonly kind: "hold" }
  | { readonly kind: "release-hold" }
  /** To the end of the hours, or until every replica that was there at their beginning is replaced. */
  | { readonly kind: "follow-maintenance"; readonly hours: WeeklyHours };

/** What must hold before the next step. */
export type Gate =
  /** Somebody resumes the upgrade. */
  | { readonly kind: "person" }
  /** Hours of the day in UTC, `22:00` to `04:00`. */
  | { readonly kind: "window"; readonly from: string; readonly to: string }
  | { readonly kind: "weekly"; readonly hours: WeeklyHours }
  | { readonly kind: "command"; readonly command: string }
  | ({ readonly kind: "metric" } & MetricCondition);

export function gateTitle(gate: Gate): string {
  switch (gate.kind) {
    case "person":
      return "wait until somebody resumes";
    case "window":
      return `wait for the hours from ${gate.from} to ${gate.to} UTC`;
    case "weekly":
      return `wait for ${hoursText(gate.hours)}`;
    case "command":
      return `run ${gate.command}`;
    case "metric":
      return `look whether ${gate.query} ${gate.comparison} ${gate.bound}`;
  }
}

export function hoursText({ weekDay, startHour, durationHours }: WeeklyHours): string {
  return `${weekDay} ${String(startHour).padStart(2, "0")}:00 UTC and the ${durationHours} hours after it`;
}

/** How a cluster is called in titles: `prod-2`. */
export function nameOf(address: string): string {
  return clusterOf(address).split("/").at(-1) ?? address;
}

/** The cluster of a target's address, whatever the namespace. */
export function clusterOf(address: string): string {
  return address.split("/").slice(0, 5).join("/");
}
