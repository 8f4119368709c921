import { createVirtualKernel, type VirtualKernel } from "@fairway/kernel";
import { createCluster } from "../src/controllers/cluster.ts";
import { deployments, getObject, listObjects, nodes, pods } from "../src/controllers/kubernetes/kinds.ts";
import type { Pod } from "../src/controllers/kubernetes/pod-types.ts";
import type { Deployment, KubeNode } from "../src/controllers/kubernetes/types.ts";
import { createModelDataPlane, type ModelDataPlane } from "../src/gateway/model.ts";
import { createModelRuntime, type ModelBehaviour } from "../src/runtime/model/runtime.ts";
import { defaultCalibration } from "../src/world/calibration.ts";
import type { Cluster, NodeSpec } from "../src/world/cluster.ts";
import { LogStore } from "../src/world/logs.ts";
import type { GroupResource, KubeObject } from "../src/world/objects.ts";
import type { ContainerSpec } from "../src/world/ports.ts";
import type { World } from "../src/world/world.ts";

export interface TestWorld {
  readonly kernel: VirtualKernel;
  readonly world: World;
  readonly cluster: Cluster;
  readonly dataPlane: ModelDataPlane;
  run(seconds: number): void;
  /** Runs until it is true; throws after so many seconds of virtual time. */
  until(what: string, isTrue: () => boolean, seconds?: number): void;
  /** Calls `check` after every event for so many seconds. */
  watch(seconds: number, check: () => void): void;
  /** Creates it, or replaces everything but its identity, as a client would. */
  apply(resource: GroupResource, object: KubeObject): void;
  pods(namespace?: string): Pod[];
  ready(namespace?: string): Pod[];
  node(name: string): KubeNode;
  deployment(name: string): Deployment;
  events(reason: string): KubeObject[];
}

export interface TestWorldOptions {
  readonly seed?: number;
  readonly nodes?: number;
  readonly kubernetesVersion?: string;
  readonly systemPods?: boolean;
  readonly timeScale?: number;
  readonly behaviour?: (spec: ContainerSpec) => Partial<ModelBehaviour>;
}

/** A cluster in virtual time whose nodes are ready. */
export function createTestWorld(options: TestWorldOptions = {}): TestWorld {
  const kernel = createVirtualKernel({ seed: options.seed ?? 1 });
  const base = { ...kernel, calibration: defaultCalibration, timeScale: options.timeScale ?? 1 };
  const dataPlane = createModelDataPlane(kernel.clock);
  const runtime = createModelRuntime(base, options.behaviour ? { behaviour: options.behaviour } : {});
  const world: World = { ...base, runtime, dataPlane, logs: new LogStore(kernel.clock) };
  const cluster = createCluster({
    world,
    name: "prod",
    domain: "prod.example",
    kubernetesVersion: options.kubernetesVersion ?? "1.33.2",
    systemPods: options.systemPods ?? false,
  });
  for (const name of ["default", "kube-system"]) {
    cluster.store.create(
      { group: "", resource: "namespaces" },
      { apiVersion: "v1", kind: "Namespace", metadata: { name } },
    );
  }
  for (let index = 0; index < (options.nodes ?? 3); index++) cluster.addNode(nodeSpec(index));
  const test = withTools({ kernel, world, cluster, dataPlane });
  test.until("the nodes are ready", () => listObjects(cluster.store, nodes).every(isNodeReady), 300);
  return test;
}

export function nodeSpec(index: number, changes: Partial<NodeSpec> = {}): NodeSpec {
  return {
    name: `aks-user-12345678-vmss00000${index}`,
    pool: "user",
    mode: "User",
    kubeletVersion: "1.33.2",
    nodeImage: "AKSUbuntu-2204gen2containerd-202510.03.0",
    zone: `westeurope-${(index % 3) + 1}`,
    vmSize: "Standard_D2s_v5",
    cpuMillicores: 2_000,
    memoryMiB: 8_192,
    maxPods: 30,
    labels: {},
    taints: [],
    ...changes,
  };
}

export function isNodeReady(node: KubeNode): boolean {
  return node.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}

export function isPodReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}

