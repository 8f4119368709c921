import type { TokenIssuer } from "../identity/tokens.ts";
import { ArmError } from "./provider.ts";

/** Throws 401 unless `authorization` carries a token of `tokens` that has not expired. Returns who calls. */
export function authenticate(authorization: string | undefined, tokens: TokenIssuer, nowMs: number): string {
  if (!authorization) {
    throw unauthorized(tokens, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.");
  }
  const token = /^Bearer ([\w.~+/=-]+)$/i.exec(authorization)?.[1];
  const check = token ? tokens.verify(token) : ({ kind: "invalid" } as const);
  switch (check.kind) {
    case "valid":
      // Tokens for the log stream of an app are for nothing else.
      if (!check.audience.startsWith("logstream:")) return check.principal;
      throw unauthorized(
        tokens,
        "InvalidAuthenticationTokenAudience",
        "The access token has been obtained for wrong audience.",
      );
    case "invalid":
      throw unauthorized(tokens, "InvalidAuthenticationToken", "The access token is invalid.");
    case "expired": {
      const [expiry, now] = [check.expiresAtMs, nowMs].map((timeMs) => new Date(timeMs).toISOString());
      const text = `The access token expiry UTC time '${expiry}' is earlier than current UTC time '${now}'.`;
      throw unauthorized(tokens, "ExpiredAuthenticationToken", text);
    }
  }
}

function unauthorized(tokens: TokenIssuer, code: string, message: string): ArmError {
  const challenge = `Bearer authorization_uri="https://login.windows.net/${tokens.tenantId}", error="invalid_token", error_description="${message}"`;
  return new ArmError(401, code, message, { headers: { "www-authenticate": challenge } });
}
