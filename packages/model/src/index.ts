export {
  type App,
  type AppDescription,
  appSchema,
  type Probe,
  type RevisionName,
  type ScaleRule,
  type TrafficWeights,
} from "./app.ts";
export {
  type ErrorCode,
  errorCodes,
  FairwayError,
  type FairwayErrorOptions,
  type Issue,
  NotSupportedError,
  unreachable,
} from "./errors.ts";
