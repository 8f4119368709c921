import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Scheduler } from "@fairway/kernel";
import type { KubeResponse } from "../../world/kubernetes/request.ts";
import { isLongList, listPieces } from "./list-pieces.ts";
import { sendPieces, sendStream } from "./send-stream.ts";

/** Warnings beyond this are cut: clients take 16 KiB of headers. */
const warningsLimit = 20;
const warningLimitCharacters = 256;

const commonHeaders = { "cache-control": "no-cache, private" };

export function sendResponse(
  request: IncomingMessage,
  response: ServerResponse,
  clock: Scheduler,
  answer: Exclude<KubeResponse, { kind: "admission" }>,
): void {
  switch (answer.kind) {
    case "json":
      return sendJson(response, clock, answer);
    case "text":
      return sendText(response, answer.status, answer.text, { "content-type": "text/plain; charset=utf-8" });
    case "stream":
      // Gone while its request was read: nobody would ever end the stream.
      if (response.destroyed || request.socket.destroyed) return;
      response.writeHead(200, {
        ...commonHeaders,
        "content-type": answer.contentType,
        ...warningHeader(answer.warnings ?? []),
      });
      response.flushHeaders();
      request.socket.setNoDelay(true);
      return sendStream(response, clock, answer.open);
  }
}

function sendJson(response: ServerResponse, clock: Scheduler, answer: Extract<KubeResponse, { kind: "json" }>): void {
  const { status, body, contentType, warnings, retryAfterSeconds } = answer;
  const headers = {
    "content-type": contentType ?? "application/json",
    ...warningHeader(warnings ?? []),
    ...(retryAfterSeconds ? { "retry-after": String(retryAfterSeconds) } : {}),
    // The rest of a body that is too large is not read.
    ...(status === 413 ? { connection: "close" } : {}),
  };
  if (!isLongList(body)) return sendText(response, status, JSON.stringify(body), headers);
  response.writeHead(status, { ...commonHeaders, ...headers });
  sendPieces(response, clock, listPieces(body), () => response.end());
}

function sendText(response: ServerResponse, status: number, text: string, headers: OutgoingHttpHeaders): void {
  response.writeHead(status, { ...commonHeaders, ...headers, "content-length": Buffer.byteLength(text) });
  response.end(text);
}

function warningHeader(warnings: readonly string[]): OutgoingHttpHeaders {
  if (warnings.length === 0) return {};
  const shown = warnings
    .slice(0, warningsLimit)
    .map((text) => `299 - ${quoted(text.slice(0, warningLimitCharacters))}`);
  return { warning: shown.join(", ") };
}

/** A quoted string of RFC 9110, without anything that cannot stand in a header. */
function quoted(text: string): string {
  return `"${text.replaceAll(/[^\x20-\x7e]/g, "?").replaceAll(/["\\]/g, "\\$&")}"`;
}
