import type { Scenario } from "./scenario.ts";

/** Of the resource group. */
export const groupName = "fuzz";
/** The cluster that matters, and the other one: that which takes its traffic meanwhile, or for good. */
export const clusterNames = ["prod", "prod-2"] as const;
export const [clusterName, secondName] = clusterNames;
export const environmentName = "prod";
/** Of the Traffic Manager profile; its endpoints are called like the clusters. */
export const profileName = "entry";
/** In the parameters of a fault: that of the record which brings it. */
export const ofRecord = "@record";

export type ClusterName = (typeof clusterNames)[number];

/** Where callers enter a cluster. */
export function entranceOf(cluster: string): string {
  return `${cluster}.fuzz.example`;
}

/** Those that are there before the upgrade. */
export function clustersOf({ platform, strategy }: Pick<Scenario, "platform" | "strategy">): readonly ClusterName[] {
  if (platform === "environment") return [];
  return withSecond.has(strategy) ? clusterNames : [clusterName];
}

const withSecond: ReadonlySet<string> = new Set(["guarded", "active-active", "region-failover"]);
