import type { IncomingMessage, ServerResponse } from "node:http";
import type { Cluster } from "../../world/cluster.ts";
import { clusterAdmin, type UserInfo } from "../../world/kubernetes/access/user.ts";
import { attemptKey } from "../../world/kubernetes/admission/required.ts";
import { healthPaths, KubeApi, refusal } from "../../world/kubernetes/kube-api.ts";
import type { KubeRequest, KubeResponse } from "../../world/kubernetes/request.ts";
import {
  bodyTooLarge,
  conflict,
  internalError,
  pathNotFound,
  StatusError,
  unauthorized,
} from "../../world/kubernetes/status-error.ts";
import type { KubeObject } from "../../world/objects.ts";
import { readBody } from "../body.ts";
import type { Certificates } from "../tls.ts";
import { bearerMatches, bearerTokenOf, impersonated } from "./authentication.ts";
import { callWebhooks } from "./call-webhooks.ts";
import { createListener } from "./listener.ts";
import { sendResponse } from "./response.ts";

export interface ApiServerOptions {
  readonly cluster: Cluster;
  readonly certificates: Pick<Certificates, "caPem" | "certPem" | "keyPem">;
  /** Bearer token that clients must send. */
  readonly token: string;
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
  const listener = await createListener({ certificates, host, port, onRequest: serve, requestTimeoutMs });
  const stopListening = cluster.apiServer.onChange(follow);
  follow(cluster.apiServer.available);

  function serve(request: IncomingMessage, response: ServerResponse): void {
    beforeAnswer(request)
      .then(() => answer(cluster, api, options.token, request))
      .then((answered) => sendResponse(request, response, cluster.world.clock, answered))
      .catch((error: unknown) => {
        if (response.destroyed) return;
        if (!(error instanceof StatusError)) cluster.world.trace.add("kubernetes.bug", { message: describe(error) });
        if (response.headersSent) response.destroy();
        else
          sendResponse(
            request,
            response,
            cluster.world.clock,
            refusal(error instanceof StatusError ? error : unforeseen()),
          );
      });
  }
  async function beforeAnswer({ method = "GET", url = "/" }: IncomingMessage): Promise<void> {
    options.refuse?.(cluster, { method, path: url.split("?", 1)[0] ?? "/" });
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

function unforeseen(): StatusError {
  return internalError("the request could not be handled");
}

const openPaths: ReadonlySet<string> = new Set(["/version", ...healthPaths.map((path) => `/${path}`)]);

type Answer = Exclude<KubeResponse, { kind: "admission" }>;

async function answer(cluster: Cluster, api: KubeApi, token: string, request: IncomingMessage): Promise<Answer> {
  const target = request.url ?? "/";
  if (!target.startsWith("/")) throw pathNotFound();
  const [path = "/", query = ""] = splitTarget(target);
  const user = authenticate(api, token, request);
  if (!user && !openPaths.has(path)) throw unauthorized();
  const body = await readBody(request, bodyLimitBytes);
  if (body.kind === "too-large") throw bodyTooLarge(bodyLimitBytes);
  const call: KubeRequest = {
    method: request.method ?? "GET",
    path,
    query: new URLSearchParams(query),
    accept: request.headers.accept ?? "",
    contentType: request.headers["content-type"] ?? "",
    userAgent: request.headers["user-agent"] ?? "",
    ...(user ? { user: impersonated(user, request.headers) } : {}),
    body: body.bytes,
  };
  return admitted(cluster, api, call);
}

/** More rounds than any request needs whose object does not change all the time. */
const admissionRounds = 500;

/** The answer, after admission webhooks have been asked as often as the request needs it. */
async function admitted(cluster: Cluster, api: KubeApi, call: KubeRequest): Promise<Answer> {
  const verdicts = new Map<string, KubeObject | undefined>();
  const warnings: string[] = [];
  for (let round = 0; round < admissionRounds; round++) {
    const response = api.handle(verdicts.size > 0 ? { ...call, admitted: verdicts } : call);
    if (response.kind !== "admission") return withWarnings(response, warnings);
    const verdict = await callWebhooks(cluster, response.attempt, call.user ?? clusterAdmin);
    verdicts.set(attemptKey(response.attempt), verdict.object);
    warnings.push(...verdict.warnings);
  }
  throw conflict({ group: "", plural: "objects", kind: "" }, "");
}

function withWarnings(response: Answer, warnings: readonly string[]): Answer {
  if (response.kind === "text" || warnings.length === 0) return response;
  return { ...response, warnings: [...(response.warnings ?? []), ...warnings] };
}

function authenticate(api: KubeApi, token: string, { headers }: IncomingMessage): UserInfo | undefined {
  if (bearerMatches(headers.authorization, token)) return clusterAdmin;
  const sent = bearerTokenOf(headers.authorization);
  return sent === undefined ? undefined : api.authenticate(sent);
}

function splitTarget(target: string): readonly string[] {
  const mark = target.indexOf("?");
  return mark < 0 ? [target] : [target.slice(0, mark), target.slice(mark + 1)];
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
