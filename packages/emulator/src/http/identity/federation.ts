import type { EntraRefusal } from "./entra-error.ts";
import { decodeToken, encodeToken } from "./jwt.ts";
import { signingKey } from "./signing-key.ts";

/** What a federated token is for. Source: workload identity federation. */
const federationAudience = "api://AzureADTokenExchange";

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/**
 * A token of somebody else's (a Kubernetes service account's, a pipeline's) that stands for the service principal.
 * Whoever issued it is taken as trusted, and its signature is not checked: there is no place to set the trust up. Its
 * form, audience and expiry are. Undefined when it is good.
 */
export function checkAssertion(assertion: string, type: string | null, nowMs: number): EntraRefusal | undefined {
  if (type !== assertionType) {
    const text = "The request body must contain the following parameter: 'client_assertion_type'.";
    return { error: "invalid_request", code: 900144, text };
  }
  const claims = decodeToken(assertion)?.claims;
  if (!claims) return malformed("IDX12741: JWT must have three segments (JWS) or five segments (JWE).");
  const { iss, sub, aud, exp } = claims;
  if (typeof iss !== "string" || typeof sub !== "string") return malformed("The claims 'iss' and 'sub' are required.");
  const audiences = Array.isArray(aud) ? aud : [aud];
  if (!audiences.includes(federationAudience)) {
    const text = `No matching federated identity record found for presented assertion audience '${String(audiences[0]).slice(0, 100)}'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion.`;
    return { status: 401, error: "invalid_client", code: 700212, text };
  }
  if (typeof exp === "number" && exp * 1_000 > nowMs) return undefined;
  const text = `Client assertion is not within its valid time range. Current time: ${new Date(nowMs).toISOString()}, expiry time of assertion ${typeof exp === "number" ? new Date(exp * 1_000).toISOString() : "absent"}.`;
  return { status: 401, error: "invalid_client", code: 700024, text };
}

function malformed(why: string): EntraRefusal {
  return { error: "invalid_request", code: 50027, text: `JWT token is invalid or malformed. ${why}` };
}

const federatedLifetimeSeconds = 86_400;

/** As a cluster with an OIDC issuer projects it into a pod that uses workload identity. Valid for a day. */
export function federatedToken(nowMs: number): string {
  const iat = Math.floor(nowMs / 1_000);
  return encodeToken(signingKey(), {
    aud: [federationAudience],
    iss: "https://westeurope.oic.prod-aks.azure.com/fairway/",
    sub: "system:serviceaccount:default:workload",
    iat,
    nbf: iat,
    exp: iat + federatedLifetimeSeconds,
  });
}
