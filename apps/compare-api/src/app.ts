import { readFile } from "node:fs/promises";
import { join } from "node:path";
import express, { type Express, type Request, type Response } from "express";
import { Comparisons } from "./comparisons.ts";
import { streamEvents } from "./events.ts";
import type { CompareApiOptions } from "./options.ts";
import { Problem, refuseStrangers, sendProblem } from "./problems.ts";
import { parseComparisonRequest } from "./request.ts";

/** The comparison backend: serves the last report, runs new comparisons one at a time, and tells how they go. */
export function createCompareApi(options: CompareApiOptions): Express {
  const comparisons = new Comparisons(options);
  const app = express();
  app.disable("x-powered-by");
  app.use(refuseStrangers);
  app.use(express.json({ limit: "16kb" }));

  app.get("/", (_request, response) => sendReport(response, options, "report.html"));
  app.get("/report.json", (_request, response) => sendReport(response, options, "report.json"));
  app.get("/risk.html", (_request, response) => sendReport(response, options, "risk.html"));
  app.get("/risk.json", (_request, response) => sendReport(response, options, "risk.json"));

  app.get("/comparisons", (_request, response) => void response.json({ value: comparisons.list() }));
  app.post("/comparisons", (request, response) => start(request, response, comparisons));
  app.get("/comparisons/:id", (request, response) => void response.json(find(request, comparisons).describe()));
  app.delete("/comparisons/:id", (request, response) => {
    find(request, comparisons).cancel();
    response.status(202).json(find(request, comparisons).describe());
  });
  app.get("/comparisons/:id/events", (request, response) =>
    streamEvents(find(request, comparisons), request, response),
  );

  app.use((request) => {
    throw new Problem(404, "not-found", `There is nothing at ${request.method} ${request.path}.`);
  });
  app.use(sendProblem);
  return app;
}

function start(request: Request, response: Response, comparisons: Comparisons): void {
  const comparison = comparisons.start(parseComparisonRequest(request));
  response.status(202).location(`/comparisons/${comparison.id}`).json(comparison.describe());
}

function find(request: Request<{ id: string }>, comparisons: Comparisons) {
  const comparison = comparisons.get(request.params.id);
  if (comparison) return comparison;
  throw new Problem(404, "comparison-not-found", "There is no such comparison. GET /comparisons lists them.");
}

async function sendReport(
  response: Response,
  { reportFolder }: CompareApiOptions,
  file: "report.html" | "report.json" | "risk.html" | "risk.json",
): Promise<void> {
  const text = await readFile(join(reportFolder, file), "utf8").catch(() => undefined);
  if (text === undefined) {
    throw new Problem(
      404,
      "no-report",
      file.startsWith("risk")
        ? "There are no trials yet. fairway compare --lane virtual --output FOLDER leaves some; npm start does too."
        : "There is no report yet. POST /comparisons starts a comparison, which leaves one.",
    );
  }
  response.type(file.endsWith("html") ? "html" : "json").send(text);
}
