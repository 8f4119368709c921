import { STATUS_CODES } from "node:http";
import type { ActivityEvent } from "./activity-log.ts";

/** An event as the API tells it (Azure Monitor docs, activity log event schema). */
export function eventBody({ activity, id, timeMs, status, error }: ActivityEvent, tenantId: string): unknown {
  const { subscription, resourceGroup, resourceId, httpStatus } = activity;
  const isBegin = status === "Started";
  const time = azureTime(timeMs);
  return {
    authorization: { action: activity.operation, role: "Contributor", scope: resourceId },
    caller: activity.caller,
    channels: "Operation",
    claims: { appid: activity.caller, ver: "1.0" },
    correlationId: activity.correlationId,
    description: "",
    eventDataId: id,
    eventName: isBegin ? named("BeginRequest", "Begin request") : named("EndRequest", "End request"),
    category: named("Administrative"),
    eventTimestamp: time,
    httpRequest: {
      clientRequestId: activity.clientRequestId,
      clientIpAddress: "127.0.0.1",
      method: activity.method,
      uri: activity.uri,
    },
    id: `${resourceId}/events/${id}/ticks/${ticks(timeMs)}`,
    level: status === "Failed" ? "Error" : status === "Canceled" ? "Warning" : "Informational",
    operationId: activity.requestId,
    operationName: named(activity.operation),
    resourceGroupName: resourceGroup,
    resourceProviderName: named(activity.provider),
    resourceType: named(activity.type),
    resourceId,
    status: named(status),
    subStatus: isBegin ? named("") : subStatus(httpStatus),
    submissionTimestamp: time,
    subscriptionId: subscription,
    tenantId,
    properties: properties(activity, status, error),
    relatedEvents: [],
  };
}

function properties(
  { requestBody, resourceId, operation, requestId, httpStatus }: ActivityEvent["activity"],
  status: ActivityEvent["status"],
  error: unknown,
): Record<string, string> {
  return {
    eventCategory: "Administrative",
    entity: resourceId,
    message: operation,
    hierarchy: "",
    ...(status === "Started" ? {} : { statusCode: statusCode(httpStatus), serviceRequestId: requestId }),
    ...(status === "Started" && requestBody !== undefined ? { requestbody: requestBody } : {}),
    ...(error === undefined ? {} : { statusMessage: JSON.stringify(error) }),
  };
}

function named(value: string, localizedValue = value): { readonly value: string; readonly localizedValue: string } {
  return { value, localizedValue };
}

/** `Created (HTTP Status Code: 201)`. */
function subStatus(status: number): unknown {
  const text = STATUS_CODES[status] ?? "";
  return named(statusCode(status), `${text} (HTTP Status Code: ${status})`);
}

/** As .NET calls it: `NoContent`. */
function statusCode(status: number): string {
  return (STATUS_CODES[status] ?? String(status)).replaceAll(/\W/g, "");
}

/** Seven digits behind the second, as .NET writes them. */
function azureTime(timeMs: number): string {
  return new Date(timeMs).toISOString().replace("Z", "0000Z");
}

/** Tenths of microseconds since the year 1. */
function ticks(timeMs: number): bigint {
  return 621_355_968_000_000_000n + BigInt(Math.floor(timeMs)) * 10_000n;
}
