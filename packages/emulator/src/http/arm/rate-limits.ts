import type { Clock } from "@fairway/kernel";

export type Budget = "reads" | "writes" | "deletes" | "resource-requests";

export interface Bucket {
  readonly size: number;
  /** Tokens that come back, per second of real Azure. */
  readonly perSecond: number;
}

/**
 * Tokens of one principal. Source: sizes from recorded headers of 2025, where the limit of the subscription is 15 times
 * that of a principal (16,500 reads, 12,000 writes); refill as ARM's page on throttling gives it.
 */
const realBuckets: Readonly<Record<Budget, Bucket>> = {
  reads: { size: 1_100, perSecond: 25 },
  writes: { size: 800, perSecond: 10 },
  deletes: { size: 800, perSecond: 10 },
  "resource-requests": { size: 800, perSecond: 10 },
};
/** The limit of a whole subscription is that of 15 principals. */
const principals = 15;

export interface RateLimitOptions {
  /** Buckets refill as many times faster: in compressed time clients poll more often. */
  readonly timeScale: number;
  /** False: tokens are counted and never run out. Default true. */
  readonly enforced?: boolean;
  /** Other buckets than the real ones. */
  readonly buckets?: Partial<Readonly<Record<Budget, Bucket>>>;
}

export interface Taken {
  readonly remaining: number;
  readonly globalRemaining: number;
  /** Set when the call is to be refused: seconds of real Azure until a token is there. */
  readonly waitSeconds?: number;
}

export interface RateLimits {
  take(budget: Budget, principal: string): Taken;
}

/** The token buckets of Azure Resource Manager: one per principal and kind of call, and one for the whole subscription. */
export function createRateLimits(clock: Clock, options: RateLimitOptions): RateLimits {
  const { timeScale, enforced = true } = options;
  const buckets = { ...realBuckets, ...options.buckets };
  const levels = new Map<string, { tokens: number; atMs: number }>();

  function takeFrom(key: string, { size, perSecond }: Bucket): { left: number; waitSeconds: number } {
    const now = clock.now();
    const before = levels.get(key) ?? { tokens: size, atMs: now };
    const refilled = Math.min(size, before.tokens + ((now - before.atMs) / 1_000) * perSecond * timeScale);
    const tokens = refilled >= 1 ? refilled - 1 : refilled;
    levels.set(key, { tokens, atMs: now });
    return { left: Math.floor(tokens), waitSeconds: refilled >= 1 ? 0 : (1 - refilled) / perSecond };
  }

  return {
    take(budget, principal) {
      const { size, perSecond } = buckets[budget];
      const own = takeFrom(`${budget}/${principal}`, { size, perSecond });
      const all = takeFrom(budget, { size: size * principals, perSecond: perSecond * principals });
      const waitSeconds = Math.max(own.waitSeconds, all.waitSeconds);
      const counts = { remaining: own.left, globalRemaining: all.left };
      return enforced && waitSeconds > 0 ? { ...counts, waitSeconds: Math.ceil(waitSeconds) } : counts;
    },
  };
}

/** Writes of Microsoft.App's resources that have a place count on a budget of their own, and so do two of Microsoft.Insights. As recorded. */
const ownBudget =
  /\/providers\/(microsoft\.app\/((containerapps|jobs|sessionpools|managedenvironments|connectedenvironments)\/[^/?]+|[^/?]+\/[^/?]+\/(managed)?certificates\/[^/?]+)|microsoft\.insights\/[^/?]+\/[^/?]+)(\?|$)/i;

export function budgetOf({ method, target }: { readonly method: string; readonly target: string }): Budget {
  if (method === "GET" || method === "HEAD") return "reads";
  if (method === "DELETE") return "deletes";
  const isWrite = method === "PUT" || method === "PATCH";
  return isWrite && ownBudget.test(target) ? "resource-requests" : "writes";
}

export function rateLimitHeaders(budget: Budget, { remaining, globalRemaining }: Taken): Record<string, string> {
  const prefix = "x-ms-ratelimit-remaining-subscription";
  return {
    [`${prefix}-${budget}`]: String(remaining),
    ...(budget === "resource-requests" ? {} : { [`${prefix}-global-${budget}`]: String(globalRemaining) }),
  };
}
