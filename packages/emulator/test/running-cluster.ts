import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
  const kubeconfigText = kubeconfig({ clusterName: "prod", url: server.url, caPem: certificates.caPem, token, user });
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

export interface Kubectl extends Disposable {
  /** Output of a command that must succeed. Words are split at spaces; `input` is its standard input. */
  run(command: string | readonly string[], input?: string): Promise<string>;
  /** What a command that must fail says. */
  fails(command: string | readonly string[], input?: string): Promise<string>;
  /** Cells of a printed table, head first. */
  table(command: string): Promise<string[][]>;
}

/** The kubectl of this machine, with a configuration of its own. */
export function createKubectl(kubeconfigText: string): Kubectl {
  const home = mkdtempSync(join(tmpdir(), "fairway-kubectl-"));
  const file = join(home, "config");
  writeFileSync(file, kubeconfigText);
  const env = { ...process.env, KUBECONFIG: file, HOME: home, KUBECACHEDIR: join(home, "cache") };
  const kubectl: Kubectl = {
    async run(command, input) {
      const { code, stdout, stderr } = await execute(command, env, input);
      if (code !== 0) throw new Error(`kubectl ${String(command)}: ${stderr}`);
      return stdout;
    },
    async fails(command, input) {
      const { code, stderr } = await execute(command, env, input);
      if (code === 0) throw new Error(`kubectl ${String(command)} did not fail`);
      return stderr;
    },
    async table(command) {
      const lines = (await kubectl.run(command)).trimEnd().split("\n");
      return lines.map((line) => line.trim().split(/\s{2,}/));
    },
    [Symbol.dispose]: () => rmSync(home, { recursive: true, force: true }),
  };
  return kubectl;
}

/** Whether there is a kubectl on the PATH. */
export async function hasKubectl(): Promise<boolean> {
  return (await execute("version --client", process.env)).code === 0;
}

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function execute(command: string | readonly string[], env: NodeJS.ProcessEnv, input = ""): Promise<Ran> {
  const words = typeof command === "string" ? command.split(" ") : command;
  return new Promise((resolve) => {
    const child = execFile("kubectl", words, { env }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) || 1 : 0, stdout, stderr });
    });
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
  });
}
