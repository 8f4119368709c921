import { type App, defineApp } from "@fairway/model";

export interface PaymentApiOptions {
  readonly version: "1.0.0" | "1.1.0";
  readonly databaseUrl: string;
  readonly replicas: number;
  /** Share of payments that fail; only 1.1.0 can be told to. */
  readonly errorRate?: number;
  /** With a disruption budget; otherwise a drain may take every replica at once. */
  readonly isGuarded: boolean;
}

/** So long it serves after it was told to end. */
export const shutdownDrainMs = 4_000;

/** The payment API as the laboratory deploys it. Probe periods are short because app time is not compressed. */
export function paymentApi({ version, databaseUrl, replicas, errorRate, isGuarded }: PaymentApiOptions): App {
  return defineApp({
    name: "payment-api",
    image: `payment-api:${version}`,
    env: {
      DATABASE_URL: { secret: "database-url" },
      CONFIG_URL: "http://config-server",
      LOG_LEVEL: "warn",
      SHUTDOWN_DRAIN_MS: String(shutdownDrainMs),
      ...(errorRate ? { FAULT_ERROR_RATE: String(errorRate) } : {}),
    },
    secrets: { "database-url": databaseUrl },
    ingress: { exposure: "public" },
    scale: { min: replicas, max: replicas },
    resources: { cpu: 0.5, memory: "1Gi" },
    probes: {
      startup: { path: "/health/startup", periodSeconds: 2, failureThreshold: 10 },
      liveness: { path: "/health/live", periodSeconds: 2 },
      readiness: { path: "/health/ready", periodSeconds: 1, failureThreshold: 2 },
    },
    availability: isGuarded ? { maxUnavailable: 1 } : { minAvailable: 0 },
    shutdown: { graceSeconds: 15 },
    dependsOn: ["config-server"],
  });
}

/**
 * The configuration service on which everything depends. As the company first had it: one replica, no budget, and a
 * liveness probe that gives up after four seconds. Guarded: two replicas, a budget, and a startup probe that waits.
 */
export function configServer(isGuarded: boolean): App {
  return defineApp({
    name: "config-server",
    image: "config-server:1.0.0",
    ingress: { exposure: "internal" },
    scale: isGuarded ? { min: 2, max: 2 } : { min: 1, max: 1 },
    resources: { cpu: 0.5, memory: "1Gi" },
    probes: {
      ...(isGuarded ? { startup: { path: "/health/startup", periodSeconds: 2, failureThreshold: 10 } } : {}),
      liveness: { path: "/health/live", periodSeconds: 1, failureThreshold: 4 },
      readiness: { path: "/health/ready", periodSeconds: 1, failureThreshold: 2 },
    },
    availability: { minAvailable: isGuarded ? 1 : 0 },
    shutdown: { graceSeconds: 5 },
  });
}
