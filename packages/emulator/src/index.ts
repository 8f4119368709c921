export type { Azure, AzureOptions, ImageProgram } from "./azure.ts";
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
export { type Calibration, type Duration, type DurationName, defaultCalibration } from "./world/calibration.ts";
export type { Address, Route } from "./world/ports.ts";
