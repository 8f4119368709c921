import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { ExtraRoute } from "../arm/server.ts";
import type { TokenIssuer } from "./tokens.ts";

export interface IdentityOptions {
  readonly tokens: TokenIssuer;
  /** What a managed-identity client sends as `X-IDENTITY-HEADER`. */
  readonly identityHeader: string;
  /** The one service principal; its id is also the managed identity's client id. */
  readonly clientId: string;
  readonly clientSecret: string;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly identityHeader: string | undefined;
  readonly form: URLSearchParams;
  readonly baseUrl: string;
}

const paths = {
  managedIdentity: /^\/msi\/token\/?$/i,
  discovery: /^\/([\w.-]+)\/(v2\.0\/)?\.well-known\/openid-configuration$/i,
  token: /^\/([\w.-]+)\/oauth2\/(v2\.0\/)?token$/i,
  instance: /^\/common\/discovery\/instance$/i,
};

/** Managed identity (`GET /msi/token`) and service principal (`POST /{tenant}/oauth2/v2.0/token`) as routes of a server. */
export function identityRoute(options: IdentityOptions, scheme: "http" | "https"): ExtraRoute {
  return {
    matches: (path) => Object.values(paths).some((pattern) => pattern.test(path)),
    async handle(request, response) {
      const form = request.method === "POST" ? await readForm(request) : new URLSearchParams();
      if (!form) return send(response, { status: 413, body: { error: "invalid_request" } });
      send(response, answer(options, callOf(request, form, scheme)));
    },
  };
}

export interface IdentityServer {
  /** `http://127.0.0.1:port/msi/token`. */
  readonly endpoint: string;
  close(): Promise<void>;
}

/** Plain HTTP, as the identity endpoint of a container is. */
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
    endpoint: `http://${host}:${bound}/msi/token`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(options: IdentityOptions, call: Call): Answer {
  if (paths.managedIdentity.test(call.path)) return managedIdentity(options, call);
  if (paths.instance.test(call.path)) return { status: 200, body: { tenant_discovery_endpoint: "", metadata: [] } };
  const discovery = paths.discovery.exec(call.path);
  if (discovery) return { status: 200, body: openIdConfiguration(call.baseUrl, discovery[1] ?? "") };
  return servicePrincipal(options, call);
}

/** Source: App Service and Container Apps managed identity, protocol 2019-08-01. */
function managedIdentity({ tokens, identityHeader, clientId }: IdentityOptions, call: Call): Answer {
  const resource = call.query.get("resource");
  if (call.method !== "GET") return { status: 405, body: { statusCode: 405, message: "Method Not Allowed" } };
  if (!call.identityHeader || !sameText(call.identityHeader, identityHeader)) {
    return { status: 401, body: { statusCode: 401, message: "The X-IDENTITY-HEADER header is missing or wrong." } };
  }
  if (!resource) return { status: 400, body: { statusCode: 400, message: "The resource parameter is missing." } };
  const { token, expiresAtMs } = tokens.issue({ audience: resource, clientId });
  const expiresOn = String(Math.floor(expiresAtMs / 1_000));
  return {
    status: 200,
    body: { access_token: token, expires_on: expiresOn, resource, token_type: "Bearer", client_id: clientId },
  };
}

/** Source: Microsoft identity platform, OAuth 2.0 client credentials flow; error codes AADSTS as Entra gives them. */
function servicePrincipal({ tokens, clientId, clientSecret }: IdentityOptions, call: Call): Answer {
  if (call.method !== "POST")
    return oauthError("invalid_request", "AADSTS900561: The endpoint only accepts POST requests.");
  if (call.form.get("grant_type") !== "client_credentials") {
    return oauthError("unsupported_grant_type", "AADSTS70003: The app requested an unsupported grant type.");
  }
  if (call.form.get("client_id") !== clientId) {
    return oauthError("unauthorized_client", "AADSTS700016: The application was not found in the directory.");
  }
  if (!sameText(call.form.get("client_secret") ?? "", clientSecret)) {
    return { ...oauthError("invalid_client", "AADSTS7000215: Invalid client secret provided."), status: 401 };
  }
  const scope = call.form.get("scope") ?? call.form.get("resource");
  if (!scope)
    return oauthError("invalid_request", "AADSTS90014: The required field 'scope' is missing from the request.");
  const { token, lifetimeSeconds: seconds } = tokens.issue({ audience: scope.replace(/\/+\.default$/, ""), clientId });
  return {
    status: 200,
    body: { token_type: "Bearer", expires_in: seconds, ext_expires_in: seconds, access_token: token },
  };
}

function oauthError(error: string, description: string): Answer {
  return {
    status: 400,
    body: { error, error_description: description, error_codes: [Number(/\d+/.exec(description)?.[0])] },
  };
}

function openIdConfiguration(baseUrl: string, tenant: string): unknown {
  return {
    token_endpoint: `${baseUrl}/${tenant}/oauth2/v2.0/token`,
    authorization_endpoint: `${baseUrl}/${tenant}/oauth2/v2.0/authorize`,
    device_authorization_endpoint: `${baseUrl}/${tenant}/oauth2/v2.0/devicecode`,
    end_session_endpoint: `${baseUrl}/${tenant}/oauth2/v2.0/logout`,
    jwks_uri: `${baseUrl}/${tenant}/discovery/v2.0/keys`,
    issuer: `${baseUrl}/${tenant}/v2.0`,
    token_endpoint_auth_methods_supported: ["client_secret_post"],
    response_types_supported: ["token"],
    subject_types_supported: ["pairwise"],
    id_token_signing_alg_values_supported: ["RS256"],
    tenant_region_scope: "EU",
  };
}

function callOf(request: IncomingMessage, form: URLSearchParams, scheme: "http" | "https"): Call {
  const [path = "", search = ""] = (request.url ?? "/").split("?", 2);
  const header = request.headers["x-identity-header"];
  const host = /^[\w.[\]:-]{1,255}$/.exec(request.headers.host ?? "")?.[0] ?? "localhost";
  return {
    method: request.method ?? "GET",
    path,
    query: new URLSearchParams(search),
    identityHeader: Array.isArray(header) ? header[0] : header,
    form,
    baseUrl: `${scheme}://${host}`,
  };
}

const formLimitBytes = 64 * 1024;

async function readForm(request: IncomingMessage): Promise<URLSearchParams | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > formLimitBytes) return undefined;
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" });
  response.end(JSON.stringify(body));
}

function sameText(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
