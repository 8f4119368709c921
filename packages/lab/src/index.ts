export { compareLanes, type ScenarioAgreement } from "./agreement/agreement.ts";
export { runTwins, type TwinsOptions } from "./agreement/run-twins.ts";
export { type CalibratedEntry, type CalibrationReport, calibrate } from "./calibrate/calibrate.ts";
export { jsonItems } from "./calibrate/json-items.ts";
export { readActivityLog } from "./calibrate/read-activity-log.ts";
export { checkLedger, type LedgerVerdict } from "./checkers/ledger.ts";
export { type ComparisonOptions, type ComparisonProgress, runComparison } from "./compare.ts";
export { defaultExperiments, type ExperimentName, experimentNames } from "./experiments/names.ts";
export { type UpgradeScenario, upgradeScenarios } from "./experiments/upgrade-scenario.ts";
export { type FuzzOptions, type FuzzReport, fuzz } from "./fuzz/fuzz.ts";
export { formatReplay, parseReplay, type Replay } from "./fuzz/replay.ts";
export { runScenario, type ScenarioRun } from "./fuzz/run-scenario.ts";
export { createCluster, createPlatform, type Platform, type PlatformOptions } from "./live/platform.ts";
export { createProfile } from "./live/profile.ts";
export { type Load, startLoad } from "./load/load.ts";
export type { LoadResult, LoadSpec, Workload } from "./load/spec.ts";
export { type Postgres, startPostgres } from "./postgres/postgres.ts";
export { defaultRegion } from "./rehearse/prices.ts";
export type { Rehearsal, RehearsalRound } from "./rehearse/rehearsal.ts";
export { type RehearsalOptions, rehearse, rehearseDurations } from "./rehearse/rehearse.ts";
export { type RehearsedStrategy, type RehearsedUpgrade, rehearsedStrategies } from "./rehearse/rehearsed-upgrade.ts";
export { type ClusterSnapshot, formatSnapshot, longestSnapshotBytes, parseSnapshot } from "./rehearse/snapshot.ts";
export { renderHtml } from "./report/html.ts";
export { type Report, reportSchema } from "./report/report.ts";
export { renderTable } from "./report/table.ts";
export { writeReport } from "./report/write.ts";
export { type RiskOfTrials, reportOnTrials } from "./risk/of-trials.ts";
export type { RiskReport } from "./risk/report.ts";
export { measureSensitivity, type SensitivityOptions } from "./risk/sensitivity.ts";
export { renderRiskTable } from "./risk/table.ts";
export { writeRiskReport } from "./risk/write.ts";
export type { Health } from "./traffic/backend.ts";
export {
  type FailureReason,
  judgeMinutes,
  type Minute,
  type Objective,
  type Outage,
  type TrafficCounters,
} from "./traffic/counts.ts";
export { createTrafficModel, type TrafficModel, type TrafficModelOptions } from "./traffic/model.ts";
export { flatRate, type RateCurve, type RatePoint, steppedRate } from "./traffic/rate.ts";
export { parseRateFile } from "./traffic/rate-file.ts";
export type { ReplicaState } from "./traffic/replicas.ts";
export type { Usage } from "./traffic/service.ts";
export type { Convergence, Delay, RetryPolicy, RouteSpec, ServiceSpec } from "./traffic/spec.ts";
export { builtInTrace, type TraceName, type TraceOptions, traceNames } from "./traffic/traces.ts";
export type { TrialsPlan } from "./trials/plan.ts";
export { runTrials, type TrialsOptions, type TrialsProgress, type TrialsResult } from "./trials/run-trials.ts";
export { type IncidentName, incidentNames, storyIncidentNames } from "./virtual/all-incidents.ts";
export { libraryIncidentNames } from "./virtual/library-incidents.ts";
export type { MinuteOfPayments, Outcome, TimelineEntry, TrialRecord, Violation } from "./virtual/record.ts";
export { type StrategyName as TrialStrategyName, strategyNames as trialStrategyNames } from "./virtual/strategy.ts";
export { type Topology, type TopologyName, topologyNames, topologyOf } from "./virtual/topology.ts";
export { runTrial, type Scenario, type TrialRequest } from "./virtual/trial.ts";
