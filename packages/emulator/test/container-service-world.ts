import { createVirtualKernel, type Kernel, type TraceRecord, type VirtualKernel } from "@fairway/kernel";
import { expect } from "vitest";
import { createCluster } from "../src/controllers/cluster.ts";
import { Faults } from "../src/faults/faults.ts";
import { withStartFaults } from "../src/faults/start-faults.ts";
import { createModelDataPlane } from "../src/gateway/model.ts";
import {
  type ContainerServiceOptions,
  type ContainerServiceProvider,
  createContainerServiceProvider,
} from "../src/http/arm/container-service/provider.ts";
import { type ArmOptions, createArmHandler } from "../src/http/arm/handler.ts";
import { createTokenIssuer } from "../src/http/identity/tokens.ts";
import { createModelRuntime, type ModelRuntimeOptions } from "../src/runtime/model/runtime.ts";
import { ManagementLocks } from "../src/world/arm/locks.ts";
import { Operations } from "../src/world/arm/operations.ts";
import { ResourceGroups } from "../src/world/arm/resource-groups.ts";
import { defaultCalibration } from "../src/world/calibration.ts";
import type { Cluster } from "../src/world/cluster.ts";
import { createComputeProvider } from "../src/world/compute/provider.ts";
import { ControlPlaneOutages } from "../src/world/container-service/outages.ts";
import { defaultVcpuQuota } from "../src/world/container-service/vcpu-quota.ts";
import { LogStore } from "../src/world/logs.ts";
import type { World } from "../src/world/world.ts";

/** Vitest's asymmetric matchers, typed. */
export const like = (pattern: RegExp): unknown => expect.stringMatching(pattern);
export const including = (text: string): unknown => expect.stringContaining(text);
export const anyText: unknown = expect.any(String);

export const subscription = "11111111-2222-4333-8444-555555555555";
export const group = "shop";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json;
}

/** JSON, read without ceremony in assertions. */
export type Json = { readonly [field: string]: Json } & readonly Json[] & string & number & boolean;

export interface TestWorld {
  readonly kernel: VirtualKernel;
  readonly world: World;
  readonly provider: ContainerServiceProvider;
  readonly faults: Faults;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Answer;
  /** The Kubernetes side of the cluster of that name. */
  cluster(name?: string): Cluster;
  /** Moves time on until the operation behind the answer's header has ended; gives its status body. */
  settle(answer: Answer, limitMinutes?: number): Json;
  trace(...kinds: string[]): TraceRecord[];
}

export type WorldOptions = Partial<ContainerServiceOptions> &
  ModelRuntimeOptions & {
    readonly seed?: number;
    readonly startMs?: number;
    /** coredns and konnectivity-agent. Default: none. */
    readonly systemPods?: boolean;
  };

export interface Parts {
  readonly world: World;
  readonly provider: ContainerServiceProvider;
  readonly faults: Faults;
  readonly arm: ArmOptions;
}

/** Microsoft.ContainerService, faults and ARM over any kernel, with modelled replicas. */
export function compose(kernel: Kernel, timeScale: number, options: WorldOptions = {}): Parts {
  const clock = kernel.clock;
  const { systemPods = false } = options;
  const bare = { ...kernel, calibration: defaultCalibration, timeScale };
  const outages = new ControlPlaneOutages(kernel);
  const faults = new Faults(bare, { cluster: (name) => provider.clusters.named(name)?.cluster, outages });
  const runtime = withStartFaults(createModelRuntime(bare, options), faults, clock);
  const world: World = { ...bare, runtime, dataPlane: createModelDataPlane(clock), logs: new LogStore(clock) };
  const operations = new Operations(world);
  const locks = new ManagementLocks();
  const provider = createContainerServiceProvider({
    world,
    operations,
    outages,
    locks,
    machineJoins: (cluster, pool) => faults.machineJoins(cluster, pool),
    createCluster: (spec) => createCluster({ ...spec, world, domain: `${spec.name}.test`, systemPods }),
    kubeconfigOf: ({ cluster, user }) => `kubeconfig of ${user} in ${cluster.name}`,
    ...options,
  });
  const compute = createComputeProvider({
    clusters: provider.clusters,
    vcpuQuota: options.vcpuQuota ?? (() => defaultVcpuQuota),
  });
  const resourceGroups = new ResourceGroups();
  resourceGroups.set({ subscription, name: group, location: "westeurope", tags: {}, provisioningState: "Succeeded" });
  const tokens = createTokenIssuer({ clock, random: kernel.random, tenantId: kernel.random.uuid() });
  const where = { subscriptionId: subscription, location: "westeurope" };
  return {
    world,
    provider,
    faults,
    arm: { world, operations, resourceGroups, locks, providers: [provider, compute], tokens, ...where },
  };
}

