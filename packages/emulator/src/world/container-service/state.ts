import type { Random } from "@fairway/kernel";
import type { ArmOperation, OperationError } from "../arm/operations.ts";
import type { Cluster } from "../cluster.ts";
import type { ClusterChildren } from "./cluster-children.ts";
import type { SupportPlan } from "./versions.ts";
import type { VmSize } from "./vm-sizes.ts";

/** Something that goes on and that can be stopped where it is. */
export interface Task {
  cancel(): void;
}

export type Outcome =
  | { readonly kind: "succeeded" }
  | { readonly kind: "failed" | "canceled"; readonly error: OperationError };

/** Open strings on the wire; these are the ones that we write (azure-facts 1.5). */
export type ProvisioningState =
  | "Creating"
  | "Updating"
  | "Upgrading"
  | "UpgradingNodeImageVersion"
  | "Scaling"
  | "Starting"
  | "Stopping"
  | "RotatingClusterCertificates"
  | "Deleting"
  | "Canceling"
  | "Canceled"
  | "Failed"
  | "Succeeded";

/** What a client asked for of one machine, in a pool of mode Machines. */
export interface OwnMachine {
  /** In ARM; its node has a longer one. */
  readonly name: string;
  readonly size: VmSize;
  readonly createdMs: number;
  /** As sent, section by section: `hardware`, `kubernetes`, … */
  settings: Readonly<Record<string, unknown>>;
  nodeLabels: Readonly<Record<string, string>>;
  nodeTaints: readonly string[];
  provisioningState: "Creating" | "Updating" | "Succeeded";
  eTag: string;
}

/** One VM of a pool's scale set. Its Node object lives in the cluster's store under the same name. */
export interface Machine {
  readonly name: string;
  /** Value of the zone label: `westeurope-1`, or `0` without zones. */
  readonly zone: string;
  /** A surge machine is extra, for the time of an upgrade; it becomes a member when it replaces a blocked one. */
  role: "member" | "surge";
  /** Undefined: it is like all of its pool. */
  own?: OwnMachine;
  version: string;
  image: string;
  state:
    | { readonly kind: "creating"; readonly order: Task }
    | { readonly kind: "running" }
    /** Could not be drained and was set aside: cordoned, on its old version, replaced by a surge machine. */
    | { readonly kind: "quarantined" };
}

/** A pool that is stopped keeps its settings and has no machines. */
export type PoolPower = "Running" | "Stopped";

/** A cluster that is stopped has neither a control plane nor machines; `reach` brings the control plane back. */
export type ClusterPower = { readonly code: "Running" } | { readonly code: "Stopped"; readonly reach: () => void };

/** `Gateway`: for egress; `ManagedSystem`: of AKS Automatic; `Machines`: each of its machines is made by itself. */
export type PoolMode = "System" | "User" | "Gateway" | "ManagedSystem" | "Machines";

/** Fields of a pool that the platform acts on. What else a client sent is carried along, unread. */
export interface PoolProperties {
  readonly count: number;
  readonly vmSize: string;
  readonly mode: PoolMode;
  readonly orchestratorVersion: string;
  readonly maxPods: number;
  readonly osSKU: string;
  readonly upgradeSettings: UpgradeSettings;
  readonly availabilityZones?: readonly string[];
  readonly nodeLabels?: Readonly<Record<string, string>>;
  readonly nodeTaints?: readonly string[];
  readonly [field: string]: unknown;
}

export interface UpgradeSettings {
  /** `1`, `33%` */
  readonly maxSurge: string;
  readonly maxUnavailable: string;
  /** Default 30. */
  readonly drainTimeoutInMinutes?: number;
  /** Default 0. */
  readonly nodeSoakDurationInMinutes?: number;
  /** Default `Schedule`. */
  readonly undrainableNodeBehavior?: "Schedule" | "Cordon";
  readonly [field: string]: unknown;
}

/** What a pool was before its last upgrade. */
export interface RecentVersion {
  readonly version: string;
  readonly image: string;
  readonly osSKU: string;
  /** When the pool had reached what came after. */
  readonly replacedAtMs: number;
}

