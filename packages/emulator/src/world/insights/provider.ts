import type { Clock } from "@fairway/kernel";
import { invalidResourceType, methodNotAllowed } from "../arm/errors.ts";
import { ArmError, type ArmProvider, type ArmRequest, type ArmResponse } from "../arm/provider.ts";
import type { ActivityEvent, ActivityLog } from "./activity-log.ts";
import { eventBody } from "./event-body.ts";
import { parseFilter } from "./filter.ts";

export interface InsightsOptions {
  readonly clock: Clock;
  readonly activityLog: ActivityLog;
  readonly tenantId: string;
}

/** As much of Microsoft.Insights as tells what was done: `eventtypes/management/values`, the activity log. */
export function createInsightsProvider(options: InsightsOptions): ArmProvider {
  const namespace = "microsoft.insights";
  return {
    namespace,
    apiVersions: ["2015-04-01"],
    resourceTypes: ["eventtypes"],
    handle(request) {
      const [first, second] = request.types;
      const isLog = first === "eventtypes" && second === "values" && request.names.join("/") === "management";
      if (!isLog) throw invalidResourceType(request.types.join("/"), namespace, request.apiVersion);
      if (request.method !== "GET") throw methodNotAllowed(request.method);
      return page(options, request);
    },
  };
}

const pageSize = 200;

function page({ clock, activityLog, tenantId }: InsightsOptions, request: ArmRequest): ArmResponse {
  const { query } = request;
  const holds = parseFilter(query.get("$filter") ?? "", clock.now());
  const token = query.get("$skipToken");
  const older = token === null ? () => true : isBehind(token);
  const found = activityLog.events().filter((event) => older(event) && holds(event));
  const shown = found.slice(0, pageSize);
  const last = shown.at(-1);
  const select = query.get("$select");
  const bodies = shown.map((event) => eventBody(event, tenantId));
  return {
    status: 200,
    body: {
      value: select === null ? bodies : bodies.map((body) => selected(body, select)),
      ...(last && found.length > pageSize ? { nextLink: nextLink(request, last) } : {}),
    },
  };
}

function isBehind(token: string): (event: ActivityEvent) => boolean {
  const [, time, id = ""] = /^(\d+)_([\w-]{36})$/.exec(token) ?? [];
  if (time === undefined) throw new ArmError(400, "BadRequest", "The skip token is not valid.");
  const timeMs = Number(time);
  return (event) => event.timeMs < timeMs || (event.timeMs === timeMs && event.id < id);
}

function nextLink({ baseUrl, subscription, apiVersion, query }: ArmRequest, { timeMs, id }: ActivityEvent): string {
  const next = new URLSearchParams({ "api-version": apiVersion });
  for (const name of ["$filter", "$select"]) if (query.has(name)) next.set(name, query.get(name) ?? "");
  next.set("$skipToken", `${timeMs}_${id}`);
  return `${baseUrl}/subscriptions/${subscription}/providers/microsoft.insights/eventtypes/management/values?${next.toString()}`;
}

function selected(body: unknown, select: string): unknown {
  const wanted = new Set(select.split(",").map((name) => name.trim().toLowerCase()));
  return Object.fromEntries(Object.entries(body as object).filter(([name]) => wanted.has(name.toLowerCase())));
}