/** The evening before a Monday, when new node images come out. */
export const sundayEveningMs = Date.UTC(2026, 0, 11, 20);

/** ARM in process over a world in virtual time. */
export function startWorld(options: WorldOptions = {}): TestWorld {
  const kernel = createVirtualKernel({ seed: options.seed ?? 1, startMs: options.startMs ?? Date.UTC(2026, 0, 5, 8) });
  const clock = kernel.clock;
  const { world, provider, faults, arm } = compose(kernel, 1, options);
  const handler = createArmHandler(arm);

  function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Answer {
    const { token } = arm.tokens.issue({ audience: "https://management.azure.com/", clientId: "test" });
    const url = path.includes("?") ? path : `${path}?api-version=2026-06-01`;
    const answer = handler({
      method,
      target: url.replace(/^https:\/\/[^/]+/, ""),
      headers: { authorization: `Bearer ${token}`, ...headers },
      body: Buffer.from(body === undefined ? "" : JSON.stringify(body)),
      baseUrl: "https://arm.test",
    });
    const json = JSON.parse(JSON.stringify(answer.body ?? null)) as Json;
    return { status: answer.status, headers: answer.headers ?? {}, body: json };
  }

  function settle(answer: Answer, limitMinutes = 600): Json {
    const url = answer.headers["azure-asyncoperation"] ?? "";
    const limitMs = clock.now() + limitMinutes * 60_000;
    for (;;) {
      const { body } = call("GET", url);
      if (["Succeeded", "Failed", "Canceled"].includes(body["status"] as string)) return body;
      if (clock.now() > limitMs) throw new Error(`still ${String(body["status"])} after ${limitMinutes} minutes`);
      kernel.runFor(20_000);
    }
  }

  return {
    kernel,
    world,
    provider,
    faults,
    call,
    settle,
    cluster(name = "main") {
      const found = provider.clusters.named(name)?.cluster;
      if (!found) throw new Error(`no cluster ${name}`);
      return found;
    },
    trace: (...kinds) => kernel.trace.records().filter((record) => kinds.includes(record.kind) && isOfService(record)),
  };
}

/** The Kubernetes side tells of nodes too; what AKS does to them names their pool. */
function isOfService({ kind, data }: TraceRecord): boolean {
  return !kind.startsWith("node.") || data["pool"] !== undefined || kind === "node.eviction-blocked";
}

export const clusterPath = `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.ContainerService/managedClusters/main`;

export const poolPath = (pool: string): string => `${clusterPath}/agentPools/${pool}`;

export function clusterBody(changes: Record<string, unknown> = {}, pool: Record<string, unknown> = {}) {
  return {
    location: "westeurope",
    identity: { type: "SystemAssigned" },
    properties: {
      dnsPrefix: "main",
      kubernetesVersion: "1.34.2",
      agentPoolProfiles: [{ name: "nodepool1", count: 3, vmSize: "Standard_D4s_v5", mode: "System", ...pool }],
      ...changes,
    },
  };
}

/** A world with a cluster that is ready: `main`, on 1.34.2, three nodes in `nodepool1`. */
export function startWithCluster(
  options: WorldOptions & {
    readonly pool?: Record<string, unknown>;
    readonly properties?: Record<string, unknown>;
  } = {},
): TestWorld {
  const world = startWorld(options);
  const created = world.call("PUT", clusterPath, clusterBody(options.properties, options.pool));
  const end = world.settle(created);
  if (end["status"] !== "Succeeded") throw new Error(`the cluster was not created: ${JSON.stringify(end)}`);
  return world;
}

/** Body of a PUT that upgrades the cluster `main`. */
export const to135 = { location: "westeurope", properties: { kubernetesVersion: "1.35.1" } };
export const poolTo = (orchestratorVersion: string, more: Record<string, unknown> = {}) => ({
  properties: { orchestratorVersion, ...more },
});

export function pools({ call }: TestWorld): Json {
  return call("GET", clusterPath).body["properties"]["agentPoolProfiles"];
}

/** Versions of the kubelets, as the Node objects say them. */
export function kubelets({ cluster }: TestWorld): (string | undefined)[] {
  return cluster()
    .store.list({ group: "", resource: "nodes" })
    .map((node) => (node["status"] as { nodeInfo?: { kubeletVersion?: string } }).nodeInfo?.kubeletVersion);
}

/** `startWithCluster`, and a pool `work` of three user nodes. */
export function withUserPool(pool: Record<string, unknown> = {}): TestWorld {
  const world = startWithCluster();
  const properties = { count: 3, vmSize: "Standard_D4s_v5", mode: "User", ...pool };
  world.settle(world.call("PUT", poolPath("work"), { properties }));
  return world;
}

/** Everything that an async iterator gives. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
