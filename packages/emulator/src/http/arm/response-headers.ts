import type { Random } from "@fairway/kernel";
import type { ArmCall } from "./call.ts";

/** Headers of every answer. Ids come from a seeded stream; what the client sent for correlation comes back. */
export function commonHeaders(
  call: Pick<ArmCall, "headers">,
  context: { random: Random; location: string; nowMs: number },
): Record<string, string> {
  const requestId = context.random.uuid();
  const correlationId = safeId(call.headers["x-ms-correlation-request-id"]) ?? requestId;
  const clientId = safeId(call.headers["x-ms-client-request-id"]);
  const wantsClientId = call.headers["x-ms-return-client-request-id"]?.toLowerCase() === "true";
  const time = new Date(context.nowMs).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  return {
    "cache-control": "no-cache",
    pragma: "no-cache",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "x-ms-request-id": requestId,
    "x-ms-correlation-request-id": correlationId,
    "x-ms-routing-request-id": `${context.location.toUpperCase()}:${time}:${requestId}`,
    ...(clientId && wantsClientId ? { "x-ms-client-request-id": clientId } : {}),
  };
}

/** Only what can stand in a header line again. */
function safeId(text: string | undefined): string | undefined {
  return text && /^[\w-]{1,128}$/.test(text) ? text : undefined;
}
