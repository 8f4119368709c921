import type { IncomingMessage, ServerResponse } from "node:http";
import type { ContainerApps } from "../../../controllers/container-apps.ts";
import type { ResourceAddress } from "../../../world/container-apps/environment.ts";
import type { LogEntry, LogStore } from "../../../world/logs.ts";
import type { World } from "../../../world/world.ts";
import type { TokenIssuer } from "../../identity/tokens.ts";
import type { ExtraRoute } from "../server.ts";
import { streamEvents } from "./event-stream.ts";

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

const eventPath =
  /^\/subscriptions\/([^/]+)\/resourcegroups\/([^/]+)\/(containerapps|managedenvironments)\/([^/]+)\/eventstream\/?$/i;

/** A shell or a debug console in a container: asked for as a WebSocket. */
const shellPath = /^\/subscriptions\/[^/]+\/resourcegroups\/.+\/containers\/[^/]+\/(?:exec|debug)\/?$/i;

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
    matches: (path) => [streamPath, eventPath, shellPath].some((known) => known.test(path)),
    handle(request, response) {
      const url = new URL(request.url ?? "/", "https://localhost");
      if (eventPath.test(url.pathname)) return serveEvents(options, request, response, url);
      if (streamPath.test(url.pathname)) return serve(options, request, response, url);
      return refuse(response, 501, "ContainerExecNotSupported");
    },
  };
}

/** `GET …/eventstream?follow=&tailLines=`: system logs, as `az containerapp logs show --type system` asks. */
function serveEvents(
  { world, apps, tokens }: LogStreamOptions,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): void {
  const [subscription = "", resourceGroup = "", type = "", name = ""] =
    eventPath.exec(url.pathname)?.slice(1).map(decode) ?? [];
  const owner = type.toLowerCase() === "containerapps" ? "containerApps" : "managedEnvironments";
  const address = { subscription, resourceGroup, name };
  if (!isAllowed(tokens, request, owner, address)) return refuse(response, 401, "Unauthorized");
  if (request.method !== "GET") return refuse(response, 405, "MethodNotAllowed");
  const environment = apps.environments.get(address);
  const app = apps.get(address);
  const watched = owner === "containerApps" ? (app ? [app] : []) : environment ? apps.appsOf(environment) : undefined;
  if (!watched || (owner === "containerApps" && !app)) return refuse(response, 404, "NotFound");
  streamEvents(world, watched, response, {
    follow: url.searchParams.get("follow") === "true",
    tail: tailOf(url),
  });
}

function serve(
  { world, apps, tokens }: LogStreamOptions,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): void {
  const parts = streamPath.exec(url.pathname)?.slice(1).map(decode) ?? [];
  const [subscription = "", resourceGroup = "", type = "", name = "", revision = "", replica = "", container = ""] =
    parts;
  const owner = type.toLowerCase() === "containerapps" ? "containerApps" : "containerAppsJobs";
  const address = { subscription, resourceGroup, name };
  if (!isAllowed(tokens, request, owner, address)) return refuse(response, 401, "Unauthorized");
  if (request.method !== "GET") return refuse(response, 405, "MethodNotAllowed");
  const containerId = findContainer(apps, owner, address, { revision, replica, container });
  if (!containerId) return refuse(response, 404, "ContainerNotFound");
  stream(world.logs, containerId, response, {
    follow: url.searchParams.get("follow") === "true",
    tail: tailOf(url),
    format: url.searchParams.get("output") === "json" ? jsonLine : textLine,
  });
}

/** With the token that `getAuthtoken` gave for just this resource. */
function isAllowed(tokens: TokenIssuer, request: IncomingMessage, owner: Owner, address: ResourceAddress): boolean {
  const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? "")?.[1] ?? "";
  const check = tokens.verify(token);
  return check.kind === "valid" && check.audience === logStreamAudience(owner, address);
}

function tailOf(url: URL): number {
  return Math.min(longestTail, Math.max(0, Number(url.searchParams.get("tailLines") ?? defaultTail) || 0));
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
