import type { Clock, Random } from "@fairway/kernel";
import type { ArmCall } from "./call.ts";

type Budget = "reads" | "writes" | "deletes" | "resource-requests";

/**
 * Tokens and refill per second of one principal. Source: sizes from recorded headers of 2025, where the limit of the
 * subscription is 15 times that of a principal (16 500 reads, 12 000 writes); refill from the documented model of 2024.
 */
const buckets: Readonly<Record<Budget, { readonly size: number; readonly perSecond: number }>> = {
  reads: { size: 1_100, perSecond: 25 },
  writes: { size: 800, perSecond: 10 },
  deletes: { size: 800, perSecond: 10 },
  "resource-requests": { size: 800, perSecond: 10 },
};
/** The limit of a whole subscription is that of 15 principals. */
const principals = 15;

export interface RateLimits {
  /** What is left after this call; never below zero, and never a refusal: compressed time polls faster than real time. */
  take(budget: Budget): number;
}

export function createRateLimits(clock: Clock): RateLimits {
  const left = new Map<Budget, { tokens: number; atMs: number }>();
  return {
    take(budget) {
      const { size, perSecond } = buckets[budget];
      const now = clock.now();
      const before = left.get(budget) ?? { tokens: size, atMs: now };
      const refilled = Math.min(size, before.tokens + ((now - before.atMs) / 1_000) * perSecond);
      const tokens = Math.max(0, refilled - 1);
      left.set(budget, { tokens, atMs: now });
      return Math.floor(tokens);
    },
  };
}

/** Headers of every answer. Ids come from a seeded stream; what the client sent for correlation comes back. */
export function commonHeaders(
  call: Pick<ArmCall, "method" | "target" | "headers">,
  context: { random: Random; limits: RateLimits; location: string; nowMs: number },
): Record<string, string> {
  const requestId = context.random.uuid();
  const correlationId = safeId(call.headers["x-ms-correlation-request-id"]) ?? requestId;
  const clientId = safeId(call.headers["x-ms-client-request-id"]);
  const wantsClientId = call.headers["x-ms-return-client-request-id"]?.toLowerCase() === "true";
  const budget = budgetOf(call);
  const remaining = context.limits.take(budget);
  const time = new Date(context.nowMs).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  return {
    "cache-control": "no-cache",
    pragma: "no-cache",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "x-ms-request-id": requestId,
    "x-ms-correlation-request-id": correlationId,
    "x-ms-routing-request-id": `${context.location.toUpperCase()}:${time}:${requestId}`,
    ...(clientId && wantsClientId ? { "x-ms-client-request-id": clientId } : {}),
    [`x-ms-ratelimit-remaining-subscription-${budget}`]: String(remaining),
    ...(budget === "resource-requests" ? {} : globalRemaining(budget, remaining)),
  };
}

function globalRemaining(budget: Budget, remaining: number): Record<string, string> {
  const left = buckets[budget].size * (principals - 1) + remaining;
  return { [`x-ms-ratelimit-remaining-subscription-global-${budget}`]: String(left) };
}

/** Writes of Microsoft.App count on a budget of their own. */
function budgetOf({ method, target }: Pick<ArmCall, "method" | "target">): Budget {
  if (method === "GET" || method === "HEAD") return "reads";
  if (method === "DELETE") return "deletes";
  const isAppWrite = (method === "PUT" || method === "PATCH") && /\/providers\/microsoft\.app\//i.test(target);
  return isAppWrite ? "resource-requests" : "writes";
}

/** Only what can stand in a header line again. */
function safeId(text: string | undefined): string | undefined {
  return text && /^[\w-]{1,128}$/.test(text) ? text : undefined;
}
