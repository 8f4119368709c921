import type { Clock, Random } from "@fairway/kernel";
import type { ArmCall } from "./handler.ts";

type Budget = "reads" | "writes" | "deletes";

/** Tokens and refill per second of one principal. Source: request limits of Azure Resource Manager (2024 model). */
const buckets: Readonly<Record<Budget, { readonly size: number; readonly perSecond: number }>> = {
  reads: { size: 250, perSecond: 25 },
  writes: { size: 200, perSecond: 10 },
  deletes: { size: 200, perSecond: 10 },
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
  call: Pick<ArmCall, "method" | "headers">,
  context: { random: Random; limits: RateLimits; location: string; nowMs: number },
): Record<string, string> {
  const requestId = context.random.uuid();
  const correlationId = safeId(call.headers["x-ms-correlation-request-id"]) ?? requestId;
  const clientId = safeId(call.headers["x-ms-client-request-id"]);
  const wantsClientId = call.headers["x-ms-return-client-request-id"]?.toLowerCase() === "true";
  const budget = budgetOf(call.method);
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
    [`x-ms-ratelimit-remaining-subscription-global-${budget}`]: String(
      buckets[budget].size * (principals - 1) + remaining,
    ),
  };
}

function budgetOf(method: string): Budget {
  if (method === "GET" || method === "HEAD") return "reads";
  return method === "DELETE" ? "deletes" : "writes";
}

/** Only what can stand in a header line again. */
function safeId(text: string | undefined): string | undefined {
  return text && /^[\w-]{1,128}$/.test(text) ? text : undefined;
}
