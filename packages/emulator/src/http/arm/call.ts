import type { ManagementLocks } from "../../world/arm/locks.ts";
import type { Operations } from "../../world/arm/operations.ts";
import type { PlainResources } from "../../world/arm/plain-resources.ts";
import type { ArmProvider, ArmRequest } from "../../world/arm/provider.ts";
import type { ResourceGroups } from "../../world/arm/resource-groups.ts";
import type { ActivityLog } from "../../world/insights/activity-log.ts";
import type { World } from "../../world/world.ts";
import type { TokenIssuer } from "../identity/tokens.ts";
import type { RateLimitOptions } from "./rate-limits.ts";

export interface ArmOptions {
  readonly world: World;
  readonly operations: Operations;
  readonly resourceGroups: ResourceGroups;
  readonly providers: readonly ArmProvider[];
  /** Shared with providers that look at locks themselves. Default: its own. */
  readonly locks?: ManagementLocks;
  /** Shared with the provider that keeps them. Default: its own. */
  readonly plain?: PlainResources;
  /** Addresses that nodes and pods have of a subnet. Default: none. */
  readonly subnetUse?: (subnetId: string) => number;
  readonly tokens: TokenIssuer;
  readonly subscriptionId: string;
  /** Short name of the region that answers, for routing ids. */
  readonly location: string;
  /** Where writes are remembered. Default: nowhere. */
  readonly activityLog?: ActivityLog;
  /** Called with every call that is about to reach a provider. Throws `ArmError` when a fault refuses it. */
  readonly refuse?: (call: ArmRequest & { readonly namespace: string }) => void;
  /** Default: the real buckets, refilled as many times faster as the world's time scale says. */
  readonly rateLimits?: Omit<RateLimitOptions, "timeScale">;
}

/** One HTTP call, before anything of it has been looked at. */
export interface ArmCall {
  readonly method: string;
  /** Path and query, as sent. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
  /** `https://host:port` as the client reached us. */
  readonly baseUrl: string;
}

/** What a parsed call carries beside its path. */
export type CallContent = Pick<ArmRequest, "method" | "apiVersion" | "query" | "headers" | "body" | "baseUrl">;
