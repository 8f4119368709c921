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
export { appJsonSchema, defineApp, parseApp } from "./parse-app.ts";
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
