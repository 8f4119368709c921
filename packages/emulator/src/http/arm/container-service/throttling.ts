import { ArmError, type ArmRequest } from "../../../world/arm/provider.ts";
import { retryAfter } from "../../../world/arm/retry-after.ts";
import type { World } from "../../../world/world.ts";

interface Bucket {
  readonly handler: string;
  readonly size: number;
  readonly refillSeconds: number;
  /** What shares one bucket. */
  readonly scope: "subscription" | "group" | "cluster" | "pool";
}

/** Calls of Microsoft.ContainerService in one region (azure-facts 5.4). */
const buckets = {
  listInSubscription: { handler: "ListManagedClusters", size: 500, refillSeconds: 1, scope: "subscription" },
  listInGroup: { handler: "ListManagedClustersByResourceGroup", size: 60, refillSeconds: 1, scope: "group" },
  putPool: { handler: "PutAgentPool", size: 20, refillSeconds: 60, scope: "pool" },
  putCluster: { handler: "PutManagedCluster", size: 20, refillSeconds: 60, scope: "cluster" },
  getCluster: { handler: "GetManagedCluster", size: 60, refillSeconds: 1, scope: "cluster" },
  other: { handler: "Other", size: 60, refillSeconds: 1, scope: "subscription" },
} as const satisfies Record<string, Bucket>;

/** Returns a function that throws 429 `Throttled` when the call's bucket is empty, and takes a token from it otherwise. */
export function createThrottle(world: Pick<World, "clock" | "timeScale">): (request: ArmRequest) => void {
  const levels = new Map<string, { tokens: number; timeMs: number }>();
  return (request) => {
    const bucket = bucketOf(request);
    const key = `${bucket.handler}/${scopeOf(bucket, request)}`.toLowerCase();
    const nowMs = world.clock.now();
    const refillMs = (bucket.refillSeconds * 1_000) / world.timeScale;
    const level = levels.get(key) ?? { tokens: bucket.size, timeMs: nowMs };
    const tokens = Math.min(bucket.size, level.tokens + (nowMs - level.timeMs) / refillMs);
    levels.set(key, { tokens: tokens < 1 ? tokens : tokens - 1, timeMs: nowMs });
    if (tokens >= 1) return;
    const wait = retryAfter(world, Math.ceil((1 - tokens) * bucket.refillSeconds), request.headers["user-agent"]);
    const text = `The request is throttled: too many calls of ${bucket.handler} for subscription ${request.subscription}. Retry after the time in the Retry-After header. See https://aka.ms/aks/throttling`;
    throw new ArmError(429, "Throttled", text, { headers: { "retry-after": wait } });
  };
}

function bucketOf({ method, types, names, resourceGroup }: ArmRequest): Bucket {
  const [first, second, third] = types;
  if (first !== "managedclusters") return buckets.other;
  if (names.length === 0) return resourceGroup === undefined ? buckets.listInSubscription : buckets.listInGroup;
  if (second === undefined && method === "PUT") return buckets.putCluster;
  if (second === undefined && method === "GET") return buckets.getCluster;
  return second === "agentpools" && third === undefined && method === "PUT" ? buckets.putPool : buckets.other;
}

function scopeOf({ scope }: Bucket, { subscription, resourceGroup, names }: ArmRequest): string {
  const parts = [subscription, resourceGroup, ...names.slice(0, 2)];
  return parts.slice(0, { subscription: 1, group: 2, cluster: 3, pool: 4 }[scope]).join("/");
}
