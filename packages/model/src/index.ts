export type { App, AppDescription, Probe, RevisionName, ScaleRule } from "./app.ts";
export {
  type ErrorCode,
  errorCodes,
  FairwayError,
  type FairwayErrorOptions,
  type Issue,
  NotSupportedError,
  unreachable,
} from "./errors.ts";
export {
  type Finding,
  type FindingCode,
  type FindingSeverity,
  findingTitles,
  isFindingCode,
} from "./finding.ts";
export { appJsonSchema, defineApp, parseApp } from "./parse-app.ts";
export {
  type IgnoreRule,
  type OwnCheck,
  type PreflightRules,
  parsePreflightRules,
  type SortedFindings,
  sortOut,
} from "./preflight-rules.ts";
export {
  checkSplit,
  distribute,
  moveWeight,
  stepTo,
  type TrafficSplit,
  type TrafficWeights,
  withoutRevisions,
} from "./traffic.ts";
export { cpuMillicores, formatMemory, memoryMib } from "./units.ts";
