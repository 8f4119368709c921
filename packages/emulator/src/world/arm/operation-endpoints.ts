import { createHash } from "node:crypto";
import type { World } from "../world.ts";
import type { ArmOperation, Operations } from "./operations.ts";
import { ArmError, type ArmRequest, type ArmResponse } from "./provider.ts";
import { retryAfter } from "./retry-after.ts";

/** Which headers an accepted write carries. Source: wire facts, per verb of each provider. */
export interface OperationHeaders {
  readonly asyncOperation?: boolean;
  readonly location?: boolean;
  /** ISO 8601 duration, for `x-ms-async-operation-timeout`. */
  readonly timeout?: string;
}

/** Seconds between two polls on real Azure, as clients were seen to wait. Source: recorded polls (azure-durations). */
const pollSeconds: Readonly<Record<string, { readonly status: number; readonly result: number }>> = {
  "microsoft.app": { status: 3, result: 15 },
  "microsoft.containerservice": { status: 30, result: 30 },
  "microsoft.resources": { status: 15, result: 15 },
};

export function operationHeaders(
  world: World,
  operation: ArmOperation,
  request: Pick<ArmRequest, "baseUrl" | "apiVersion" | "headers">,
  which: OperationHeaders,
): Record<string, string> {
  return {
    ...(which.asyncOperation ? { "azure-asyncoperation": statusUrl(operation, request) } : {}),
    ...(which.location ? { location: resultUrl(operation, request) } : {}),
    ...(which.timeout ? { "x-ms-async-operation-timeout": which.timeout } : {}),
    "retry-after": pollAfter(world, operation, which.asyncOperation ? "status" : "result", request),
  };
}

/** Answers `GET` of an operation's status or result URL; undefined when the call is neither. */
export function operationEndpoint(world: World, operations: Operations, request: ArmRequest): ArmResponse | undefined {
  const [scope, type] = request.types;
  const id = request.names.at(-1);
  if (request.method !== "GET" || scope !== "locations" || !type || !id || request.types.length !== 2) return undefined;
  const kind = /^(\w*?)operation(statuses|s|results)$/.exec(type);
  if (!kind) return undefined;
  const operation = operations.get(id);
  if (!operation || operation.subscription !== request.subscription || operation.kind.toLowerCase() !== kind[1]) {
    throw new ArmError(404, "OperationNotFound", `The operation '${id}' could not be found.`);
  }
  return kind[2] === "results"
    ? operationResult(world, operation, request)
    : operationStatus(world, operation, request);
}

/** 202 without a body while it runs; then what the write would have answered had it been quick. */
export function operationResult(
  world: World,
  operation: ArmOperation,
  request: Pick<ArmRequest, "baseUrl" | "apiVersion" | "headers">,
): ArmResponse {
  const { status } = operation;
  switch (status.kind) {
    case "running": {
      const wait = pollAfter(world, operation, "result", request);
      return { status: 202, headers: { location: resultUrl(operation, request), "retry-after": wait } };
    }
    case "succeeded": {
      const body = operation.result();
      if (body !== undefined) return { status: 200, body };
      // Microsoft.ContainerService repeats the header on its 204, as recorded.
      const repeats = operation.provider === "Microsoft.ContainerService";
      return { status: 204, ...(repeats ? { headers: { location: resultUrl(operation, request) } } : {}) };
    }
    case "failed":
    case "canceled":
      return { status: 400, body: { error: status.error } };
  }
}

