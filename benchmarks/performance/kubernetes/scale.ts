import { performance } from "node:perf_hooks";
import { createModelCluster, type ModelCluster } from "@fairway/emulator";
import { createVirtualKernel } from "@fairway/kernel";
import { call } from "./calls.ts";

export interface ScaleResult {
  readonly nodes: number;
  readonly pods: number;
  readonly createdSeconds: number;
  readonly createdVirtualSeconds: number;
  readonly rolledSeconds: number;
  readonly rolledVirtualSeconds: number;
  readonly listedSeconds: number;
  readonly listedMegabytes: number;
  readonly residentMegabytes: number;
}

/** A world of so many nodes and pods, ready; one deployment of it rolled; all pods listed in pages of 500. */
export function measureScale(
  size: { nodes: number; deployments: number; replicas: number },
  tell: (progress: string) => void = () => {},
): ScaleResult {
  const kernel = createVirtualKernel({ seed: 1 });
  const model = createModelCluster(kernel, { name: "prod", kubernetesVersion: "1.33.2" });
  for (let index = 0; index < size.nodes; index++) addNode(model, index);
  const pods = size.deployments * size.replicas;
  const created = timed(kernel, () => {
    for (let index = 0; index < size.deployments; index++) deploy(model, `d${index}`, size.replicas);
    run(kernel, () => {
      const ready = readyReplicas(model, size);
      tell(`${ready} of ${pods} pods ready`);
      return ready === pods;
    });
  });
  tell("rolling a deployment");
  const rolled = timed(kernel, () => {
    call(model, "PATCH", `${deployments}/d0`, { spec: { template: template("d0", "nginx:1.28") } }, strategicPatch);
    run(kernel, () => isRolled(model, size.replicas));
  });
  const listed = timed(kernel, () => listAll(model));
  const result = {
    nodes: size.nodes,
    pods,
    createdSeconds: created.seconds,
    createdVirtualSeconds: created.virtualSeconds,
    rolledSeconds: rolled.seconds,
    rolledVirtualSeconds: rolled.virtualSeconds,
    listedSeconds: listed.seconds,
    listedMegabytes: listed.value / 1e6,
    residentMegabytes: process.memoryUsage().rss / 1e6,
  };
  model.close();
  return result;
}

const deployments = "/apis/apps/v1/namespaces/default/deployments";
const strategicPatch = "application/strategic-merge-patch+json";

type VirtualKernel = ReturnType<typeof createVirtualKernel>;

function timed<T>(kernel: VirtualKernel, work: () => T): { seconds: number; virtualSeconds: number; value: T } {
  const start = performance.now();
  const virtualStart = kernel.clock.now();
  const value = work();
  const virtualSeconds = (kernel.clock.now() - virtualStart) / 1_000;
  return { seconds: (performance.now() - start) / 1_000, virtualSeconds, value };
}

function run(kernel: VirtualKernel, isDone: () => boolean): void {
  for (let seconds = 0; seconds < 3_600; seconds++) {
    if (isDone()) return;
    kernel.runFor(1_000);
  }
  throw new Error("not within an hour of virtual time");
}

function addNode({ cluster }: ModelCluster, index: number): void {
  cluster.addNode({
    name: `aks-user-${index}`,
    pool: "user",
    mode: "User",
    kubeletVersion: "1.33.2",
    nodeImage: "AKSUbuntu-2204gen2containerd-202510.03.0",
    zone: `westeurope-${(index % 3) + 1}`,
    vmSize: "Standard_D8s_v5",
    cpuMillicores: 8_000,
    memoryMiB: 32_768,
    maxPods: 110,
    labels: {},
    taints: [],
  });
}

function deploy(model: ModelCluster, name: string, replicas: number): void {
  const spec = { replicas, selector: { matchLabels: { app: name } }, template: template(name, "nginx:1.27") };
  call(model, "POST", deployments, { apiVersion: "apps/v1", kind: "Deployment", metadata: { name }, spec });
  call(model, "POST", "/api/v1/namespaces/default/services", {
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ port: 80 }] },
  });
}

function template(name: string, image: string): unknown {
  const resources = { requests: { cpu: "100m", memory: "64Mi" } };
  return { metadata: { labels: { app: name } }, spec: { containers: [{ name: "web", image, resources }] } };
}

interface DeploymentStatus {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly availableReplicas?: number;
  readonly readyReplicas?: number;
}

function statusOf({ cluster }: ModelCluster, name: string): DeploymentStatus {
  const found = cluster.store.get({ group: "apps", resource: "deployments" }, "default", name);
  return (found?.["status"] ?? {}) as DeploymentStatus;
}

function readyReplicas(model: ModelCluster, { deployments: count }: { deployments: number }): number {
  const each = Array.from({ length: count }, (_, index) => statusOf(model, `d${index}`).readyReplicas ?? 0);
  return each.reduce((total, ready) => total + ready, 0);
}

function isRolled(model: ModelCluster, replicas: number): boolean {
  const { observedGeneration, replicas: all, updatedReplicas, availableReplicas } = statusOf(model, "d0");
  // Before the controller has seen the new template the old numbers stand there.
  return observedGeneration === 2 && all === replicas && updatedReplicas === replicas && availableReplicas === replicas;
}

/** Bytes of all pages. */
function listAll(model: ModelCluster): number {
  let bytes = 0;
  let token = "";
  do {
    const page = call(model, "GET", `/api/v1/pods?limit=500&continue=${token}`) as {
      metadata: { continue?: string };
    };
    bytes += JSON.stringify(page).length;
    token = page.metadata.continue ?? "";
  } while (token !== "");
  return bytes;
}