export interface AgentPool {
  readonly name: string;
  readonly size: VmSize;
  readonly random: Random;
  /** Eight digits in the names of the machines. */
  scaleSet: string;
  properties: PoolProperties;
  /** Version and image that the whole pool has reached. */
  currentVersion: string;
  nodeImage: string;
  /** What an upgrade brings its machines to: `properties.orchestratorVersion` with its patch, and the image of that day. */
  targetVersion: string;
  targetImage: string;
  /** Undefined after a rollback: there are none in a row. */
  previous: RecentVersion | undefined;
  /** The last part of a blue-green upgrade, running or paused: it can still go back. */
  inFinalSoak: boolean;
  /** Ends the wait of the last part. Undefined when nothing waits there. */
  completeUpgrade: (() => void) | undefined;
  power: PoolPower;
  provisioningState: ProvisioningState;
  eTag: string;
  readonly machines: Machine[];
  nextInstance: number;
  operation: RunningOperation | undefined;
}

/** A write that is under way. At most one on a cluster, and one on each of its pools while there is none on the cluster. */
export interface RunningOperation {
  readonly arm: ArmOperation;
  /** For messages: `upgrade managed cluster`. */
  readonly title: string;
  readonly startMs: number;
  /** What goes on now. Replaced as the operation moves from one part to the next. */
  task: Task;
}

export interface ManagedCluster {
  readonly subscription: string;
  /** As the client wrote it at creation. */
  readonly resourceGroup: string;
  readonly name: string;
  readonly location: string;
  readonly fqdn: string;
  readonly kubeletIdentity: { readonly clientId: string; readonly objectId: string };
  readonly cluster: Cluster;
  readonly random: Random;
  tags: Readonly<Record<string, string>> | undefined;
  identity: Readonly<Record<string, unknown>>;
  sku: { readonly name: string; readonly tier: string };
  /** As clients see it, without what the other fields say. */
  properties: Readonly<Record<string, unknown>>;
  /** As asked for: `1.35` or `1.35.1`. */
  kubernetesVersion: string;
  supportPlan: SupportPlan;
  power: ClusterPower;
  provisioningState: ProvisioningState;
  eTag: string;
  readonly pools: Map<string, AgentPool>;
  /** By name in lower case. */
  readonly maintenance: Map<string, MaintenanceConfiguration>;
  /** What waits for the windows of those configurations, by name in lower case. */
  readonly windows: Map<string, Task>;
  readonly children: ClusterChildren;
  /** Commands that were run in it, by id. */
  readonly commands: Map<string, CommandRun>;
  /** While it has pools that scale themselves. */
  autoscaler: Task | undefined;
  /** From the end of its creation on. */
  nodeRepair: Task | undefined;
  operation: RunningOperation | undefined;
}

export interface MaintenanceConfiguration {
  readonly name: string;
  readonly createdMs: number;
  readonly changedMs: number;
  readonly properties: Readonly<Record<string, unknown>>;
}

export type CommandRun =
  | { readonly kind: "running"; readonly startMs: number }
  | { readonly kind: "ended"; readonly startMs: number; readonly endMs: number; readonly result: CommandResult };

export interface CommandResult {
  readonly exitCode: number;
  /** What it printed. */
  readonly logs: string;
}

/** All clusters of the embedded Azure, by subscription, group and name, compared without case. */
export class ManagedClusters {
  readonly #clusters = new Map<string, ManagedCluster>();

  get(subscription: string, resourceGroup: string, name: string): ManagedCluster | undefined {
    return this.#clusters.get(keyOf(subscription, resourceGroup, name));
  }

  add(cluster: ManagedCluster): void {
    this.#clusters.set(keyOf(cluster.subscription, cluster.resourceGroup, cluster.name), cluster);
  }

  remove(cluster: ManagedCluster): void {
    this.#clusters.delete(keyOf(cluster.subscription, cluster.resourceGroup, cluster.name));
  }

  /** By name alone, as faults name clusters: the first of that name. Compared without case. */
  named(name: string): ManagedCluster | undefined {
    return this.all().find(({ cluster }) => cluster.name.toLowerCase() === name.toLowerCase());
  }

  /** In order of creation; of one group, or of the whole subscription. */
  list(subscription: string, resourceGroup?: string): ManagedCluster[] {
    const group = resourceGroup?.toLowerCase();
    return this.all().filter(
      (cluster) =>
        cluster.subscription === subscription && (group === undefined || cluster.resourceGroup.toLowerCase() === group),
    );
  }

  all(): ManagedCluster[] {
    return [...this.#clusters.values()];
  }
}

function keyOf(...parts: readonly string[]): string {
  return parts.join("/").toLowerCase();
}
