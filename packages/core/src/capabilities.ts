import type { App, Finding } from "@fairway/model";
import type { Operation } from "./operation.ts";
import type { ClusterFacts } from "./preflight/facts.ts";

/** What a target may be able to do beyond `DeploymentTarget`. */
export interface Capabilities {
  /** Kubernetes version upgrades, and following them node by node. */
  readonly upgrades: UpgradeControl;
  /** Names for revisions that have an address of their own, independent of weights. */
  readonly labels: RevisionLabels;
  /** Looks for what stands against an upgrade or a maintenance. Reads only. */
  readonly preflight: Preflight;
  /** Maintenance that the platform does by itself: its hours, and living through it. */
  readonly maintenance: MaintenanceControl;
  /** Whole clusters beside this one. */
  readonly clusters: ClusterControl;
}

export type CapabilityName = keyof Capabilities;

export interface Preflight {
  check(options?: PreflightOptions): Promise<PreflightReport>;
}

export interface PreflightOptions {
  /** Kubernetes version to go to. Default: the newest that can be reached and is no preview. */
  readonly version?: string;
  /** Only these node pools. Default: all. */
  readonly pools?: readonly string[];
}

export interface PreflightReport {
  /** Address of the target. */
  readonly target: string;
  /** Absent where the platform upgrades itself. */
  readonly version?: string;
  readonly findings: readonly Finding[];
}

export interface UpgradeControl {
  status(): Promise<ClusterStatus>;
  /** Everything that the checks and a plan look at. Secrets and values of environment variables are never in it. */
  facts(): Promise<ClusterFacts>;
  /** Versions that can be reached in one step, newest last. */
  available(): Promise<readonly AvailableVersion[]>;
  /** Upgrades the control plane, then the node pools one after another. */
  start(version: string, options?: UpgradeOptions): Operation<ClusterStatus>;
  /** Stops a running upgrade where it is; nothing is rolled back. */
  abort(): Operation<ClusterStatus>;
  readonly pools: PoolControl;
}

/** Node pools one by one, for strategies that replace them. Every call may be repeated. */
export interface PoolControl {
  /** Back to the version before its last upgrade, which AKS remembers for seven days. */
  rollBack(pool: string, version: string): Operation<void>;
  /** A pool with the settings of another one. */
  create(pool: string, options: { readonly like: string; readonly version: string }): Operation<void>;
  /** Cordons its nodes and evicts their pods as their budgets allow. */
  drain(pool: string): Operation<void>;
  /** Lets its nodes take pods again. */
  open(pool: string): Operation<void>;
  /** Deletes it with its nodes; nothing happens when it is gone. */
  remove(pool: string): Operation<void>;
}

/** Whole clusters, by address, for strategies that replace one. Every call may be repeated. */
export interface ClusterControl {
  /** Its provisioning state; undefined when there is none. */
  state(cluster: string): Promise<string | undefined>;
  /** A cluster with the settings and pools of this one, at another version, without apps. */
  create(cluster: string, options: { readonly version: string }): Operation<void>;
  /** Deletes it with all that runs in it; nothing happens when it is gone. */
  remove(cluster: string): Operation<void>;
  /**
   * What the revision with the traffic was made from, with its secrets: it must not be written down. Rejects with `conflict`
   * while several revisions have traffic.
   */
  describe(app: string): Promise<App>;
  /** Host name or address at which callers enter this cluster; undefined when it has no gateway yet. */
  entrance(): Promise<string | undefined>;
}

export interface UpgradeOptions {
  /** Only these pools (and, unless `controlPlane` is false, the control plane). Default: all. */
  readonly pools?: readonly string[];
  readonly controlPlane?: boolean;
  /** Whether the operation tells node by node what happens, which reads all of them again and again. Default true. */
  readonly tellsNodes?: boolean;
}

export interface AvailableVersion {
  readonly version: string;
  readonly isPreview: boolean;
}

export interface ClusterStatus {
  readonly version: string;
  /** It has no nodes then; absent: it runs. */
  readonly isStopped?: true;
  readonly provisioningState: string;
  readonly pools: readonly PoolStatus[];
  readonly nodes: readonly NodeStatus[];
}

export interface PoolStatus {
  readonly name: string;
  readonly version: string;
  readonly count: number;
  readonly provisioningState: string;
}

export interface NodeStatus {
  readonly name: string;
  readonly pool: string;
  readonly version: string;
  readonly ready: boolean;
  readonly schedulable: boolean;
  /** The platform could not drain it, and upgrades pass it over until a person has looked; absent: not so. */
  readonly isSetAside?: true;
}

export interface MaintenanceControl {
  /** The hours that planned maintenance keeps to; undefined: any. */
  hours(): Promise<WeeklyHours | undefined>;
  /** Undefined takes the hours away. Rejects with `upgrade-invalid` when the platform does not take them. */
  setHours(hours: WeeklyHours | undefined): Operation<void>;
  /** Every replica of Fairway's apps that runs now. */
  replicas(): Promise<readonly RunningReplica[]>;
  /** Until `release` the platform refuses every change of the apps, by whomever. May be repeated. */
  hold(): Operation<void>;
  release(): Operation<void>;
}

/** Once a week, in UTC. */
export interface WeeklyHours {
  readonly weekDay: WeekDay;
  readonly startHour: number;
  readonly durationHours: number;
}

/** As `Date` counts them. */
export const weekDays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const;

export type WeekDay = (typeof weekDays)[number];

export interface RunningReplica {
  readonly app: string;
  readonly name: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly isReady: boolean;
}

export interface RevisionLabels {
  set(app: string, label: string, revision: string): Operation<void>;
  remove(app: string, label: string): Operation<void>;
}
