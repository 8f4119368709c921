/** How long a change takes to reach those who ask, in one number each for half and for nearly all of them. */
export interface Delay {
  readonly medianMs: number;
  readonly p95Ms: number;
}

/** What callers do with a request that was not answered: they send it once more. */
export interface RetryPolicy {
  /** Tries of one request, the first one included. */
  readonly attemptsMax: number;
  /** Of the requests of the last ten seconds so many may be sent again, as Linkerd's retry budget counts it. Default 0.2. */
  readonly budgetShare?: number;
  /** From the failure to the next try. Default 100 ms. */
  readonly delayMs?: number;
}

export interface ServiceSpec {
  readonly name: string;
  /** What a warm replica needs for a request, on the average; exponentially distributed. */
  readonly serviceMs: number;
  /** Requests that a replica works on at the same time; the others wait, first in, first out, for whichever is free. */
  readonly concurrency: number;
  /** What a request costs while it is worked on. Default: 1,000 divided by the concurrency, a core for a replica at work. */
  readonly cpuMillicores?: number;
  /** Who has waited so long without being taken up goes, and has failed. Default 30 s. */
  readonly timeoutMs?: number;
  /** A request that has waited longer is served late. Default 1 s. */
  readonly lateAfterMs?: number;
  /** Of the requests that wait for a replica; more are refused. Default: no limit. */
  readonly waitingMaxPerReplica?: number;
  /** What happens while no replica is routed to: refused at once, or held until there is one, as Container Apps does. Default refuse. */
  readonly withoutEndpoints?: "refuse" | "hold";
  /** A replica works at `speed` (1 is warm) for so long after it got ready. Default: warm at once. */
  readonly warmUp?: { readonly durationMs: number; readonly speed: number };
  /**
   * From the change of a replica to the change of the routes to it, in both directions: EndpointSlice controller, kube-proxy
   * and gateway. Default median 1 s, p95 3 s: kube-proxy syncs at most once a second (Kubernetes docs), gateways later.
   */
  readonly propagation?: Delay;
  readonly retries?: RetryPolicy;
}

/** The way of some of the requests: service after service, each after the one before it has done its part. */
export interface RouteSpec {
  readonly name: string;
  readonly hops: readonly string[];
  /** Relative to the other routes. Default 1. */
  readonly share?: number;
}

/** How the clients follow a change of the shares of routes: a switcher between clusters or regions. */
export interface Convergence {
  /** Until the first client can see it: the control plane of the switcher. Default 0. */
  readonly afterMs?: number;
  /** For switchers that answer names: clients ask again after so long, each at its own time. Default 0: each request is told. */
  readonly ttlMs?: number;
  /** Clients that keep an answer far longer than they may. Default none. */
  readonly sticky?: { readonly share: number; readonly meanMs: number };
  /**
   * All clients stand behind so many caches, each of which has one answer at a time: the true share is as coarse as that, and
   * is drawn anew with each answer. Default: so many that it does not show.
   */
  readonly resolvers?: number;
}

export type ServiceSettings = Required<Omit<ServiceSpec, "retries" | "warmUp">> & {
  readonly warmUp: { readonly durationMs: number; readonly speed: number };
  readonly retries: Required<RetryPolicy>;
};

export function serviceSettings(spec: ServiceSpec): ServiceSettings {
  const { concurrency, retries } = spec;
  if (!(spec.serviceMs > 0)) throw new Error(`serviceMs of ${spec.name} is ${spec.serviceMs}, and must be positive.`);
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new Error(`concurrency of ${spec.name} is ${concurrency}, and must be a whole number from 1.`);
  }
  return {
    cpuMillicores: 1_000 / concurrency,
    timeoutMs: 30_000,
    lateAfterMs: 1_000,
    waitingMaxPerReplica: Number.POSITIVE_INFINITY,
    withoutEndpoints: "refuse",
    warmUp: { durationMs: 0, speed: 1 },
    propagation: { medianMs: 1_000, p95Ms: 3_000 },
    ...spec,
    retries: { attemptsMax: 1, budgetShare: 0.2, delayMs: 100, ...retries },
  };
}
