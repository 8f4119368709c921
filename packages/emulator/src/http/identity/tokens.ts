import { createHmac, timingSafeEqual } from "node:crypto";
import type { Clock, Random } from "@fairway/kernel";

export interface IssuedToken {
  readonly token: string;
  readonly expiresAtMs: number;
  readonly lifetimeSeconds: number;
}

export type TokenCheck =
  | { readonly kind: "valid"; readonly principal: string; readonly audience: string }
  | { readonly kind: "invalid" }
  | { readonly kind: "expired"; readonly expiresAtMs: number };

export interface TokenIssuer {
  readonly tenantId: string;
  /** A JWT with tid, oid, appid, aud, iat, nbf and exp; valid for an hour. */
  issue(grant: { readonly audience: string; readonly clientId: string }): IssuedToken;
  verify(token: string): TokenCheck;
}

/** Microsoft Entra gives access tokens 60 to 90 minutes. */
const lifetimeSeconds = 3_600;

interface Claims {
  readonly oid: string;
  readonly aud: string;
  readonly exp: number;
}

/** Signs with a key of its own (HS256): what others made, or were given by another run, is refused. */
export function createTokenIssuer(options: { clock: Clock; random: Random; tenantId: string }): TokenIssuer {
  const { clock, tenantId } = options;
  const random = options.random.stream("identity");
  const key = random.text(64);
  const objectId = random.uuid();
  const sign = (content: string): string => createHmac("sha256", key).update(content).digest("base64url");

  function issue(grant: { audience: string; clientId: string }): IssuedToken {
    const iat = Math.floor(clock.now() / 1_000);
    const exp = iat + lifetimeSeconds;
    const header = { typ: "JWT", alg: "HS256" };
    const claims = {
      aud: grant.audience,
      iss: `https://sts.windows.net/${tenantId}/`,
      iat,
      nbf: iat,
      exp,
      appid: grant.clientId,
      idtyp: "app",
      oid: objectId,
      sub: objectId,
      tid: tenantId,
      ver: "1.0",
    };
    const content = `${encode(header)}.${encode(claims)}`;
    return { token: `${content}.${sign(content)}`, expiresAtMs: exp * 1_000, lifetimeSeconds };
  }

  function verify(token: string): TokenCheck {
    const [header, payload, signature, ...more] = token.split(".");
    if (!header || !payload || !signature || more.length > 0) return { kind: "invalid" };
    if (!sameText(signature, sign(`${header}.${payload}`))) return { kind: "invalid" };
    // Signed by us: the claims are ours.
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as Claims;
    const expiresAtMs = claims.exp * 1_000;
    if (expiresAtMs <= clock.now()) return { kind: "expired", expiresAtMs };
    return { kind: "valid", principal: claims.oid, audience: claims.aud };
  }

  return { tenantId, issue, verify };
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function sameText(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
