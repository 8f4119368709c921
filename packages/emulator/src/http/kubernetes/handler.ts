import type { IncomingHttpHeaders } from "node:http";
import type { Cluster } from "../../world/cluster.ts";
import { clusterAdmin, type UserInfo } from "../../world/kubernetes/access/user.ts";
import { attemptKey } from "../../world/kubernetes/admission/required.ts";
import { refusal } from "../../world/kubernetes/answered.ts";
import { healthPaths } from "../../world/kubernetes/health.ts";
import type { KubeApi } from "../../world/kubernetes/kube-api.ts";
import type { KubeRequest, KubeResponse } from "../../world/kubernetes/request.ts";
import {
  conflict,
  internalError,
  pathNotFound,
  StatusError,
  unauthorized,
} from "../../world/kubernetes/status-error.ts";
import type { KubeObject } from "../../world/objects.ts";
import { askWebhooks } from "./ask-webhooks.ts";
import { bearerMatches, bearerTokenOf, impersonated } from "./authentication.ts";
import { callWebhooks, type PostReview } from "./call-webhooks.ts";
import { forward } from "./forward.ts";

/** One HTTP call, before anything of it has been looked at. */
export interface KubeCall {
  readonly method: string;
  /** Path and query, as sent. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  /** Read when it is known that somebody may send one. Throws when it is too large. */
  body(): Promise<Uint8Array>;
}

export interface KubeHandlerOptions {
  readonly cluster: Cluster;
  readonly api: KubeApi;
  /** Bearer token that clients must send. */
  readonly token: string;
  /** Whose token it is that the cluster itself did not issue. */
  readonly authenticate?: ((cluster: Cluster, token: string) => UserInfo | undefined) | undefined;
  /** Throws what is to be answered while a fault is in force. */
  readonly refuse?: (cluster: Cluster, request: Pick<KubeRequest, "method" | "path">) => void;
  /** How admission webhooks are reached. Default: over HTTPS. */
  readonly postReview?: PostReview;
}

export type KubeAnswer = Exclude<KubeResponse, { kind: "admission" | "proxy" }>;

/** The Kubernetes API of a cluster as a function that never rejects: over TLS and in process alike. */
export function createKubeHandler(options: KubeHandlerOptions): (call: KubeCall) => Promise<KubeAnswer> {
  options.cluster.askWebhooks = askWebhooks(options.cluster, options.postReview);
  return async (call) => {
    try {
      options.refuse?.(options.cluster, { method: call.method, path: call.target.split("?", 1)[0] ?? "/" });
      return await answer(options, call);
    } catch (error) {
      if (error instanceof StatusError) return refusal(error);
      options.cluster.world.trace.add("kubernetes.bug", { message: describe(error) });
      return refusal(internalError("the request could not be handled"));
    }
  };
}

const openPaths: ReadonlySet<string> = new Set(["/version", ...healthPaths.map((path) => `/${path}`)]);

async function answer(options: KubeHandlerOptions, call: KubeCall): Promise<KubeAnswer> {
  const { target, headers } = call;
  if (!target.startsWith("/")) throw pathNotFound();
  const [path = "/", query = ""] = splitTarget(target);
  const user = authenticate(options, headers);
  if (!user && !openPaths.has(path)) throw unauthorized();
  const request: KubeRequest = {
    method: call.method,
    path,
    query: new URLSearchParams(query),
    accept: headers.accept ?? "",
    contentType: headers["content-type"] ?? "",
    userAgent: headers["user-agent"] ?? "",
    ...(user ? { user: impersonated(user, headers) } : {}),
    body: await call.body(),
  };
  const answered = await admitted(options, request);
  if (answered.kind !== "proxy") return answered;
  return forward(answered, { method: call.method, query, headers, body: request.body });
}

type Settled = Exclude<KubeResponse, { kind: "admission" }>;

/** More rounds than any request needs whose object does not change all the time. */
const admissionRounds = 500;

/** The answer, after admission webhooks have been asked as often as the request needs it. */
async function admitted({ cluster, api, postReview }: KubeHandlerOptions, call: KubeRequest): Promise<Settled> {
  const verdicts = new Map<string, KubeObject | undefined>();
  const warnings: string[] = [];
  for (let round = 0; round < admissionRounds; round++) {
    const response = api.handle(verdicts.size > 0 ? { ...call, admitted: verdicts } : call);
    if (response.kind !== "admission") return withWarnings(response, warnings);
    const verdict = await callWebhooks(cluster, response.attempt, call.user ?? clusterAdmin, postReview);
    verdicts.set(attemptKey(response.attempt), verdict.object);
    warnings.push(...verdict.warnings);
  }
  throw conflict({ group: "", plural: "objects", kind: "" }, "");
}

function withWarnings(response: Settled, warnings: readonly string[]): Settled {
  if ((response.kind !== "json" && response.kind !== "stream") || warnings.length === 0) return response;
  return { ...response, warnings: [...(response.warnings ?? []), ...warnings] };
}

function authenticate(options: KubeHandlerOptions, headers: IncomingHttpHeaders): UserInfo | undefined {
  if (bearerMatches(headers.authorization, options.token)) return clusterAdmin;
  const sent = bearerTokenOf(headers.authorization);
  if (sent === undefined) return undefined;
  return options.api.authenticate(sent) ?? options.authenticate?.(options.cluster, sent);
}

function splitTarget(target: string): readonly string[] {
  const mark = target.indexOf("?");
  return mark < 0 ? [target] : [target.slice(0, mark), target.slice(mark + 1)];
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
