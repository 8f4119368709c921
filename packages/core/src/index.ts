export {
  type AvailableVersion,
  type Capabilities,
  type CapabilityName,
  type ClusterControl,
  type ClusterStatus,
  type MaintenanceControl,
  type NodeStatus,
  type PoolControl,
  type PoolStatus,
  type Preflight,
  type PreflightOptions,
  type PreflightReport,
  type RevisionLabels,
  type RunningReplica,
  type UpgradeControl,
  type UpgradeOptions,
  type WeekDay,
  type WeeklyHours,
  weekDays,
} from "./capabilities.ts";
export { type Clock, type PollOptions, poll } from "./clock.ts";
export { type DiffOptions, diff } from "./diff.ts";
export { mergePatch } from "./merge-patch.ts";
export { asFairwayError, causesOf, platformError, unreachableError } from "./neutral-errors.ts";
export { approximated, ignored } from "./not-equivalent.ts";
export type { Operation, OperationEvent, OperationRecord, OperationState } from "./operation.ts";
export type { Change, NotEquivalent, Plan, PropertyChange } from "./plan.ts";
export { podsOf as podsOfBudget } from "./preflight/budgets.ts";
export { isPlatform } from "./preflight/check.ts";
export { checkCluster } from "./preflight/check-cluster.ts";
export { checkEnvironment } from "./preflight/check-environment.ts";
export type * from "./preflight/environment-facts.ts";
export {
  defaultDurations,
  type Estimate,
  estimateUpgrade,
  oneAfterAnother,
  type UpgradeDurations,
} from "./preflight/estimate.ts";
export type * from "./preflight/facts.ts";
export { placed } from "./preflight/placed.ts";
export { isBusy } from "./provisioning-state.ts";
export { canonicalJson, revisionSuffix } from "./revision-suffix.ts";
export { type OperationContext, type OperationSpec, runOperation } from "./run-operation.ts";
export { isSameSplit, splitText } from "./split.ts";
export type { Switcher, SwitcherReference, SwitcherTraits } from "./switcher.ts";
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
export { type MaintenanceRequest, makeMaintenancePlan } from "./upgrade/make-maintenance-plan.ts";
export { makePlan, type PlanRequest } from "./upgrade/make-plan.ts";
export { makeReleasePlan, type ReleaseRequest } from "./upgrade/make-release-plan.ts";
export {
  type ClusterStrategy,
  clusterOf,
  clusterStrategies,
  type Gate,
  type MetricCondition,
  type ReleaseSource,
  type Step,
  type StepAction,
  type StrategyName,
  strategyNames,
  type UpgradePlan,
} from "./upgrade/plan.ts";
export type { Fence, GatePorts, UpgradePorts } from "./upgrade/ports.ts";
export {
  readUpgrade,
  resumeUpgrade,
  rollBackUpgrade,
  runUpgrade,
  stopUpgrade,
} from "./upgrade/run-upgrade.ts";
export { isOver, stateOf, type UpgradePhase, type UpgradeState } from "./upgrade/state.ts";
export type { PlannedTarget } from "./upgrade/step-list.ts";
export type { SuccessorRequest } from "./upgrade/successor-steps.ts";
export type { TrafficRequest } from "./upgrade/two-cluster-steps.ts";
export { byVersion, isAt, isVersion } from "./versions.ts";
