import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { KubeResponse, OpenStream } from "../../world/kubernetes/request.ts";

/** A watcher that lets more than this pile up is dropped. */
const unreadLimitBytes = 4 * 1024 * 1024;
/** Warnings beyond this are cut: clients take 16 KiB of headers. */
const warningsLimit = 20;
const warningLimitCharacters = 256;

const commonHeaders = { "cache-control": "no-cache, private" };

export function sendResponse(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Exclude<KubeResponse, { kind: "admission" }>,
): void {
  switch (answer.kind) {
    case "json":
      return sendText(response, answer.status, JSON.stringify(answer.body), {
        "content-type": answer.contentType ?? "application/json",
        ...warningHeader(answer.warnings ?? []),
        ...(answer.retryAfterSeconds ? { "retry-after": String(answer.retryAfterSeconds) } : {}),
        // The rest of a body that is too large is not read.
        ...(answer.status === 413 ? { connection: "close" } : {}),
      });
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
      return sendStream(request, response, answer.open);
  }
}

function sendText(response: ServerResponse, status: number, text: string, headers: OutgoingHttpHeaders): void {
  response.writeHead(status, { ...commonHeaders, ...headers, "content-length": Buffer.byteLength(text) });
  response.end(text);
}

/** Writes as the events come; ends with the stream, with the client, or when the client does not read. */
function sendStream(request: IncomingMessage, response: ServerResponse, open: OpenStream): void {
  let ended = false;
  let stop: (() => void) | undefined;
  function finish(): void {
    if (ended) return;
    ended = true;
    stop?.();
    response.end();
  }
  response.on("close", finish);
  response.on("error", finish);
  request.socket.setNoDelay(true);
  stop = open({
    write(chunk) {
      if (ended) return;
      response.write(chunk);
      if (response.writableLength > unreadLimitBytes) response.destroy();
    },
    end: finish,
  });
  if (ended) stop();
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
