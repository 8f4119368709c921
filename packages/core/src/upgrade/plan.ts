import type { Estimate } from "../preflight/estimate.ts";

/** Ways of upgrading a cluster; docs/upgrades.md says when to take which. */
export const strategyNames = ["in-place", "node-pool", "guarded", "pool-blue-green"] as const;

export type StrategyName = (typeof strategyNames)[number];

/**
 * What will be done, in order: plain data, so that it is shown before, written into the journal, and taken up again by
 * another process.
 */
export interface UpgradePlan {
  readonly strategy: StrategyName;
  /** Address of the cluster that matters: `aks://SUBSCRIPTION/GROUP/CLUSTER`. */
  readonly cluster: string;
  readonly version: string;
  /** Where it stood when the plan was made. */
  readonly from: PlannedFrom;
  readonly steps: readonly Step[];
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
  | { readonly kind: "check"; readonly version: string; readonly pools: readonly string[] }
  | { readonly kind: "gate"; readonly gate: Gate }
  /** Control plane and all pools as one request. */
  | { readonly kind: "cluster"; readonly version: string; readonly from: PlannedFrom }
  | { readonly kind: "control-plane"; readonly version: string }
  | { readonly kind: "pool"; readonly pool: string; readonly version: string; readonly from: string }
  | { readonly kind: "create-pool"; readonly pool: string; readonly like: string; readonly version: string }
  | { readonly kind: "drain-pool"; readonly pool: string }
  | { readonly kind: "delete-pool"; readonly pool: string }
  /** Nodes are ready, and every app is healthy. */
  | { readonly kind: "verify" };

/** What must hold before the next step. */
export type Gate =
  /** Somebody resumes the upgrade. */
  | { readonly kind: "person" }
  /** Hours of the day in UTC, `22:00` to `04:00`. */
  | { readonly kind: "window"; readonly from: string; readonly to: string }
  | { readonly kind: "command"; readonly command: string }
  | { readonly kind: "metric"; readonly query: string; readonly comparison: "<" | ">"; readonly bound: number };

export function gateTitle(gate: Gate): string {
  switch (gate.kind) {
    case "person":
      return "wait until somebody resumes";
    case "window":
      return `wait for the hours from ${gate.from} to ${gate.to} UTC`;
    case "command":
      return `run ${gate.command}`;
    case "metric":
      return `look whether ${gate.query} ${gate.comparison} ${gate.bound}`;
  }
}

/** The cluster of a target's address, whatever the namespace. */
export function clusterOf(address: string): string {
  return address.split("/").slice(0, 5).join("/");
}
