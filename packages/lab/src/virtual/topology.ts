import { type App, defineApp } from "@fairway/model";

export const topologyNames = ["small", "company", "large"] as const;
export type TopologyName = (typeof topologyNames)[number];

/** A company's platform, as plain data. */
export interface Topology {
  readonly name: TopologyName;
  readonly pools: readonly PoolShape[];
  readonly apps: readonly AppShape[];
  /** Of an ordinary day. 2.5 million a day are 29 a second; nearly half of what the replicas can do. */
  readonly paymentsPerSecond: number;
}

export interface PoolShape {
  readonly name: string;
  readonly mode: "System" | "User";
  readonly count: number;
  readonly vmSize: string;
  readonly maxSurge: string;
}

export interface AppShape {
  readonly name: string;
  readonly team: string;
  readonly replicas: number;
  readonly cpu: number;
  readonly memory: string;
  /** Without them it does not come up. */
  readonly needsToStart: readonly string[];
  /** Asked with every request. */
  readonly calls: readonly string[];
  /** What a replica needs for a request, and how many it works on at a time. */
  readonly serviceMs: number;
  readonly concurrency: number;
}

/** On which everything depends. */
export const configServer = "config-server";
/** Where the payments of customers come in. */
export const entry = "payment-api";

export function topologyOf(name: TopologyName): Topology {
  switch (name) {
    case "small":
      return {
        name,
        pools: [systemPool(2), { ...generalPool("general", 4), maxSurge: "1" }],
        apps: shapes({ apps: 10, teams: 3, replicas: 3 }),
        paymentsPerSecond: 24,
      };
    case "company":
      return {
        name,
        pools: [systemPool(4), generalPool("general1", 28), generalPool("general2", 28)],
        apps: shapes({ apps: 100, teams: 15, replicas: 4 }),
        paymentsPerSecond: 29,
      };
    case "large":
      return {
        name,
        pools: [systemPool(10), ...[1, 2, 3, 4, 5].map((index) => generalPool(`general${index}`, 198))],
        apps: shapes({ apps: 250, teams: 40, replicas: 12 }),
        paymentsPerSecond: 78,
      };
  }
}

/** On small machines, so that the control plane's helpers move by themselves. */
function systemPool(count: number): PoolShape {
  return { name: "system", mode: "System", count, vmSize: "Standard_D2s_v5", maxSurge: "1" };
}

/** A third of the nodes at a time is what AKS recommends for production (AKS docs, customise node surge upgrade). */
function generalPool(name: string, count: number): PoolShape {
  return { name, mode: "User", count, vmSize: "Standard_D4s_v5", maxSurge: "33%" };
}

interface Size {
  readonly apps: number;
  readonly teams: number;
  readonly replicas: number;
}

/** On the way of a payment, each asked by the one before. */
const payments = [entry, "ledger", "fraud-check", "limits", "bank-gateway"] as const;

/** The way of a payment, the configuration service, and as many other services as the size says, in short chains. */
function shapes({ apps, teams, replicas }: Size): readonly AppShape[] {
  const onTheWay = payments.map((name, index) =>
    shape(name, "payments", replicas + 1, { calls: payments.slice(index + 1, index + 2), serviceMs: 300 }),
  );
  const others = Array.from({ length: apps - payments.length - 1 }, (_, index) => {
    const isHead = index % 3 === 0;
    const next = index % 3 < 2 && index + 1 < apps - payments.length - 1 ? [`service-${index + 2}`] : [];
    return shape(`service-${index + 1}`, `team-${(index % teams) + 1}`, isHead ? replicas : Math.max(2, replicas - 1), {
      calls: next,
      serviceMs: 100,
    });
  });
  const config = shape(configServer, "platform", 2, { calls: [], serviceMs: 5 });
  return [{ ...config, needsToStart: [] }, ...onTheWay, ...others];
}

function shape(name: string, team: string, replicas: number, more: Pick<AppShape, "calls" | "serviceMs">): AppShape {
  return { name, team, replicas, cpu: 0.25, memory: "0.5Gi", concurrency: 4, needsToStart: [configServer], ...more };
}

export interface AppOptions {
  /** A disruption budget of one replica; otherwise a drain may take every replica at once. */
  readonly budgets: boolean;
  readonly version?: string;
  /** A startup probe that is patient enough for a slow start. The configuration service has none by default. */
  readonly isPatient?: boolean;
}

/** As teams deploy it. The configuration service had one replica before there were budgets, which ask for a second one. */
export function appOf(shape: AppShape, { budgets, version = "1.0.0", isPatient = false }: AppOptions): App {
  const { name, cpu, memory } = shape;
  const replicas = name === configServer && !budgets ? 1 : shape.replicas;
  return defineApp({
    name,
    image: imageOf(name, version),
    ingress: { exposure: "internal" },
    scale: { min: replicas, max: replicas },
    resources: { cpu, memory },
    probes: {
      // Ten minutes: no start is slower.
      ...(isPatient ? { startup: { path: "/health/startup", periodSeconds: 5, failureThreshold: 120 } } : {}),
      // Kubernetes' own patience: three times ten seconds.
      liveness: { path: "/health/live", periodSeconds: 10, failureThreshold: 3 },
      readiness: { path: "/health/ready", periodSeconds: 5, failureThreshold: 2 },
    },
    availability: budgets ? { maxUnavailable: 1 } : { minAvailable: 0 },
    shutdown: { graceSeconds: 15, drainDelaySeconds: 5 },
    dependsOn: [...new Set([...shape.needsToStart, ...shape.calls])],
  });
}

export function imageOf(app: string, version: string): string {
  return `${app}:${version}`;
}

/** Which app an image of `imageOf` is of. */
export function appOfImage(image: string): string {
  return image.slice(0, image.lastIndexOf(":"));
}

/** An app and what it asks, and so on. */
export function wayOf({ apps }: Pick<Topology, "apps">, from: string): readonly AppShape[] {
  const shape = apps.find(({ name }) => name === from);
  return shape ? [shape, ...shape.calls.flatMap((next) => wayOf({ apps }, next))] : [];
}
