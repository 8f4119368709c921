import express, { type ErrorRequestHandler, type Express, type Response } from "express";
import type { Logger } from "pino";
import type { Configuration } from "./configurations.ts";

export interface AppParts {
  readonly configurations: ReadonlyMap<string, Configuration>;
  readonly isStopping: () => boolean;
  readonly log: Logger;
}

/** An app exists only when its configurations are loaded, so startup is always done when there is somebody to answer. */
export function createApp({ configurations, isStopping, log }: AppParts): Express {
  const app = express();
  app.disable("x-powered-by");
  app.use((_request, response, next) => {
    if (isStopping()) response.setHeader("connection", "close");
    next();
  });
  app.get("/health/startup", (_request, response) => response.json({ status: "started" }));
  app.get("/health/live", (_request, response) => response.json({ status: "live" }));
  app.get("/health/ready", (_request, response) => {
    if (isStopping()) response.status(503).json({ status: "not ready", reason: "stopping" });
    else response.json({ status: "ready" });
  });
  app.get("/config/:app", (request, response) => {
    const configuration = configurations.get(request.params.app);
    if (configuration) response.json(configuration);
    else sendProblem(response, 404, "configuration-not-found", "There is no configuration for this app");
    log.info({ route: "/config/:app", found: configuration?.app ?? null }, "request");
  });
  app.use((_request, response) => sendProblem(response, 404, "not-found", "There is nothing at this path"));
  app.use(answerError(log));
  return app;
}

function answerError(log: Logger): ErrorRequestHandler {
  return (error: unknown, _request, response, _next) => {
    if (error instanceof URIError) return sendProblem(response, 400, "malformed-request", "The path is malformed");
    log.error({ reason: error instanceof Error ? error.stack : String(error) }, "a request failed because of a bug");
    sendProblem(response, 500, "internal-error", "The configuration service failed");
  };
}

/** RFC 9457. */
function sendProblem(response: Response, status: number, code: string, title: string): void {
  const type = `urn:fairway:config-server:problem:${code}`;
  response.status(status).type("application/problem+json").json({ type, title, status, code });
}
