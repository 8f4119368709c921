export type {
  AvailableVersion,
  Capabilities,
  CapabilityName,
  ClusterStatus,
  NodeStatus,
  PoolControl,
  PoolStatus,
  Preflight,
  PreflightOptions,
  PreflightReport,
  RevisionLabels,
  UpgradeControl,
  UpgradeOptions,
} from "./capabilities.ts";
export { type Clock, type PollOptions, poll } from "./clock.ts";
export { type DiffOptions, diff } from "./diff.ts";
export { mergePatch } from "./merge-patch.ts";
export { asFairwayError, causesOf, platformError, unreachableError } from "./neutral-errors.ts";
export { approximated, ignored } from "./not-equivalent.ts";
export type { Operation, OperationEvent, OperationRecord, OperationState } from "./operation.ts";
export type { Change, NotEquivalent, Plan, PropertyChange } from "./plan.ts";
export { checkCluster } from "./preflight/check-cluster.ts";
export { checkEnvironment } from "./preflight/check-environment.ts";
export type * from "./preflight/environment-facts.ts";
export { type Estimate, estimateUpgrade } from "./preflight/estimate.ts";
export type * from "./preflight/facts.ts";
export { isBusy } from "./provisioning-state.ts";
export { canonicalJson, revisionSuffix } from "./revision-suffix.ts";
export { type OperationContext, type OperationSpec, runOperation } from "./run-operation.ts";
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
export type { Journal, JournalEntry, JournaledError, JournalLease, JournalRequest } from "./upgrade/journal.ts";
export { makePlan, type PlannedTarget, type PlanRequest } from "./upgrade/make-plan.ts";
export {
  clusterOf,
  type Gate,
  type Step,
  type StepAction,
  type StrategyName,
  strategyNames,
  type UpgradePlan,
} from "./upgrade/plan.ts";
export type { GatePorts, UpgradePorts } from "./upgrade/ports.ts";
export {
  readUpgrade,
  resumeUpgrade,
  rollBackUpgrade,
  runUpgrade,
  stopUpgrade,
} from "./upgrade/run-upgrade.ts";
export { isOver, type UpgradePhase, type UpgradeState } from "./upgrade/state.ts";
export { byVersion, isAt, isVersion } from "./versions.ts";
