import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { KubeResponse } from "../../world/kubernetes/request.ts";
import { dialFailed } from "../../world/kubernetes/subresources/proxy.ts";

type Proxy = Extract<KubeResponse, { kind: "proxy" }>;
type Forwarded = Extract<KubeResponse, { kind: "forwarded" }>;

export interface ForwardedCall {
  readonly method: string;
  /** As sent; "" without one. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
}

/** Only between two neighbours, or only for the API server itself. */
const kept: ReadonlySet<string> = new Set([
  "authorization",
  "connection",
  "content-length",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Sends a call on to a port of a pod, and resolves with its answer. Rejects with 503 where nobody answers. */
export function forward(target: Proxy, call: ForwardedCall): Promise<Forwarded> {
  const { address, isTls, host, path, prefix } = target;
  return new Promise((resolve, reject) => {
    const options = {
      host: address.host,
      port: address.port,
      method: call.method,
      path: call.query === "" ? path : `${path}?${call.query}`,
      headers: { ...passed(call.headers), host, "x-forwarded-uri": `${prefix}${path}` },
      agent: false as const,
    };
    const sent: ClientRequest = isTls ? requestHttps({ ...options, rejectUnauthorized: false }) : requestHttp(options);
    const failed = (error: Error): void => {
      const [name = "", port = "80"] = host.split(":");
      reject(dialFailed(name, port, wordingOf(error)));
    };
    sent.on("response", (response) => resolve(forwarded(response, prefix)));
    sent.on("error", failed);
    sent.end(call.body);
  });
}

function forwarded(response: IncomingMessage, prefix: string): Forwarded {
  const { location, "content-length": length } = response.headers;
  // What points to the root of the pod is below the path of the proxy for the client.
  const moved = location?.startsWith("/") && !location.startsWith("//") ? { location: `${prefix}${location}` } : {};
  const headers = {
    ...passed(response.headers),
    ...(length === undefined ? {} : { "content-length": length }),
    ...moved,
  };
  return { kind: "forwarded", status: response.statusCode ?? 502, headers, body: response };
}

function passed(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const own = Object.entries(headers).filter(([name, value]) => value !== undefined && !kept.has(name));
  return Object.fromEntries(own) as Record<string, string | string[]>;
}

/** As Go's client words it. */
function wordingOf(error: Error): string {
  const { code } = error as { readonly code?: unknown };
  return code === "ECONNREFUSED" ? "connect: connection refused" : error.message;
}
