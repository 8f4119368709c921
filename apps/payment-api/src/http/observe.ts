import { randomUUID } from "node:crypto";
import type { Request, RequestHandler } from "express";
import type { Logger } from "pino";
import type { Metrics } from "../metrics.ts";

const requestIdForm = /^[\w.-]{1,64}$/;

/**
 * One log line and one observation per request. The line names the route and not the path, which can hold an account;
 * bodies and other headers are never logged.
 */
export function observe(log: Logger, metrics: Metrics): RequestHandler {
  return (request, response, next) => {
    const startedAtMs = performance.now();
    const requestId = requestIdOf(request);
    response.setHeader("x-request-id", requestId);
    response.once("close", () => {
      const { method } = request;
      const route = routeOf(request);
      const durationMs = Math.round((performance.now() - startedAtMs) * 100) / 100;
      const status = response.writableFinished ? response.statusCode : clientLeft;
      metrics.requestAnswered({ method, route, status, durationMs });
      const line = { requestId, method, route, status, durationMs };
      if (route.startsWith("/health/")) log.debug(line, "request");
      else log.info(line, "request");
    });
    next();
  };
}

/** nginx's number for a client that closed its connection before the answer. */
const clientLeft = 499;

function requestIdOf(request: Request): string {
  const given = request.headers["x-request-id"];
  return typeof given === "string" && requestIdForm.test(given) ? given : randomUUID();
}

function routeOf(request: Request): string {
  const route = request.route as { path?: unknown } | undefined;
  return typeof route?.path === "string" ? route.path : "unmatched";
}
