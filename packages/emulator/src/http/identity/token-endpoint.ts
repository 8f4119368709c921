import { type IdentityAnswer, type IdentityCall, type IdentityOptions, sameText } from "./answer.ts";
import { type EntraRefusal, entraError } from "./entra-error.ts";
import { checkAssertion } from "./federation.ts";

/**
 * `POST /{tenant}/oauth2/token` (v1: `resource`) and `…/oauth2/v2.0/token` (v2: `scope`), for the client credentials
 * flow with a secret or a federated token. Source: Microsoft identity platform, and its error codes.
 */
export function tokenEndpoint(options: IdentityOptions, call: IdentityCall, version: "v1" | "v2"): IdentityAnswer {
  const { tokens, clientId } = options;
  const refusal = refusalOf(options, call);
  if (refusal) return entraError(tokens, call, refusal);
  const asked = audienceOf(call.form, version);
  if (asked.kind === "refused") return entraError(tokens, call, asked.refusal);
  const { audience } = asked;
  const { token, expiresAtMs, lifetimeSeconds } = tokens.issue({ audience, clientId });
  const expires = { expires_in: lifetimeSeconds, ext_expires_in: lifetimeSeconds };
  if (version === "v2") return { status: 200, body: { token_type: "Bearer", ...expires, access_token: token } };
  const times = {
    expires_in: String(lifetimeSeconds),
    ext_expires_in: String(lifetimeSeconds),
    expires_on: String(expiresAtMs / 1_000),
    not_before: String(Math.floor(tokens.clock.now() / 1_000)),
  };
  return { status: 200, body: { token_type: "Bearer", ...times, resource: audience, access_token: token } };
}

function refusalOf(options: IdentityOptions, { method, form }: IdentityCall): EntraRefusal | undefined {
  if (method !== "POST") {
    const text = "The endpoint only accepts POST requests. Received a GET request.";
    return { error: "invalid_request", code: 900561, text };
  }
  const grant = form.get("grant_type");
  if (!grant) return parameterMissing("grant_type");
  if (grant !== "client_credentials") {
    const text = `The app requested an unsupported grant type '${grant.slice(0, 80)}'.`;
    return { error: "unsupported_grant_type", code: 70003, text };
  }
  const client = form.get("client_id");
  if (!client) return parameterMissing("client_id");
  if (client.toLowerCase() !== options.clientId.toLowerCase()) return unknownClient(client, options.tokens.tenantId);
  return credentialRefusal(options, form);
}

function credentialRefusal({ clientId, clientSecret, tokens }: IdentityOptions, form: URLSearchParams) {
  const assertion = form.get("client_assertion");
  const secret = form.get("client_secret");
  if (assertion !== null) return checkAssertion(assertion, form.get("client_assertion_type"), tokens.clock.now());
  if (secret === null || secret === "") {
    const text =
      "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.";
    return { status: 401, error: "invalid_client", code: 7000216, text } as const;
  }
  if (sameText(secret, clientSecret)) return undefined;
  const text = `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${clientId}'.`;
  return { status: 401, error: "invalid_client", code: 7000215, text } as const;
}

function unknownClient(client: string, tenant: string): EntraRefusal {
  const text = `Application with identifier '${client.slice(0, 80)}' was not found in the directory '${tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.`;
  return { error: "unauthorized_client", code: 700016, text };
}

type Asked =
  | { readonly kind: "audience"; readonly audience: string }
  | { readonly kind: "refused"; readonly refusal: EntraRefusal };

/** The audience of a v2 scope is what stands before `/.default`: `https://management.azure.com//.default` keeps one slash. */
function audienceOf(form: URLSearchParams, version: "v1" | "v2"): Asked {
  const resource = form.get("resource");
  if (version === "v1" && resource) return { kind: "audience", audience: resource };
  const scope = form.get("scope") ?? (version === "v1" ? null : resource);
  if (!scope) return { kind: "refused", refusal: parameterMissing(version === "v1" ? "resource" : "scope") };
  const audience = /^(\S+)\/\.default$/.exec(scope.trim())?.[1];
  if (audience) return { kind: "audience", audience };
  const text = `The provided value for scope ${scope.slice(0, 200)} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`;
  return { kind: "refused", refusal: { error: "invalid_scope", code: 1002012, text } };
}

function parameterMissing(name: string): EntraRefusal {
  const text = `The request body must contain the following parameter: '${name}'.`;
  return { error: "invalid_request", code: 900144, text };
}
