import type { IdentityAnswer, IdentityCall } from "./answer.ts";
import { signingKey } from "./signing-key.ts";

/** Instance discovery: which hosts are the same authority. This one stands alone. */
export function instanceDiscovery({ baseUrl, query }: IdentityCall, tenantId: string): IdentityAnswer {
  const { host } = new URL(baseUrl);
  const tenant = /^https:\/\/[^/]+\/([\w.-]+)/.exec(query.get("authorization_endpoint") ?? "")?.[1] ?? tenantId;
  return {
    status: 200,
    body: {
      tenant_discovery_endpoint: `${baseUrl}/${tenant}/v2.0/.well-known/openid-configuration`,
      "api-version": "1.1",
      metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
    },
  };
}

/** Tenant names that stand for the one that there is. `adfs`: clients do not ask Microsoft's cloud about its host. */
const aliases = ["common", "organizations", "adfs"];

export function isTenant(tenant: string, tenantId: string): boolean {
  return tenant.toLowerCase() === tenantId.toLowerCase() || aliases.includes(tenant.toLowerCase());
}

export function openIdConfiguration({ baseUrl }: IdentityCall, tenant: string, v2: boolean): IdentityAnswer {
  const base = `${baseUrl}/${tenant}`;
  const version = v2 ? "/v2.0" : "";
  return {
    status: 200,
    body: {
      token_endpoint: `${base}/oauth2${version}/token`,
      token_endpoint_auth_methods_supported: ["client_secret_post", "private_key_jwt", "client_secret_basic"],
      jwks_uri: `${base}/discovery${version}/keys`,
      response_modes_supported: ["query", "fragment", "form_post"],
      subject_types_supported: ["pairwise"],
      id_token_signing_alg_values_supported: ["RS256"],
      response_types_supported: ["code", "id_token", "code id_token", "id_token token"],
      scopes_supported: ["openid", "profile", "email", "offline_access"],
      issuer: v2 ? `${base}/v2.0` : `https://sts.windows.net/${tenant}/`,
      request_uri_parameter_supported: false,
      userinfo_endpoint: `${baseUrl}/oidc/userinfo`,
      authorization_endpoint: `${base}/oauth2${version}/authorize`,
      device_authorization_endpoint: `${base}/oauth2${version}/devicecode`,
      http_logout_supported: true,
      frontchannel_logout_supported: true,
      end_session_endpoint: `${base}/oauth2${version}/logout`,
      claims_supported: ["sub", "iss", "aud", "exp", "iat", "auth_time", "acr", "nonce", "tid", "ver"],
      tenant_region_scope: "EU",
      cloud_instance_name: new URL(baseUrl).host,
    },
  };
}

export function keys(): IdentityAnswer {
  return { status: 200, body: { keys: [signingKey().jwk] } };
}
