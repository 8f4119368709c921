import type { VirtualAzure } from "@fairway/emulator";

export const groupName = "payments";
/** The active one, and the one beside it for strategies that have two. */
export const clusterNames = ["prod", "prod-2"] as const;
export type ClusterName = (typeof clusterNames)[number];

/** For `connect`. */
export function addressOfCluster({ subscriptionId }: Pick<VirtualAzure, "subscriptionId">, name: ClusterName): string {
  return `aks://${subscriptionId}/${groupName}/${name}/default`;
}

/** Under which apps of a cluster call one another. */
export function hostOfApp(app: string, cluster: ClusterName): string {
  return `${app}.default.${cluster}`;
}

/** The Traffic Manager profile before them, for strategies that have one; its endpoints are called like the clusters. */
export const profileName = "payments";

/** Where customers enter a cluster. */
export function entranceOf(cluster: string): string {
  return `${cluster}.payments.example`;
}
