import type { Request, Response } from "express";
import type { Comparison } from "./comparisons.ts";

/** Progress as server-sent events: every step from the beginning (or after Last-Event-ID), then `end` with the state. */
export function streamEvents(comparison: Comparison, request: Request, response: Response): void {
  response.writeHead(200, {
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  });
  let next = firstStep(request.headers["last-event-id"]);
  const stop = comparison.onChange(sendNew);
  response.on("close", stop);
  sendNew();

  function sendNew(): void {
    for (; next < comparison.steps.length; next += 1) {
      response.write(`id: ${next}\nevent: progress\ndata: ${JSON.stringify(comparison.steps[next])}\n\n`);
    }
    if (comparison.state.kind === "running") return;
    stop();
    response.end(`event: end\ndata: ${JSON.stringify(comparison.state)}\n\n`);
  }
}

function firstStep(lastEventId: string | string[] | undefined): number {
  return typeof lastEventId === "string" && /^\d{1,9}$/.test(lastEventId) ? Number(lastEventId) + 1 : 0;
}
