import type { ManagementLocks } from "../arm/locks.ts";
import type { Operations } from "../arm/operations.ts";
import type { PlainResources } from "../arm/plain-resources.ts";
import type { World } from "../world.ts";
import type { Disturbances } from "./disturbances.ts";
import type { ControlPlaneOutages } from "./outages.ts";
import type { PoolSnapshots } from "./snapshots.ts";
import type { CommandResult, ManagedCluster, ManagedClusters } from "./state.ts";

/** Runs a command against a cluster, as its administrator. `done` is called once, never from inside the call. */
export type CommandRunner = (
  command: { readonly cluster: ManagedCluster; readonly line: string },
  done: (result: CommandResult) => void,
) => void;

/** What every part of Microsoft.ContainerService works with. */
export interface ContainerService {
  readonly world: World;
  readonly operations: Operations;
  readonly clusters: ManagedClusters;
  readonly outages: ControlPlaneOutages;
  /** vCPUs that a subscription may use of one VM family in one region. */
  readonly vcpuQuota: (location: string, family: string) => number;
  /** Asked once for each machine that comes up; false: it never joins its cluster (fault). */
  readonly machineJoins: (cluster: string, pool: string) => boolean;
  readonly snapshots: PoolSnapshots;
  readonly clusterSnapshots: PlainResources;
  /** Of the Azure that this is part of. */
  readonly tenantId: string;
  readonly runCommand: CommandRunner;
  readonly disturbances: Disturbances;
  /** Of Azure Resource Manager: those on the group of a cluster's nodes keep it from changing its nodes. */
  readonly locks: ManagementLocks;
  /** Addresses of a subnet, by its id; undefined: more than enough. */
  readonly subnetAddresses: (subnetId: string) => number | undefined;
  /** Whether a budget that asks for more pods than there are blocks an upgrade before it starts (azure-facts 1.4). */
  readonly blockOnUnmetBudgets: boolean;
}
