import type { Call } from "./call.ts";
import { recordDeprecatedCall } from "./deprecated-calls.ts";
import type { KubeResponse } from "./request.ts";
import { StatusError } from "./status-error.ts";

export function json(body: unknown): KubeResponse {
  return { kind: "json", status: 200, body };
}

/** Who uses an old version is told so, and the use is remembered: AKS asks for it before an upgrade. */
export function withDeprecation(call: Call, respond: () => KubeResponse): KubeResponse {
  const { type, cluster, request } = call;
  if (type.deprecation === undefined) return respond();
  recordDeprecatedCall(cluster, type, request.userAgent);
  return withWarning([type.deprecation], respond);
}

/** A refusal carries the warnings too. */
export function withWarning(warnings: readonly string[], respond: () => KubeResponse): KubeResponse {
  if (warnings.length === 0) return respond();
  const response = answered(respond);
  if (response.kind !== "json" && response.kind !== "stream") return response;
  return { ...response, warnings: [...warnings, ...(response.warnings ?? [])] };
}

/** `warned`: what comes up while the call is carried out. */
export function alsoWarning(warned: readonly string[], respond: () => KubeResponse): KubeResponse {
  const response = answered(respond);
  if (warned.length === 0 || (response.kind !== "json" && response.kind !== "stream")) return response;
  return { ...response, warnings: [...(response.warnings ?? []), ...warned] };
}

/** A refusal is an answer too. */
function answered(respond: () => KubeResponse): KubeResponse {
  try {
    return respond();
  } catch (error) {
    if (error instanceof StatusError) return refusal(error);
    throw error;
  }
}

/** The answer for a refusal. */
export function refusal(error: StatusError): Extract<KubeResponse, { kind: "json" }> {
  const seconds = error.details?.retryAfterSeconds;
  return { kind: "json", status: error.code, body: error.body(), ...(seconds ? { retryAfterSeconds: seconds } : {}) };
}
