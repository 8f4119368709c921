import type { IdentityAnswer, IdentityCall } from "./answer.ts";
import type { TokenIssuer } from "./tokens.ts";

export interface EntraRefusal {
  readonly status?: 400 | 401;
  /** As OAuth 2.0 names it: `invalid_client`. */
  readonly error: string;
  /** The number of the AADSTS code. */
  readonly code: number;
  readonly text: string;
}

/** The error body of Microsoft Entra: the text ends with what support asks for, and the same stands in fields of its own. */
export function entraError(tokens: TokenIssuer, call: IdentityCall, refusal: EntraRefusal): IdentityAnswer {
  const { status = 400, error, code, text } = refusal;
  const traceId = tokens.requestId();
  const sent = call.header("client-request-id") ?? "";
  const correlationId = /^[0-9a-f-]{36}$/i.test(sent) ? sent : tokens.requestId();
  const timestamp = `${new Date(tokens.clock.now()).toISOString().slice(0, 19).replace("T", " ")}Z`;
  return {
    status,
    headers: { "x-ms-request-id": traceId, ...(sent === correlationId ? { "client-request-id": sent } : {}) },
    body: {
      error,
      error_description: `AADSTS${code}: ${text} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
      error_codes: [code],
      timestamp,
      trace_id: traceId,
      correlation_id: correlationId,
      error_uri: `${call.baseUrl}/error?code=${code}`,
    },
  };
}
