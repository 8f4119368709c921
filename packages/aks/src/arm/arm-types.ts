import type { ManagedCluster } from "@azure/arm-containerservice";
import type { HttpClient } from "@azure/core-rest-pipeline";
import type { LockFacts, MaintenanceWindow, QuotaFacts, SubnetFacts } from "@fairway/core";

export interface ArmOptions {
  /** Default: the public cloud. */
  readonly endpoint?: string;
  /** PEM of the authority that signed the endpoint's certificate, when it is not a public one. */
  readonly caCertificate?: string;
  /** How requests travel. Default: over HTTPS. */
  readonly httpClient?: HttpClient;
}

export interface ClusterAddress {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly cluster: string;
}

/** Azure Resource Manager, for one cluster. Everything it throws is a `FairwayError`. */
export interface Arm {
  /** The kubeconfig of the user, as YAML. */
  userKubeConfig(): Promise<string>;
  cluster(): Promise<ManagedCluster>;
  /** Versions that the control plane can be upgraded to in one step. */
  upgradeVersions(): Promise<readonly { version: string; isPreview: boolean }[]>;
  /** Windows in which Azure may start its own upgrades. */
  maintenanceWindows(): Promise<readonly MaintenanceWindow[]>;
  /** Locks on a resource group and above it. */
  locks(group: string): Promise<readonly LockFacts[]>;
  /** vCPUs of the region, by family. */
  quotas(location: string): Promise<readonly QuotaFacts[]>;
  /** How full the subnets of a virtual network are, by its resource id. */
  subnets(virtualNetwork: string): Promise<readonly SubnetFacts[]>;
  /** Writes the cluster as a whole. Resolves when the request is accepted. */
  updateCluster(cluster: ManagedCluster): Promise<ArmOperation>;
  /** Moves one pool to a version. Resolves when the request is accepted. */
  upgradePool(pool: string, version: string): Promise<ArmOperation>;
  /** Back to a version that the pool had before, and to the image that it had then. */
  rollBackPool(pool: string, version: string): Promise<ArmOperation>;
  /** A pool with the settings of another one. */
  createPool(pool: string, like: string, version: string): Promise<ArmOperation>;
  deletePool(pool: string): Promise<ArmOperation>;
  /** Another cluster of the subscription; undefined when there is none. */
  neighbour(place: ClusterPlace): Promise<ManagedCluster | undefined>;
  createNeighbour(place: ClusterPlace, cluster: ManagedCluster): Promise<ArmOperation>;
  deleteNeighbour(place: ClusterPlace): Promise<ArmOperation>;
  /** Stops what runs: in the pool that is named, else in the cluster. */
  abort(pool?: string): Promise<ArmOperation>;
}

export type ClusterPlace = Omit<ClusterAddress, "subscriptionId">;

/** A write that Azure has accepted. */
export interface ArmOperation {
  /** Rejects with the error of the operation. */
  done(signal?: AbortSignal): Promise<void>;
}