type Parts = Pick<TestWorld, "kernel" | "world" | "cluster" | "dataPlane">;

function withTools(parts: Parts): TestWorld {
  const { kernel, cluster } = parts;
  const { store } = cluster;
  return {
    ...parts,
    run(seconds) {
      kernel.runFor(seconds * 1_000);
      assertNoFailures(kernel);
    },
    until(what, isTrue, seconds = 600) {
      const endMs = kernel.clock.now() + seconds * 1_000;
      while (!isTrue()) {
        if ((kernel.next() ?? Number.POSITIVE_INFINITY) > endMs) throw new Error(`not within ${seconds} s: ${what}`);
        kernel.step();
      }
      assertNoFailures(kernel);
    },
    watch(seconds, check) {
      const endMs = kernel.clock.now() + seconds * 1_000;
      while ((kernel.next() ?? Number.POSITIVE_INFINITY) <= endMs) {
        kernel.step();
        check();
      }
      kernel.runUntil(endMs);
      assertNoFailures(kernel);
    },
    apply(resource, object) {
      const { namespace, name } = object.metadata;
      if (store.create(resource, object)) return;
      store.update(resource, namespace, name, (current) => ({
        ...object,
        ...(current["status"] === undefined ? {} : { status: current["status"] }),
        metadata: { ...current.metadata, generation: (current.metadata.generation ?? 0) + 1 },
      }));
    },
    pods: (namespace = "default") => listObjects(store, pods, namespace),
    ready: (namespace = "default") => listObjects(store, pods, namespace).filter(isPodReady),
    node: (name) => getObject(store, nodes, undefined, name) ?? fail(`no node ${name}`),
    deployment: (name) => getObject(store, deployments, "default", name) ?? fail(`no deployment ${name}`),
    events: (reason) => store.list({ group: "", resource: "events" }).filter((event) => event["reason"] === reason),
  };
}

function fail(message: string): never {
  throw new Error(message);
}

function assertNoFailures(kernel: VirtualKernel): void {
  const failure = kernel.trace.records().find(({ kind }) => kind === "controller.failed");
  if (failure) fail(`a controller failed: ${JSON.stringify(failure.data)}`);
}

export const resources = {
  deployments: { group: "apps", resource: "deployments" },
  statefulSets: { group: "apps", resource: "statefulsets" },
  daemonSets: { group: "apps", resource: "daemonsets" },
  jobs: { group: "batch", resource: "jobs" },
  cronJobs: { group: "batch", resource: "cronjobs" },
  claims: { group: "", resource: "persistentvolumeclaims" },
  nodes: { group: "", resource: "nodes" },
  services: { group: "", resource: "services" },
  pods: { group: "", resource: "pods" },
  budgets: { group: "policy", resource: "poddisruptionbudgets" },
  httpRoutes: { group: "gateway.networking.k8s.io", resource: "httproutes" },
  gateways: { group: "gateway.networking.k8s.io", resource: "gateways" },
  scaledObjects: { group: "keda.sh", resource: "scaledobjects" },
  autoscalers: { group: "autoscaling", resource: "horizontalpodautoscalers" },
  configMaps: { group: "", resource: "configmaps" },
} as const;

export interface AppOptions {
  readonly image?: string;
  readonly replicas?: number;
  readonly spec?: Record<string, unknown>;
  readonly podSpec?: Record<string, unknown>;
  readonly container?: Record<string, unknown>;
}

/** A Deployment with one container `app` on port 8080. */
export function deploymentOf(name: string, options: AppOptions = {}): KubeObject {
  const labels = { app: name };
  const container = {
    name: "app",
    image: options.image ?? `${name}:1.0.0`,
    ports: [{ containerPort: 8_080 }],
    ...options.container,
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "default", labels },
    spec: {
      replicas: options.replicas ?? 3,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container], ...options.podSpec } },
      ...options.spec,
    },
  };
}

export function serviceOf(name: string): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "default" },
    spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8_080 }], clusterIP: "10.0.12.34" },
  };
}

export function budgetOf(name: string, spec: Record<string, unknown>): KubeObject {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name, namespace: "default" },
    spec: { selector: { matchLabels: { app: name } }, ...spec },
  };
}
