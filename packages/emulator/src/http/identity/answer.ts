import { createHash, timingSafeEqual } from "node:crypto";
import type { TokenIssuer } from "./tokens.ts";

export interface IdentityOptions {
  readonly tokens: TokenIssuer;
  /** What a managed-identity client of App Service or Container Apps sends as `X-IDENTITY-HEADER`. */
  readonly identityHeader: string;
  /** The one service principal; its id is also the managed identity's client id. */
  readonly clientId: string;
  readonly clientSecret: string;
}

/** A call of an identity endpoint, read. */
export interface IdentityCall {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  header(name: string): string | undefined;
  readonly form: URLSearchParams;
  /** `https://host:port` as the client reached us. */
  readonly baseUrl: string;
}

export interface IdentityAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Takes as long for a wrong text as for the right one. */
export function sameText(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
