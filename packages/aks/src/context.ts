import type { Clock } from "@fairway/core";
import type { Arm } from "./arm/arm-types.ts";
import type { Kubernetes } from "./kubernetes/kubernetes.ts";
import type { GatewaySettings } from "./manifests/gateway.ts";

/** What every call of the target works with. */
export interface AksContext {
  /** Canonical address of the target. */
  readonly address: string;
  readonly kubernetes: Kubernetes;
  readonly arm: Arm;
  readonly clock: Clock;
  readonly gateway: GatewaySettings;
  /** How often is looked whether something has happened. */
  readonly pollMs: number;
  /** Suffix of the host names of public apps that name none. */
  domain(): Promise<string>;
}
