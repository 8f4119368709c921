import type { ArmResponse } from "../../world/arm/provider.ts";

export interface Problem {
  /** Path of what was wrong in the request. */
  readonly field: string;
  readonly message: string;
  /** The way out. */
  readonly hint: string;
}

/** Problem JSON (RFC 9457). */
export function problem(status: 400 | 404, { field, message, hint }: Problem): ArmResponse {
  const title = status === 404 ? "Not found" : "Bad request";
  return {
    status,
    headers: { "content-type": "application/problem+json" },
    body: { type: "about:blank", title, status, detail: message, field, hint },
  };
}
