export type {
  AvailableVersion,
  Capabilities,
  CapabilityName,
  ClusterStatus,
  NodeStatus,
  PoolStatus,
  RevisionLabels,
  UpgradeControl,
  UpgradeOptions,
} from "./capabilities.ts";
export type { Operation, OperationEvent, OperationRecord, OperationState } from "./operation.ts";
export type { Change, NotEquivalent, Plan, PropertyChange } from "./plan.ts";
export type {
  ApplyOptions,
  AppStatus,
  DeploymentTarget,
  LogLine,
  LogOptions,
  Revision,
  RevisionState,
  ScaleBounds,
} from "./target.ts";
