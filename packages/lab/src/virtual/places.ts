import type { VirtualAzure } from "@fairway/emulator";
import { clusterOf } from "@fairway/sdk";

export const groupName = "payments";
/** The active one, and the one beside it for strategies that have two. */
export const clusterNames = ["prod", "prod-2"] as const;
/** The environment of Container Apps, for the strategy that has no cluster. */
export const environmentName = "apps";
/** A cluster, or the environment. */
export type ClusterName = (typeof clusterNames)[number] | typeof environmentName;

/** For `connect`. */
export function addressOfCluster({ subscriptionId }: Pick<VirtualAzure, "subscriptionId">, name: ClusterName): string {
  if (name === environmentName) return `aca://${subscriptionId}/${groupName}/${name}`;
  return `aks://${subscriptionId}/${groupName}/${name}/default`;
}

/** The other way round. */
export function clusterNamed(azure: Pick<VirtualAzure, "subscriptionId">, address: string): ClusterName {
  const names: readonly ClusterName[] = [...clusterNames, environmentName];
  const found = names.find((name) => clusterOf(addressOfCluster(azure, name)) === clusterOf(address));
  if (found) return found;
  throw new Error(`${address} is no cluster of the trial.`);
}

/** Under which apps of one place call one another. */
export function hostOfApp(app: string, place: ClusterName): string {
  return place === environmentName ? `${app}.${place}` : `${app}.default.${place}`;
}

/** The Traffic Manager profile before them, for strategies that have one; its endpoints are called like the clusters. */
export const profileName = "payments";

/** Where customers enter a cluster. */
export function entranceOf(cluster: string): string {
  return `${cluster}.payments.example`;
}
