import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { pipeline } from "node:stream";
import type { Scheduler } from "@fairway/kernel";
import { stringify } from "yaml";
import { wantsYaml } from "../../world/kubernetes/negotiation.ts";
import type { KubeResponse } from "../../world/kubernetes/request.ts";
import { isLongList, listPieces } from "./list-pieces.ts";
import { sendPieces, sendStream } from "./send-stream.ts";

/** Together no longer than this; beyond it each is cut, and then those that follow are left out (apiserver: warning.go). */
const warningsLimitCharacters = 4_096;
const warningLimitCharacters = 256;

const commonHeaders = { "cache-control": "no-cache, private" };

export function sendResponse(
  request: IncomingMessage,
  response: ServerResponse,
  clock: Scheduler,
  answer: Exclude<KubeResponse, { kind: "admission" | "proxy" }>,
): void {
  switch (answer.kind) {
    case "json":
      return sendJson(request, response, clock, answer);
    case "text":
      return sendText(response, answer.status, answer.text, "text/plain; charset=utf-8", {});
    case "bytes":
      return sendText(response, answer.status, answer.bytes, answer.contentType, {});
    case "forwarded":
      return sendForwarded(response, answer);
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

/** A client that goes away ends what it was sent from. */
function sendForwarded(response: ServerResponse, answer: Extract<KubeResponse, { kind: "forwarded" }>): void {
  response.writeHead(answer.status, answer.headers);
  if (answer.body instanceof Uint8Array) response.end(answer.body);
  // Broken off on one side, it is broken off on the other.
  else pipeline(answer.body, response, () => undefined);
}

function sendJson(
  request: IncomingMessage,
  response: ServerResponse,
  clock: Scheduler,
  answer: Extract<KubeResponse, { kind: "json" }>,
): void {
  const { status, body, contentType = "application/json", warnings, retryAfterSeconds } = answer;
  const { accept = "" } = request.headers;
  const headers = {
    ...warningHeader(warnings ?? []),
    ...(retryAfterSeconds ? { "retry-after": String(retryAfterSeconds) } : {}),
    // The rest of a body that is too large is not read.
    ...(status === 413 ? { connection: "close" } : {}),
  };
  if (contentType === "application/json" && wantsYaml(accept)) {
    return sendText(response, status, stringify(body, yamlForm), "application/yaml", headers);
  }
  const indent = isReadByEye(request) ? 2 : undefined;
  if (!isLongList(body))
    return sendText(response, status, JSON.stringify(body, undefined, indent), contentType, headers);
  response.writeHead(status, { ...commonHeaders, "content-type": contentType, ...headers });
  sendPieces(response, clock, listPieces(body), () => response.end());
}

/** Asked for with `pretty`, or by a program that shows to people what it gets (apiserver: negotiation.isPrettyPrint). */
function isReadByEye({ url = "", headers }: IncomingMessage): boolean {
  const pretty = new URL(url, "http://localhost").searchParams.get("pretty");
  if (pretty !== null) return !["false", "0", "F", "f", "FALSE", "False"].includes(pretty);
  return /^(curl|Wget|Mozilla\/5\.0)/.test(headers["user-agent"] ?? "");
}

/** As Go's YAML library writes it: members in order, lists not indented, the words of YAML 1.1 quoted. */
const yamlForm = {
  sortMapEntries: true,
  indentSeq: false,
  lineWidth: 0,
  version: "1.1",
  aliasDuplicateObjects: false,
} as const;

function sendText(
  response: ServerResponse,
  status: number,
  text: string | Uint8Array,
  contentType: string,
  headers: OutgoingHttpHeaders,
): void {
  response.writeHead(status, {
    ...commonHeaders,
    "content-type": contentType,
    ...headers,
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}

function warningHeader(warnings: readonly string[]): OutgoingHttpHeaders {
  if (warnings.length === 0) return {};
  const all = [...new Set(warnings)];
  const fits = all.join("").length <= warningsLimitCharacters;
  let left = warningsLimitCharacters;
  const shown = all
    .map((text) => (fits ? text : text.slice(0, warningLimitCharacters)))
    .filter(({ length }) => (left -= length) >= 0);
  return { warning: shown.map((text) => `299 - ${quoted(text)}`).join(", ") };
}

/** A quoted string of RFC 9110, without anything that cannot stand in a header. */
function quoted(text: string): string {
  return `"${text.replaceAll(/[^\x20-\x7e]/g, "?").replaceAll(/["\\]/g, "\\$&")}"`;
}
