export type { ArmOptions } from "./arm/arm-types.ts";
export type { KubernetesTransport } from "./kubernetes/connection.ts";
export type { GatewayOptions } from "./manifests/gateway.ts";
export { type AksTargetOptions, createAksTarget } from "./target.ts";
