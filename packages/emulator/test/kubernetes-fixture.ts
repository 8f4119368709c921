import type { IncomingHttpHeaders } from "node:http";
import { request } from "node:https";
import { connect, type TLSSocket } from "node:tls";
import { createRealTimeKernel, type RealTimeKernel } from "@fairway/kernel";
import { ApiException, KubeConfig, setHeaderOptions } from "@kubernetes/client-node";
import { kubeconfig } from "../src/http/kubernetes/kubeconfig.ts";
import { type ApiServerOptions, createApiServer } from "../src/http/kubernetes/server.ts";
import { type Certificates, createCertificates } from "../src/http/tls.ts";
import { defaultCalibration } from "../src/world/calibration.ts";
import type { Cluster, EvictionResult } from "../src/world/cluster.ts";
import { LogStore } from "../src/world/logs.ts";
import { ObjectStore } from "../src/world/store.ts";

/** A Kubernetes API over a store in which no controller runs: what the API itself does can be seen alone. */
export interface TestApi extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly url: string;
  readonly token: string;
  readonly certificates: Certificates;
  /** The text that AKS would give out. */
  readonly kubeconfigText: string;
  readonly config: KubeConfig;
  /** What the next evictions are answered with. */
  evictions: EvictionResult;
  /** How many listen to changes and to logs now. */
  readonly listening: { readonly changes: number; readonly logs: number };
  /** Trace records of the given kind. */
  traced(kind: string): readonly unknown[];
}

let shared: Promise<Certificates> | undefined;

/** The real ones, which also tell how many listen. */
class CountingStore extends ObjectStore {
  listeners = 0;

  override subscribe(...args: Parameters<ObjectStore["subscribe"]>): () => void {
    return counted(super.subscribe(...args), (by) => {
      this.listeners += by;
    });
  }
}

class CountingLogs extends LogStore {
  followers = 0;

  override follow(...args: Parameters<LogStore["follow"]>): () => void {
    return counted(super.follow(...args), (by) => {
      this.followers += by;
    });
  }
}

function counted(stop: () => void, count: (by: number) => void): () => void {
  count(1);
  return () => {
    count(-1);
    stop();
  };
}

export interface TestApiOptions extends Pick<ApiServerOptions, "requestTimeoutMs"> {
  /** Default 1.33.5. */
  readonly kubernetesVersion?: string;
  /** Where ports of pods can be reached. Default: nowhere. */
  readonly podAddress?: Cluster["podAddress"];
}

export async function startTestApi({
  kubernetesVersion = "1.33.5",
  podAddress,
  ...options
}: TestApiOptions = {}): Promise<TestApi> {
  const kernel = createRealTimeKernel({ seed: "kubernetes-api" });
  shared ??= createCertificates();
  const certificates = await shared;
  const token = "a-token-for-tests";
  const state: { evictions: EvictionResult } = { evictions: { kind: "not-found" } };
  const store = new CountingStore(kernel);
  const logs = new CountingLogs(kernel.clock);
  const cluster = {
    ...bareCluster(kernel, store, logs, () => state.evictions),
    kubernetesVersion,
    ...(podAddress ? { podAddress } : {}),
  };
  const server = await createApiServer({ cluster, certificates, token, ...options });
  const user = "clusterUser_rg_test";
  const kubeconfigText = kubeconfig({
    clusterName: "test",
    url: server.url,
    caPem: certificates.caPem,
    signIn: { token },
    user,
  });
  const config = new KubeConfig();
  config.loadFromString(kubeconfigText);
  return {
    cluster,
    url: server.url,
    token,
    certificates,
    kubeconfigText,
    config,
    get evictions() {
      return state.evictions;
    },
    set evictions(result) {
      state.evictions = result;
    },
    get listening() {
      return { changes: store.listeners, logs: logs.followers };
    },
    traced: (kind) => kernel.trace.records().filter((record) => record.kind === kind),
    async [Symbol.asyncDispose]() {
      await server.close();
      kernel.close();
    },
  };
}

function bareCluster(kernel: RealTimeKernel, store: ObjectStore, logs: LogStore, evict: () => EvictionResult): Cluster {
  const listeners = new Set<(available: boolean) => void>();
  let available = true;
  const none = (): never => {
    throw new Error("this cluster has no machines");
  };
  return {
    world: {
      ...kernel,
      logs,
      calibration: defaultCalibration,
      timeScale: 60,
      runtime: { start: none, close: () => Promise.resolve() },
      dataPlane: { setRoute: none, removeRoute: none, stats: none, onHeld: none, address: none },
    },
    name: "test",
    domain: "test.example",
    store,
    kubernetesVersion: "1.33.5",
    apiServer: {
      get available() {
        return available;
      },
      set(next) {
        available = next;
        for (const listener of listeners) listener(next);
      },
      onChange(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    resourceMetrics: { pod: () => undefined, node: () => undefined },
    addNode: none,
    resumeNode: none,
    removeNode: none,
    loseNode: none,
    rebootNode: none,
    reimageNode: none,
    setUnschedulable: none,
    evict,
    recordEvent: none,
    close() {},
  };
}

/** Waits until `check` gives something. */
export async function eventually<T>(check: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  const deadlineMs = Date.now() + 10_000;
  for (;;) {
    const found = await check();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadlineMs) throw new Error("it did not come to be within 10 s");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export interface RawCall {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** A call without any client in between. The path goes out as it stands. */
export function callRaw(
  api: TestApi,
  path: string,
  { method = "GET", headers = {}, body }: RawCall = {},
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const options = {
      method,
      path,
      ca: api.certificates.caPem,
      host: "127.0.0.1",
      port: new URL(api.url).port,
      agent: false,
    } as const;
    const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
    const sent = { authorization: `Bearer ${api.token}`, ...length, ...headers };
    const call = request({ ...options, headers: sent }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        }),
      );
    });
    call.on("error", reject);
    call.end(body);
  });
}

/** A connection of its own to the API server, for what no client sends. */
export function connectTo(api: TestApi, session?: Buffer): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const port = Number(new URL(api.url).port);
    const ca = api.certificates.caPem;
    const socket = connect({ host: "127.0.0.1", port, ca, ...(session ? { session } : {}) }, () => resolve(socket));
    socket.on("error", reject);
  });
}

/** The `Status` of an answer. */
export function statusOf({ text }: RawAnswer): { reason?: string; message?: string; code?: number; kind?: string } {
  return JSON.parse(text) as ReturnType<typeof statusOf>;
}

/** A deployment that is valid. */
export function webDeployment(name = "web", replicas = 2) {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "default", labels: { app: name } },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: "web", image: "nginx:1.27", ports: [{ containerPort: 80 }] }] },
      },
    },
  };
}

export function webPod(name: string, labels: Record<string, string> = {}) {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", labels },
    spec: { containers: [{ name: "web", image: "nginx:1.27" }] },
  };
}

/** The `Status` of a refusal. */
export async function refusal(call: Promise<unknown>): Promise<{ code: number; body: Record<string, never> }> {
  const error: unknown = await call.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!(error instanceof ApiException)) throw new Error(`expected a refusal, got ${String(error)}`);
  return { code: error.code, body: JSON.parse(error.body as string) as Record<string, never> };
}

/** Content types of patches, for the calls of the client. */
export const strategic = setHeaderOptions("Content-Type", "application/strategic-merge-patch+json");
export const merge = setHeaderOptions("Content-Type", "application/merge-patch+json");
export const jsonPatch = setHeaderOptions("Content-Type", "application/json-patch+json");
