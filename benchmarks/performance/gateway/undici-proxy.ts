import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type Dispatcher, Pool } from "undici";
import { backendPorts } from "./contenders.ts";

/** The quickest proxy that undici's documented interface gives: dispatch, raw headers copied, bodies streamed. */
const [stable, canary] = backendPorts.map((port) => new Pool(`http://127.0.0.1:${port}`, { connections: 128 }));
const hopByHop = new Set([
  "connection",
  "keep-alive",
  "transfer-encoding",
  "proxy-connection",
  "te",
  "upgrade",
  "expect",
]);
let requests = 0;

createServer((request, response) => {
  requests += 1;
  const revision = requests % 10 === 0 ? 1 : 0;
  const pool = revision === 1 ? canary : stable;
  const hasBody = request.headers["content-length"] !== undefined || request.headers["transfer-encoding"] !== undefined;
  pool?.dispatch(
    {
      path: request.url ?? "/",
      method: (request.method ?? "GET") as Dispatcher.HttpMethod,
      headers: forwardedHeaders(request),
      body: hasBody ? request : null,
    },
    new Answer(response, `revision-${revision}`),
  );
}).listen(Number(process.argv[2]), "127.0.0.1");

function forwardedHeaders(request: IncomingMessage): string[] {
  const headers: string[] = [];
  const raw = request.rawHeaders;
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? "";
    if (!hopByHop.has(name.toLowerCase())) headers.push(name, raw[index + 1] ?? "");
  }
  const host = request.headers.host ?? "";
  headers.push("x-forwarded-for", request.socket.remoteAddress ?? "", "x-forwarded-proto", "http");
  headers.push("x-forwarded-host", host);
  return headers;
}

class Answer implements Dispatcher.DispatchHandler {
  readonly #response: ServerResponse;
  readonly #revision: string;

  constructor(response: ServerResponse, revision: string) {
    this.#response = response;
    this.#revision = revision;
  }

  onRequestStart(): void {}

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Record<string, unknown>): void {
    const response = this.#response;
    for (const [name, value] of Object.entries(headers)) {
      if (!hopByHop.has(name) && value !== undefined) response.setHeader(name, value as string | string[]);
    }
    response.setHeader("x-emulator-revision", this.#revision);
    response.writeHead(status);
    response.on("drain", () => controller.resume());
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#response.write(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    this.#response.end();
  }

  onResponseError(): void {
    if (this.#response.headersSent) this.#response.destroy();
    else this.#response.writeHead(502).end();
  }
}
