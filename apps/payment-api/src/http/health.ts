import { type Request, type Response, Router } from "express";
import type { Database } from "../ledger/database.ts";
import type { Lifecycle } from "../lifecycle.ts";
import { sendJson } from "./send.ts";

/**
 * Startup: has begun to serve. Liveness: the event loop turns; it asks nobody, since a restart does not repair a
 * dependency. Readiness: may be given requests now. Config-server is needed to start only: when it goes away
 * afterwards, a replica stays ready.
 */
export function createHealthRoutes(lifecycle: Lifecycle, database: Database): Router {
  const routes = Router();
  routes.get("/health/startup", (_request, response) => {
    const { phase } = lifecycle;
    switch (phase.kind) {
      case "starting":
        sendJson(response, 503, { status: "starting", waitingFor: phase.waitingFor });
        return;
      case "stopped before it served":
        sendJson(response, 503, { status: "stopping" });
        return;
      case "serving":
      case "draining":
        sendJson(response, 200, { status: "started", configuration: phase.configuration.revision });
    }
  });
  routes.get("/health/live", (_request, response) => sendJson(response, 200, { status: "live" }));
  routes.get("/health/ready", async (_request: Request, response: Response) => {
    const reason = await reasonNotReady(lifecycle, database);
    if (reason) sendJson(response, 503, { status: "not ready", reason });
    else sendJson(response, 200, { status: "ready" });
  });
  return routes;
}

async function reasonNotReady(lifecycle: Lifecycle, database: Database): Promise<string | undefined> {
  if (lifecycle.phase.kind !== "serving") return lifecycle.phase.kind;
  if (!(await database.answers())) return "the database does not answer";
  return undefined;
}
