import type { SigningKey } from "./signing-key.ts";

export interface DecodedToken {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  /** What is signed. */
  readonly content: string;
  readonly signature: string;
}

export function encodeToken(key: SigningKey, claims: Readonly<Record<string, unknown>>): string {
  const content = `${encode({ typ: "JWT", alg: "RS256", x5t: key.kid, kid: key.kid })}.${encode(claims)}`;
  return `${content}.${key.sign(content)}`;
}

/** Takes a JWT apart and checks nothing of it. Undefined when it is none. */
export function decodeToken(token: string): DecodedToken | undefined {
  const [header = "", payload = "", signature = "", ...more] = token.split(".");
  if (!header || !payload || !signature || more.length > 0) return undefined;
  const [head, claims] = [decode(header), decode(payload)];
  return head && claims ? { header: head, claims, content: `${header}.${payload}`, signature } : undefined;
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function decode(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
