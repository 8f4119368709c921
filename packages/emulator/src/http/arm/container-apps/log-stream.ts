import type { IncomingMessage, ServerResponse } from "node:http";
import type { ContainerApps } from "../../../controllers/container-apps.ts";
import type { ResourceAddress } from "../../../world/container-apps/environment.ts";
import type { LogEntry, LogStore } from "../../../world/logs.ts";
import type { World } from "../../../world/world.ts";
import type { TokenIssuer } from "../../identity/tokens.ts";
import type { ExtraRoute } from "../server.ts";

export interface LogStreamOptions {
  readonly world: World;
  readonly apps: ContainerApps;
  readonly tokens: TokenIssuer;
}

const streamPath =
  /^\/subscriptions\/([^/]+)\/resourcegroups\/([^/]+)\/(containerapps|containerappsjobs)\/([^/]+)\/(?:revisions|executions)\/([^/]+)\/replicas\/([^/]+)\/containers\/([^/]+)\/logstream\/?$/i;

/** Lines that come without `tailLines`, and the most that may be asked for. Source: az containerapp logs show. */
const defaultTail = 20;
const longestTail = 300;

type Owner = "containerApps" | "containerAppsJobs" | "managedEnvironments";

/** What a token from `getAuthtoken` is for: the streams of one app or of one job. */
export function logStreamAudience(owner: Owner, { subscription, resourceGroup, name }: ResourceAddress): string {
  return `logstream:${owner}/${subscription}/${resourceGroup}/${name}`.toLowerCase();
}

/**
 * `GET …/containers/{container}/logstream?follow=&tailLines=&output=text|json`, on the host of the app's
 * `eventStreamEndpoint`, with the token of `getAuthtoken`: as `az containerapp logs show` asks.
 */
export function logStreamRoute(options: LogStreamOptions): ExtraRoute {
  return {
    matches: (path) => streamPath.test(path),
    handle: (request, response) => serve(options, request, response),
  };
}

function serve({ world, apps, tokens }: LogStreamOptions, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? "/", "https://localhost");
  const parts = streamPath.exec(url.pathname)?.slice(1).map(decode) ?? [];
  const [subscription = "", resourceGroup = "", type = "", name = "", revision = "", replica = "", container = ""] =
    parts;
  const owner = type.toLowerCase() === "containerapps" ? "containerApps" : "containerAppsJobs";
  const address = { subscription, resourceGroup, name };
  const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? "")?.[1] ?? "";
  const check = tokens.verify(token);
  if (check.kind !== "valid" || check.audience !== logStreamAudience(owner, address))
    return refuse(response, 401, "Unauthorized");
  if (request.method !== "GET") return refuse(response, 405, "MethodNotAllowed");
  const containerId = findContainer(apps, owner, address, { revision, replica, container });
  if (!containerId) return refuse(response, 404, "ContainerNotFound");
  stream(world.logs, containerId, response, {
    follow: url.searchParams.get("follow") === "true",
    tail: Math.min(longestTail, Math.max(0, Number(url.searchParams.get("tailLines") ?? defaultTail) || 0)),
    format: url.searchParams.get("output") === "json" ? jsonLine : textLine,
  });
}

function findContainer(
  apps: ContainerApps,
  owner: Owner,
  address: ResourceAddress,
  names: { readonly revision: string; readonly replica: string; readonly container: string },
): string | undefined {
  const owned = owner === "containerApps" ? apps.get(address)?.revisions : apps.jobs.get(address)?.executions;
  const replica = owned
    ?.find(({ name }) => name === names.revision)
    ?.replicas.find(({ spec }) => spec.name === names.replica);
  const containers = [...(replica?.containers("containers") ?? []), ...(replica?.containers("initContainers") ?? [])];
  return containers.find(({ template }) => template.name === names.container)?.replica?.containerId;
}

function stream(
  logs: LogStore,
  containerId: string,
  response: ServerResponse,
  options: { readonly follow: boolean; readonly tail: number; readonly format: (entry: LogEntry) => string },
): void {
  response.writeHead(200, { "content-type": "text/plain; charset=utf-8", "cache-control": "no-cache" });
  const past = options.tail === 0 ? [] : logs.read(containerId).slice(-options.tail);
  for (const entry of past) response.write(options.format(entry));
  if (!options.follow) {
    response.end();
    return;
  }
  response.flushHeaders();
  const stop = logs.follow(containerId, (entry) => response.write(options.format(entry)));
  response.once("close", stop);
}

function textLine({ timeMs, line }: LogEntry): string {
  return `${time(timeMs)} ${line}\n`;
}

function jsonLine({ timeMs, line }: LogEntry): string {
  return `${JSON.stringify({ TimeStamp: time(timeMs), Log: line })}\n`;
}

function time(timeMs: number): string {
  return new Date(timeMs).toISOString().replace("Z", "0000+00:00");
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8" });
  response.end(JSON.stringify({ error: { code, message: code } }));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
