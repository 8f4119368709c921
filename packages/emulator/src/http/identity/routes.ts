import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { ExtraRoute } from "../arm/server.ts";
import { readBody } from "../body.ts";
import type { IdentityAnswer, IdentityCall, IdentityOptions } from "./answer.ts";
import { instanceDiscovery, isTenant, keys, openIdConfiguration } from "./discovery.ts";
import { entraError } from "./entra-error.ts";
import { appServiceToken, instanceMetadataToken } from "./managed-identity.ts";
import { tokenEndpoint } from "./token-endpoint.ts";

export type { IdentityOptions } from "./answer.ts";

const paths = {
  appService: /^\/msi\/token\/?$/i,
  instanceMetadata: /^\/metadata\/identity\/oauth2\/token\/?$/i,
  instance: /^\/(?:common|[\w.-]+)\/discovery\/(?:v2\.0\/)?instance$/i,
  discovery: /^\/([\w.-]+)\/(v2\.0\/)?\.well-known\/openid-configuration$/i,
  keys: /^\/([\w.-]+)\/discovery\/(v2\.0\/)?keys$/i,
  token: /^\/([\w.-]+)\/oauth2\/(v2\.0\/)?token$/i,
};

/** Managed identities and Microsoft Entra's token endpoint, as routes of a server. */
export function identityRoute(options: IdentityOptions, scheme: "http" | "https"): ExtraRoute {
  return {
    matches: (path) => Object.values(paths).some((pattern) => pattern.test(path)),
    async handle(request, response) {
      const body = await readBody(request, formLimitBytes);
      if (body.kind === "too-large") return send(response, { status: 413, body: { error: "invalid_request" } });
      const form = new URLSearchParams(request.method === "POST" ? body.bytes.toString("utf8") : "");
      send(response, answer(options, callOf(request, form, scheme)));
    },
  };
}

export interface IdentityServer {
  /** `http://127.0.0.1:port/msi/token`. */
  readonly endpoint: string;
  close(): Promise<void>;
}

/** Plain HTTP, as the identity endpoint of a container and the metadata service of a machine are. */
export async function createIdentityServer(
  options: IdentityOptions & { host?: string; port?: number },
): Promise<IdentityServer> {
  const { host = "127.0.0.1", port = 0 } = options;
  const route = identityRoute(options, "http");
  const server = createServer((request, response) => {
    if (!route.matches((request.url ?? "/").split("?", 1)[0] ?? "")) {
      return send(response, { status: 404, body: { error: "not_found" } });
    }
    Promise.resolve(route.handle(request, response)).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    endpoint: `http://${host.includes(":") ? `[${host}]` : host}:${bound}/msi/token`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(options: IdentityOptions, call: IdentityCall): IdentityAnswer {
  const { tenantId } = options.tokens;
  if (paths.appService.test(call.path)) return appServiceToken(options, call);
  if (paths.instanceMetadata.test(call.path)) return instanceMetadataToken(options, call);
  if (paths.instance.test(call.path)) return instanceDiscovery(call, tenantId);
  const match = paths.discovery.exec(call.path) ?? paths.keys.exec(call.path) ?? paths.token.exec(call.path);
  const [, tenant = "", v2] = match ?? [];
  if (!isTenant(tenant, tenantId)) return unknownTenant(options, call, tenant);
  if (paths.discovery.test(call.path)) return openIdConfiguration(call, tenant, v2 !== undefined);
  if (paths.keys.test(call.path)) return keys();
  return tokenEndpoint(options, call, v2 === undefined ? "v1" : "v2");
}

function unknownTenant({ tokens }: IdentityOptions, call: IdentityCall, tenant: string): IdentityAnswer {
  const text = `Tenant '${tenant.slice(0, 80)}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.`;
  return entraError(tokens, call, { error: "invalid_request", code: 90002, text });
}

function callOf(request: IncomingMessage, form: URLSearchParams, scheme: "http" | "https"): IdentityCall {
  const [path = "", search = ""] = (request.url ?? "/").split("?", 2);
  const host = /^[\w.[\]:-]{1,255}$/.exec(request.headers.host ?? "")?.[0] ?? "localhost";
  return {
    method: request.method ?? "GET",
    path,
    query: new URLSearchParams(search),
    header(name) {
      const value = request.headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
    form,
    baseUrl: `${scheme}://${host}`,
  };
}

const formLimitBytes = 64 * 1024;

function send(response: ServerResponse, { status, body, headers }: IdentityAnswer): void {
  const type = { "content-type": "application/json; charset=utf-8", "cache-control": "no-store", pragma: "no-cache" };
  response.writeHead(status, { ...type, ...headers });
  response.end(JSON.stringify(body));
}
