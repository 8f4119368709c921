import type { IncomingMessage, ServerResponse } from "node:http";
import type { Cluster } from "../../world/cluster.ts";
import { KubeApi } from "../../world/kubernetes/kube-api.ts";
import type { KubeRequest } from "../../world/kubernetes/request.ts";
import { badRequest, bodyTooLarge } from "../../world/kubernetes/status-error.ts";
import { readBody } from "../body.ts";
import type { Certificates } from "../tls.ts";
import { createKubeHandler, type KubeHandlerOptions } from "./handler.ts";
import { createListener } from "./listener.ts";
import { sendResponse } from "./response.ts";

export interface ApiServerOptions {
  readonly cluster: Cluster;
  readonly certificates: Pick<Certificates, "caPem" | "certPem" | "keyPem">;
  /** Bearer token that clients must send. */
  readonly token: string;
  readonly authenticate?: KubeHandlerOptions["authenticate"];
  /** Throws what is to be answered while a fault is in force. */
  readonly refuse?: (cluster: Cluster, request: Pick<KubeRequest, "method" | "path">) => void;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default: any free port. */
  readonly port?: number;
  /** See `ListenerOptions`. */
  readonly requestTimeoutMs?: number;
}

export interface ApiServer {
  /** `https://127.0.0.1:port`. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** What kube-apiserver takes in one request (MaxRequestBodyBytes). */
const bodyLimitBytes = 3 * 1024 * 1024;

/**
 * The Kubernetes API of a cluster over TLS. While `cluster.apiServer` is unavailable nobody can connect and open
 * connections are broken; then it listens on the same port again. Rejects when the port is taken.
 */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { cluster, certificates, host = "127.0.0.1", port = 0, requestTimeoutMs } = options;
  const api = new KubeApi(cluster, certificates.caPem);
  const handle = createKubeHandler({ ...options, api });
  const listener = await createListener({ certificates, host, port, onRequest: serve, requestTimeoutMs });
  const stopListening = cluster.apiServer.onChange(follow);
  follow(cluster.apiServer.available);

  function serve(request: IncomingMessage, response: ServerResponse): void {
    const { method = "GET", url: target = "/", headers } = request;
    handle({ method, target, headers, body: () => bodyOf(request) })
      .then((answered) => {
        if (!response.destroyed) sendResponse(request, response, cluster.world.clock, answered);
      })
      .catch((error: unknown) => {
        cluster.world.trace.add("kubernetes.bug", { message: describe(error) });
        response.destroy();
      });
  }
  function follow(available: boolean): void {
    if (!available) listener.stop();
    else {
      listener.start().catch((error: unknown) => {
        cluster.world.trace.add("kubernetes.unreachable", { cluster: cluster.name, message: describe(error) });
      });
    }
  }
  async function close(): Promise<void> {
    stopListening();
    api.close();
    await listener.close();
  }
  return { url: `https://${host.includes(":") ? `[${host}]` : host}:${listener.port}`, port: listener.port, close };
}

async function bodyOf(request: IncomingMessage): Promise<Uint8Array> {
  const body = await readBody(request, bodyLimitBytes).catch((error: Error) => {
    throw badRequest(error.message);
  });
  if (body.kind === "too-large") throw bodyTooLarge(bodyLimitBytes);
  return body.bytes;
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
