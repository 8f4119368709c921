export type { Azure, AzureOptions, ImageProgram } from "./azure.ts";
export { createGateway, type Gateway, type GatewayOptions } from "./gateway/gateway.ts";
export { isLoopback } from "./listen-options.ts";
export {
  createModelCluster,
  type ModelCluster,
  type ModelClusterOptions,
  type ModelClusterServer,
} from "./model-cluster.ts";
export { startAzure } from "./start-azure.ts";
export { type Calibration, type Duration, type DurationName, defaultCalibration } from "./world/calibration.ts";
export type { Address } from "./world/ports.ts";
