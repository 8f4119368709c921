import type { IncomingMessage, ServerResponse } from "node:http";
import type { ArmResponse } from "../../world/arm/provider.ts";
import type { ExtraRoute } from "../arm/server.ts";
import { problem } from "./problem.ts";

type Door = (method: string, path: string, query: URLSearchParams, body: unknown) => ArmResponse | undefined;

const bodyLimitBytes = 1_000_000;

/** The control door as a route of the server that also serves ARM. See `guarded` for the token that it may ask for. */
export function controlDoorRoute(door: Door): ExtraRoute {
  return {
    matches: (path) => path === "/_emulator" || path.startsWith("/_emulator/"),
    async handle(request, response) {
      const { pathname, searchParams } = new URL(request.url ?? "/", "http://emulator");
      const body = await readJson(request);
      const answer =
        body.kind === "json"
          ? (door(request.method ?? "GET", pathname, searchParams, body.value) ?? { status: 404 })
          : problem(400, { field: "body", message: body.why, hint: "Send at most 1 MB of JSON." });
      send(response, answer, request.headers.accept?.includes("application/x-ndjson") === true);
    },
  };
}

async function readJson(
  request: IncomingMessage,
): Promise<{ kind: "json"; value: unknown } | { kind: "unreadable"; why: string }> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes <= bodyLimitBytes) chunks.push(chunk);
  }
  if (bytes > bodyLimitBytes) return { kind: "unreadable", why: "The body is too large." };
  if (bytes === 0) return { kind: "json", value: undefined };
  try {
    return { kind: "json", value: JSON.parse(Buffer.concat(chunks).toString("utf8")) };
  } catch {
    return { kind: "unreadable", why: "The body is no JSON." };
  }
}

/** With `accept: application/x-ndjson`, an answer that has records is sent as one line for each. */
function send(response: ServerResponse, { status, headers, body }: ArmResponse, asLines: boolean): void {
  const records = asLines ? (body as { records?: unknown } | undefined)?.records : undefined;
  const text = Array.isArray(records)
    ? records.map((record) => `${JSON.stringify(record)}\n`).join("")
    : body === undefined
      ? ""
      : JSON.stringify(body);
  const type = Array.isArray(records) ? "application/x-ndjson" : "application/json; charset=utf-8";
  response.writeHead(status, { "content-type": type, ...headers });
  response.end(text);
}
