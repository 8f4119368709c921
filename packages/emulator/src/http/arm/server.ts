import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { errorResponse } from "../../world/arm/errors.ts";
import { ArmError, type ArmResponse } from "../../world/arm/provider.ts";
import { readBody } from "../body.ts";
import type { Certificates } from "../tls.ts";
import type { ArmOptions } from "./call.ts";
import { createArmHandler } from "./handler.ts";

export interface ArmServerOptions extends ArmOptions {
  readonly certificates: Pick<Certificates, "certPem" | "keyPem">;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default: any free port. */
  readonly port?: number;
  /** How long a client may take to send a whole request; then it gets 408. Default two minutes. */
  readonly requestTimeoutMs?: number;
  /** Paths that are not ARM's, on the same host: identity, log streams, the control door. They see the call first. */
  readonly extraRoutes?: readonly ExtraRoute[];
}

export interface ExtraRoute {
  /** True: this route answers. `path` is the raw path, without the query. */
  matches(path: string): boolean;
  handle(request: IncomingMessage, response: ServerResponse): void | Promise<void>;
}

export interface ArmServer {
  /** `https://127.0.0.1:port`, without a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

/** What Azure Resource Manager takes in one request. */
const bodyLimitBytes = 4 * 1024 * 1024;

/** Azure Resource Manager over TLS. Rejects with the system's error when the port is taken. */
export async function createArmServer(options: ArmServerOptions): Promise<ArmServer> {
  const { certificates, host = "127.0.0.1", port = 0, extraRoutes = [], requestTimeoutMs = 120_000 } = options;
  const handler = createArmHandler(options);
  const { certPem: cert, keyPem: key } = certificates;
  const server = createServer({ cert, key, keepAliveTimeout: 60_000, ...patience(requestTimeoutMs) });
  server.maxConnections = mostConnections;
  // A client that breaks off during the handshake is no reason to end.
  server.on("tlsClientError", () => {});

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = request.url ?? "/";
    const route = extraRoutes.find((candidate) => candidate.matches(target.split("?", 1)[0] ?? ""));
    if (route) return route.handle(request, response);
    const body = await readBody(request, bodyLimitBytes);
    if (body.kind === "too-large") return send(response, bodyTooLarge());
    const headers = singleHeaders(request);
    const call = { method: request.method ?? "GET", target, headers, baseUrl: baseUrl(headers, url) };
    send(response, handler({ ...call, body: body.bytes }));
  }

  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    serve(request, response).catch((error: unknown) => {
      if (response.destroyed) return;
      options.world.trace.add("arm.bug", { message: error instanceof Error ? (error.stack ?? error.message) : "?" });
      if (response.headersSent) response.destroy();
      else
        send(response, errorResponse(new ArmError(500, "InternalServerError", "Encountered internal server error.")));
    });
  });
  const address = await listen(server, host, port);
  const url = `https://${host.includes(":") ? `[${host}]` : host}:${address.port}`;
  return { url, close: () => closeServer(server) };
}

/** Many times what one program opens; more are refused before they take memory. */
const mostConnections = 5_000;

function patience(requestTimeout: number) {
  return {
    requestTimeout,
    headersTimeout: Math.min(30_000, requestTimeout),
    connectionsCheckingInterval: Math.min(10_000, Math.ceil(requestTimeout / 4)),
  };
}

function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve(server.address() as AddressInfo);
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function bodyTooLarge(): ArmResponse {
  const text = `The request content size exceeds the maximum size of '${bodyLimitBytes}' bytes.`;
  return errorResponse(new ArmError(413, "RequestContentTooLarge", text));
}

function send(response: ServerResponse, answer: ArmResponse): void {
  const body = answer.body === undefined ? "" : JSON.stringify(answer.body);
  const type = body === "" ? {} : { "content-type": "application/json; charset=utf-8" };
  const length = answer.status === 204 ? {} : { "content-length": String(Buffer.byteLength(body)) };
  response.writeHead(answer.status, { ...type, ...length, ...answer.headers });
  response.end(body);
}

function singleHeaders(request: IncomingMessage): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]),
  );
}

/** As the client reached us: `localhost` stays `localhost`. Anything that is no plain host and port is not repeated. */
function baseUrl(headers: Readonly<Record<string, string | undefined>>, fallback: string): string {
  const host = headers["host"];
  return host && /^[\w.[\]:-]{1,255}$/.test(host) ? `https://${host}` : fallback;
}
