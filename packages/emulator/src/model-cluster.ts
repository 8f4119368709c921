import type { Kernel } from "@fairway/kernel";
import { createCluster } from "./controllers/cluster.ts";
import { createModelDataPlane } from "./gateway/model.ts";
import { createApiServer } from "./http/kubernetes/server.ts";
import { createCertificates } from "./http/tls.ts";
import { createModelRuntime } from "./runtime/model/runtime.ts";
import { defaultCalibration } from "./world/calibration.ts";
import type { Cluster } from "./world/cluster.ts";
import { KubeApi } from "./world/kubernetes/kube-api.ts";
import type { KubeRequest, KubeResponse } from "./world/kubernetes/request.ts";
import { LogStore } from "./world/logs.ts";

export interface ModelClusterOptions {
  readonly name: string;
  /** `major.minor.patch` */
  readonly kubernetesVersion: string;
}

/** One Kubernetes cluster on a clock of the caller's, whose containers are numbers: for measurements and simulations. */
export interface ModelCluster {
  readonly cluster: Cluster;
  /** One call of its API, without a network in between. */
  handle(request: KubeRequest): KubeResponse;
  /** Serves the API on loopback too; needs a clock that runs. */
  listen(): Promise<ModelClusterServer>;
  close(): void;
}

export interface ModelClusterServer {
  /** `https://127.0.0.1:port`. */
  readonly url: string;
  readonly caPem: string;
  close(): Promise<void>;
}

export function createModelCluster(kernel: Kernel, { name, kubernetesVersion }: ModelClusterOptions): ModelCluster {
  const base = { ...kernel, calibration: defaultCalibration, timeScale: 1 };
  const world = {
    ...base,
    runtime: createModelRuntime(base),
    dataPlane: createModelDataPlane(kernel.clock),
    logs: new LogStore(kernel.clock),
  };
  const cluster = createCluster({ world, name, domain: `${name}.example`, kubernetesVersion });
  const api = new KubeApi(cluster);
  return {
    cluster,
    handle: (request) => api.handle(request),
    async listen() {
      const certificates = await createCertificates();
      const { url, close } = await createApiServer({ cluster, certificates, token: "token" });
      return { url, caPem: certificates.caPem, close };
    },
    close() {
      api.close();
      cluster.close();
    },
  };
}
