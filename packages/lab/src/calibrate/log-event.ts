import { z } from "zod";

/** What of an event of the activity log tells how long something took. */
export interface LogEvent {
  readonly id: string | undefined;
  readonly correlationId: string;
  /** Lower case: `microsoft.app/containerapps/write`. */
  readonly operation: string;
  /** Lower case. */
  readonly resourceId: string;
  readonly status: "begun" | "accepted" | "succeeded" | "failed";
  readonly timeMs: number;
  readonly method: string | undefined;
  /** `Created`, `OK`, `Accepted`. */
  readonly statusCode: string | undefined;
  /** What was sent, where the log has it. */
  readonly body: unknown;
}

/** Undefined for what is no event of an operation. */
export function readEvent(value: unknown): LogEvent | undefined {
  const parsed = eventShape.safeParse(value);
  if (!parsed.success) return undefined;
  const { correlationId, operationName, resourceId, eventTimestamp, properties, httpRequest, eventDataId } =
    parsed.data;
  const timeMs = typeof eventTimestamp === "string" ? Date.parse(eventTimestamp) : eventTimestamp.getTime();
  const status = statuses[parsed.data.status.toLowerCase()];
  if (Number.isNaN(timeMs) || status === undefined) return undefined;
  return {
    id: eventDataId ?? undefined,
    correlationId,
    operation: operationName.toLowerCase(),
    resourceId: resourceId.toLowerCase(),
    status,
    timeMs,
    method: httpRequest?.method ?? undefined,
    statusCode: properties?.statusCode,
    body: bodyIn(properties?.requestbody),
  };
}

const statuses: Readonly<Record<string, LogEvent["status"]>> = {
  started: "begun",
  accepted: "accepted",
  succeeded: "succeeded",
  failed: "failed",
  canceled: "failed",
  cancelled: "failed",
};

/** The API has `{ value, localizedValue }`, some exports only the text. */
const named = z.union([z.string(), z.looseObject({ value: z.string() }).transform(({ value }) => value)]);

const eventShape = z.looseObject({
  eventDataId: z.string().nullish(),
  correlationId: z.string().min(1),
  operationName: named,
  resourceId: z.string().min(1),
  status: named,
  eventTimestamp: z.union([z.string(), z.date()]),
  httpRequest: z.looseObject({ method: z.string().nullish() }).nullish(),
  properties: z.looseObject({ statusCode: z.string().optional(), requestbody: z.string().optional() }).nullish(),
});

function bodyIn(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