function operationStatus(world: World, operation: ArmOperation, request: ArmRequest): ArmResponse {
  const { status } = operation;
  const body = isApp(operation)
    ? {
        id: statusPath(operation),
        name: operation.kind === "connected" ? guidIn(operation.id) : operation.id,
        status: statusWord(operation),
        startTime: ticks(operation.startMs),
      }
    : { name: operation.id, status: statusWord(operation), startTime: `${ticks(operation.startMs)}Z` };
  // Of Microsoft.App's operations, those in connected environments tell it.
  const hasEnd = !isApp(operation) || operation.kind === "connected";
  const endTime = status.kind === "running" || !hasEnd ? {} : { endTime: `${ticks(status.endMs)}Z` };
  const error = status.kind !== "succeeded" && status.error ? { error: status.error } : {};
  const wait = { "retry-after": pollAfter(world, operation, "status", request) };
  return {
    status: 200,
    ...(status.kind === "running" ? { headers: wait } : {}),
    body: { ...body, ...endTime, ...error },
  };
}

/** What an opaque id was made of: `prefix:guid`. */
function guidIn(id: string): string {
  return Buffer.from(id, "base64").toString().split(":").at(-1) ?? id;
}

/** `Succeeded`, `Failed`, or what it is at. */
export function statusWord({ status }: ArmOperation): string {
  switch (status.kind) {
    case "running":
      return status.phase;
    case "succeeded":
      return "Succeeded";
    case "failed":
      return "Failed";
    case "canceled":
      return "Canceled";
  }
}

/** .NET's way: seven decimals. */
export function ticks(timeMs: number): string {
  return new Date(timeMs).toISOString().replace("Z", "0000");
}

function pollAfter(
  world: World,
  operation: ArmOperation,
  url: "status" | "result",
  request: Pick<ArmRequest, "headers">,
): string {
  const seconds = pollSeconds[operation.provider.toLowerCase()]?.[url] ?? 15;
  return retryAfter(world, seconds, request.headers["user-agent"]);
}

type Caller = Pick<ArmRequest, "baseUrl" | "apiVersion">;

function statusUrl(operation: ArmOperation, caller: Caller): string {
  const flag = isApp(operation) ? "&azureAsyncOperation=true" : "";
  return `${caller.baseUrl}${statusPath(operation)}?api-version=${urlVersion(operation, caller)}${flag}${signature(operation)}`;
}

function resultUrl(operation: ArmOperation, caller: Caller): string {
  return `${caller.baseUrl}${resultPath(operation)}?api-version=${urlVersion(operation, caller)}${signature(operation)}`;
}

function statusPath(operation: ArmOperation): string {
  const type = isApp(operation) ? appType(operation, "OperationStatuses") : "operations";
  return `${operationScope(operation)}/${type}/${operation.id}`;
}

function resultPath(operation: ArmOperation): string {
  if (operation.provider === "Microsoft.Resources") {
    return `/subscriptions/${operation.subscription}/operationresults/${operation.id}`;
  }
  const type = isApp(operation) ? appType(operation, "OperationResults") : "operationresults";
  return `${operationScope(operation)}/${type}/${operation.id}`;
}

/** `operationStatuses` for a kind without a word of its own. */
function appType({ kind }: ArmOperation, type: string): string {
  return kind === "" ? type.charAt(0).toLowerCase() + type.slice(1) : `${kind}${type}`;
}

function operationScope(operation: ArmOperation): string {
  return `/subscriptions/${operation.subscription}/providers/${operation.provider}/locations/${operation.location}`;
}

/** Microsoft.ContainerService has a fixed version of its own in these URLs. */
function urlVersion(operation: ArmOperation, caller: Caller): string {
  return operation.provider === "Microsoft.ContainerService" ? "2016-03-30" : caller.apiVersion;
}

/** What Azure signs such URLs with: opaque to clients, and not checked here, where every poll carries a token. */
function signature(operation: ArmOperation): string {
  const digest = createHash("sha256").update(operation.id).digest("base64url");
  // Ticks of .NET: 100 ns since year 1.
  const time = BigInt(operation.startMs) * 10_000n + 621_355_968_000_000_000n;
  return `&t=${time}&c=${digest.slice(0, 14)}&s=${digest.slice(14, 28)}&h=${digest.slice(28)}`;
}

function isApp(operation: ArmOperation): boolean {
  return operation.provider === "Microsoft.App";
}
