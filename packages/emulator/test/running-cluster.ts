import { createRealTimeKernel } from "@fairway/kernel";
import { KubeConfig } from "@kubernetes/client-node";
import { createCluster } from "../src/controllers/cluster.ts";
import { createModelDataPlane } from "../src/gateway/model.ts";
import { kubeconfig } from "../src/http/kubernetes/kubeconfig.ts";
import { createApiServer } from "../src/http/kubernetes/server.ts";
import { createCertificates } from "../src/http/tls.ts";
import { createModelRuntime } from "../src/runtime/model/runtime.ts";
import { defaultCalibration } from "../src/world/calibration.ts";
import type { Cluster } from "../src/world/cluster.ts";
import { LogStore } from "../src/world/logs.ts";

export interface RunningCluster extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly config: KubeConfig;
  readonly kubeconfigText: string;
}

/** The API over a cluster whose controllers and nodes run, with modelled containers that start at once. */
export async function startCluster(): Promise<RunningCluster> {
  const kernel = createRealTimeKernel({ seed: "kubernetes-cluster" });
  const base = { ...kernel, calibration: defaultCalibration, timeScale: 600 };
  const behaviour = { createMs: 10, listenAfterMs: 20, stopMs: 10 };
  const world = {
    ...base,
    runtime: createModelRuntime(base, { behaviour: () => behaviour }),
    dataPlane: createModelDataPlane(kernel.clock),
    logs: new LogStore(kernel.clock),
  };
  const options = { world, name: "prod", domain: "prod.example", kubernetesVersion: "1.33.2", systemPods: false };
  const cluster = createCluster(options);
  const certificates = await createCertificates();
  const token = "a-token-for-tests";
  const server = await createApiServer({ cluster, certificates, token });
  for (const name of ["node-0", "node-1"]) {
    cluster.addNode({
      name,
      pool: "user",
      mode: "User",
      kubeletVersion: "1.33.2",
      nodeImage: "AKSUbuntu-2204gen2containerd-202510.03.0",
      zone: "westeurope-1",
      vmSize: "Standard_D2s_v5",
      cpuMillicores: 2_000,
      memoryMiB: 8_192,
      maxPods: 30,
      labels: {},
      taints: [],
    });
  }
  const config = new KubeConfig();
  const user = "clusterUser_rg_prod";
  const kubeconfigText = kubeconfig({
    clusterName: "prod",
    url: server.url,
    caPem: certificates.caPem,
    signIn: { token },
    user,
  });
  config.loadFromString(kubeconfigText);
  return {
    cluster,
    config,
    kubeconfigText,
    async [Symbol.asyncDispose]() {
      await server.close();
      cluster.close();
      await world.runtime.close();
      kernel.close();
    },
  };
}
