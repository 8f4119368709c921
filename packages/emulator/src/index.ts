export type { Azure, AzureOptions, ImageProgram } from "./azure.ts";
export { FaultError } from "./faults/parameters.ts";
export { parseScenario } from "./faults/scenario.ts";
export { createGateway, type Gateway, type GatewayOptions } from "./gateway/gateway.ts";
export type { KubeAnswer } from "./http/kubernetes/handler.ts";
export type { InProcessCall } from "./http/kubernetes/in-process.ts";
export { isLoopback } from "./listen-options.ts";
export {
  createModelCluster,
  type ModelCluster,
  type ModelClusterOptions,
  type ModelClusterServer,
} from "./model-cluster.ts";
export { startAzure } from "./start-azure.ts";
export { createVirtualAzure, type VirtualAzure, type VirtualAzureOptions } from "./virtual-azure.ts";
export { CalibrationError, calibrationWith } from "./world/calibration/changes.ts";
export type { CalibrationIssue } from "./world/calibration/check.ts";
export { type Distribution, type MixturePart, quantileSeconds } from "./world/calibration/distribution.ts";
export type { Chance, Confidence, Duration } from "./world/calibration/entry.ts";
export { formatCalibration } from "./world/calibration/format.ts";
export { parseCalibration } from "./world/calibration/parse.ts";
export { calibrationJsonSchema } from "./world/calibration/schema.ts";
export {
  type Calibration,
  type CalibrationChanges,
  type ChanceName,
  type Change,
  type DurationName,
  defaultCalibration,
} from "./world/calibration.ts";
export type { Address, Route } from "./world/ports.ts";
export type { Answers } from "./world/traffic/switch.ts";
