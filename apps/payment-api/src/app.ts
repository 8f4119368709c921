import express, { type ErrorRequestHandler, type Express, type RequestHandler } from "express";
import type { Logger } from "pino";
import { createHealthRoutes } from "./http/health.ts";
import { observe } from "./http/observe.ts";
import { createPaymentRoutes, type PaymentParts } from "./http/payments.ts";
import { Problem, sendProblem } from "./http/problem.ts";
import { sendText } from "./http/send.ts";
import type { Database } from "./ledger/database.ts";
import type { Lifecycle } from "./lifecycle.ts";

export interface AppParts extends PaymentParts {
  readonly database: Database;
  readonly log: Logger;
}

/** The HTTP API over parts that somebody else started and stops. */
export function createApp(parts: AppParts): Express {
  const app = express();
  app.disable("x-powered-by");
  app.use(observe(parts.log, parts.metrics));
  app.use(announce(parts.version, parts.lifecycle));
  app.use(createHealthRoutes(parts.lifecycle, parts.database));
  app.get("/metrics", async (_request, response) => {
    const { contentType, text } = await parts.metrics.expose();
    sendText(response, 200, contentType, text);
  });
  app.use(createPaymentRoutes(parts));
  for (const [path, method] of methods) app.all(path, refuseMethod(method));
  app.use(() => {
    throw new Problem("not-found", "See the README for the paths of this API.");
  });
  app.use(answerError(parts.log));
  return app;
}

const methods = [
  ["/payments", "POST"],
  ["/payments/:id", "GET, HEAD"],
  ["/payments/:id/capture", "POST"],
  ["/payments/:id/refund", "POST"],
  ["/accounts/:id/balance", "GET, HEAD"],
] as const;

/** While it drains, each answer also ends its connection, so that none is cut when the server closes. */
function announce(version: string, lifecycle: Lifecycle): RequestHandler {
  return (_request, response, next) => {
    response.setHeader("x-app-version", version);
    if (lifecycle.phase.kind !== "serving") response.setHeader("connection", "close");
    next();
  };
}

function refuseMethod(allow: string): RequestHandler {
  return (request) => {
    throw new Problem("method-not-allowed", `${request.method} is not possible here.`, { headers: { allow } });
  };
}

function answerError(log: Logger): ErrorRequestHandler {
  return (error: unknown, _request, response, _next) => {
    if (response.headersSent || response.destroyed) return;
    sendProblem(response, problemOf(error, log));
  };
}

function problemOf(error: unknown, log: Logger): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof URIError) return new Problem("malformed-request", "The path is not valid percent-encoding.");
  log.error({ reason: error instanceof Error ? error.stack : String(error) }, "a request failed because of a bug");
  return new Problem("internal-error", "The failure is logged under the request's id.");
}
