import { ArmError } from "../../world/arm/provider.ts";
import type { TokenIssuer } from "../identity/tokens.ts";

/** Resources that tokens for Azure Resource Manager are issued for, beside the address under which the client reached it. */
const audiences = [
  "https://management.core.windows.net/",
  "https://management.core.windows.net",
  "https://management.azure.com/",
  "https://management.azure.com",
];

export interface Caller {
  readonly authorization: string | undefined;
  /** `https://host:port` as the client reached us. */
  readonly baseUrl: string;
}

/**
 * Throws 401 unless the header carries a token of `tokens` for Azure Resource Manager that has not expired. Returns who
 * calls. The codes, texts and challenges are those of the public cloud.
 */
export function authenticate({ authorization, baseUrl }: Caller, tokens: TokenIssuer): string {
  if (!authorization) {
    throw unauthorized(tokens, {
      code: "AuthenticationFailed",
      message: "Authentication failed. The 'Authorization' header is missing.",
      description: "The authentication failed because of missing 'Authorization' header.",
    });
  }
  const token = /^Bearer +([\w.~+/=-]+) *$/i.exec(authorization)?.[1];
  if (!token) {
    throw unauthorized(tokens, {
      code: "AuthenticationFailedInvalidHeader",
      message: "Authentication failed. The 'Authorization' header is provided in an invalid format.",
    });
  }
  const check = tokens.verify(token);
  switch (check.kind) {
    case "valid":
      if (isForArm(check.audience, baseUrl)) return check.principal;
      throw unauthorized(tokens, {
        code: "InvalidAuthenticationTokenAudience",
        message: `The access token has been obtained for wrong audience or resource '${check.audience.slice(0, 200)}'. It should exactly match with one of the allowed audiences '${audiences.join("','")}'.`,
      });
    case "invalid":
      throw unauthorized(tokens, { code: "InvalidAuthenticationToken", message: "The access token is invalid." });
    case "expired": {
      const [expiry, now] = [check.expiresAtMs, tokens.clock.now()].map(usDate);
      const message = `The access token expiry UTC time '${expiry}' is earlier than current UTC time '${now}'.`;
      throw unauthorized(tokens, { code: "ExpiredAuthenticationToken", message });
    }
    case "revoked":
      throw claimsChallenge(tokens, check.notBeforeSeconds);
  }
}

/** Clouds that are registered by their address (`az cloud register`) use that address as the audience. */
function isForArm(audience: string, baseUrl: string): boolean {
  return audiences.includes(audience) || withoutSlashes(audience) === baseUrl;
}

function withoutSlashes(url: string): string {
  return url.replace(/\/{1,2}$/, "");
}

interface Refusal {
  readonly code: string;
  readonly message: string;
  /** Default: the message. */
  readonly description?: string;
}

function unauthorized(tokens: TokenIssuer, { code, message, description = message }: Refusal): ArmError {
  const challenge = `Bearer authorization_uri="https://login.windows.net/${tokens.tenantId}", error="invalid_token", error_description="${description}"`;
  return new ArmError(401, code, message, { headers: { "www-authenticate": challenge } });
}

/** Continuous access evaluation: the client is to ask for a new token with these claims, and to call again. */
function claimsChallenge(tokens: TokenIssuer, notBeforeSeconds: number): ArmError {
  const wanted = { access_token: { nbf: { essential: true, value: String(notBeforeSeconds) } } };
  const claims = Buffer.from(JSON.stringify(wanted)).toString("base64");
  const text =
    "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp";
  const challenge = `Bearer realm="", authorization_uri="https://login.microsoftonline.com/${tokens.tenantId}/oauth2/authorize", error="insufficient_claims", error_description="${text}", claims="${claims}"`;
  return new ArmError(401, "AuthenticationFailed", text, { headers: { "www-authenticate": challenge } });
}

/** `4/2/2018 6:25:49 PM`, as .NET writes it in the culture of the service. */
function usDate(timeMs: number): string {
  return new Date(timeMs).toLocaleString("en-US", { timeZone: "UTC" }).replace(",", "").replaceAll(/\s/g, " ");
}
