import type { Clock, Random } from "@fairway/kernel";
import { decodeToken, encodeToken } from "./jwt.ts";
import { signingKey } from "./signing-key.ts";

export interface IssuedToken {
  readonly token: string;
  readonly expiresAtMs: number;
  /** From now on. */
  readonly lifetimeSeconds: number;
}

export type TokenCheck =
  | { readonly kind: "valid"; readonly principal: string; readonly audience: string }
  | { readonly kind: "invalid" }
  | { readonly kind: "expired"; readonly expiresAtMs: number }
  /** Issued before `revokeAll`: who calls must get a new one, with these claims. */
  | { readonly kind: "revoked"; readonly notBeforeSeconds: number };

export interface Grant {
  readonly audience: string;
  readonly clientId: string;
}

export interface TokenIssuer {
  readonly tenantId: string;
  readonly clock: Clock;
  /** For the trace ids of error answers. */
  requestId(): string;
  /** A JWT (RS256) with tid, oid, appid, aud, iat, nbf and exp; valid for an hour. */
  issue(grant: Grant): IssuedToken;
  verify(token: string): TokenCheck;
  /** Every token so far is refused with a claims challenge (continuous access evaluation). */
  revokeAll(): void;
}

/** Microsoft Entra gives access tokens 60 to 90 minutes. */
const lifetimeSeconds = 3_600;
/** A grant is answered with the token of the last one while that is this young, as Entra's own caches do. */
const reuseSeconds = 600;
/** Signatures are checked once; what was seen last is remembered. */
const rememberedTokens = 1_000;

interface Claims {
  readonly oid: string;
  readonly aud: string;
  readonly iat: number;
  readonly exp: number;
  /** Opaque to clients. Here: which embedded Azure issued it. */
  readonly aio: string;
}

/** What others made, or were given by another run, is refused. */
export function createTokenIssuer(options: { clock: Clock; random: Random; tenantId: string }): TokenIssuer {
  const { clock, tenantId } = options;
  const random = options.random.stream("identity");
  const requests = options.random.stream("identity/requests");
  const mark = `${random.text(24)}.${crypto.randomUUID()}`;
  const objectId = random.uuid();
  const issued = new Map<string, { readonly token: string; readonly iat: number }>();
  const genuine = new Map<string, Claims>();
  let revokedBefore = 0;

  function issue(grant: Grant): IssuedToken {
    const now = Math.floor(clock.now() / 1_000);
    const key = `${grant.audience} ${grant.clientId}`;
    const last = issued.get(key);
    const young = last && now - last.iat < reuseSeconds && last.iat >= revokedBefore;
    const { token, iat } = young ? last : sign(grant, Math.max(now, revokedBefore));
    issued.set(key, { token, iat });
    const exp = iat + lifetimeSeconds;
    return { token, expiresAtMs: exp * 1_000, lifetimeSeconds: exp - now };
  }

  function sign({ audience, clientId }: Grant, iat: number): { readonly token: string; readonly iat: number } {
    const claims = {
      aud: audience,
      iss: `https://sts.windows.net/${tenantId}/`,
      iat,
      nbf: iat,
      exp: iat + lifetimeSeconds,
      aio: mark,
      appid: clientId,
      appidacr: "1",
      idp: `https://sts.windows.net/${tenantId}/`,
      idtyp: "app",
      oid: objectId,
      sub: objectId,
      tid: tenantId,
      ver: "1.0",
      xms_cc: ["CP1"],
    };
    const token = encodeToken(signingKey(), claims);
    remember(token, claims);
    return { token, iat };
  }

  function verify(token: string): TokenCheck {
    const claims = genuine.get(token) ?? readOwn(token);
    if (!claims) return { kind: "invalid" };
    const expiresAtMs = claims.exp * 1_000;
    if (expiresAtMs <= clock.now()) return { kind: "expired", expiresAtMs };
    if (claims.iat < revokedBefore) return { kind: "revoked", notBeforeSeconds: revokedBefore };
    return { kind: "valid", principal: claims.oid, audience: claims.aud };
  }

  function readOwn(token: string): Claims | undefined {
    const decoded = decodeToken(token);
    if (!decoded || decoded.header["alg"] !== "RS256") return undefined;
    // The signature is checked before anything else of the token counts.
    if (!signingKey().verify(decoded.content, decoded.signature) || decoded.claims["aio"] !== mark) return undefined;
    // Signed by us: the claims are ours.
    const claims = decoded.claims as unknown as Claims;
    remember(token, claims);
    return claims;
  }

  function remember(token: string, claims: Claims): void {
    genuine.set(token, claims);
    if (genuine.size <= rememberedTokens) return;
    const [oldest] = genuine.keys();
    if (oldest !== undefined) genuine.delete(oldest);
  }

  function revokeAll(): void {
    revokedBefore = Math.floor(clock.now() / 1_000) + 1;
  }

  return { tenantId, clock, requestId: () => requests.uuid(), issue, verify, revokeAll };
}
