import { createHttpHeaders, type HttpClient, type PipelineRequest, RestError } from "@azure/core-rest-pipeline";
import type { InProcessCall, KubeAnswer, VirtualAzure } from "@fairway/emulator";
import type { Transport } from "@fairway/sdk";
import type { ResponseContext } from "@kubernetes/client-node";

type VirtualDoors = Pick<VirtualAzure, "arm" | "kubernetes">;
type ResponseClass = typeof ResponseContext;

/** Requests of the official clients, straight into the embedded Azure: no sockets, no bytes on a wire, no time. */
export async function createTransport(azure: VirtualDoors, onChunk: () => void): Promise<Transport> {
  // The client is large: whoever has no virtual world does not load it.
  const { ResponseContext: Response } = await import("@kubernetes/client-node");
  return { arm: armClient(azure), kubernetes: kubernetesTransport(azure, Response, onChunk) };
}

/** For `httpClient` of the Azure SDKs. */
export function armClient(azure: Pick<VirtualDoors, "arm">): HttpClient {
  return {
    async sendRequest(request) {
      if (request.abortSignal?.aborted) throw abortError();
      const { method, url } = request;
      const answer = azure.arm({ method, url, headers: request.headers.toJSON(), body: bytesOf(request) });
      const headers = createHttpHeaders(answer.headers);
      if (answer.body !== undefined) headers.set("content-type", "application/json; charset=utf-8");
      const bodyAsText = answer.body === undefined ? "" : JSON.stringify(answer.body);
      return { request, status: answer.status, headers, bodyAsText };
    },
  };
}

function bytesOf({ body, method, url }: PipelineRequest): Uint8Array {
  if (body === undefined || body === null) return new Uint8Array();
  if (typeof body === "string") return Buffer.from(body);
  if (body instanceof Uint8Array) return body;
  throw new Error(`${method} ${url} has a body that does not travel inside the process.`);
}

function abortError(): RestError {
  const error = new RestError("The operation was aborted.", { code: "ABORT_ERR" });
  error.name = "AbortError";
  return error;
}

function kubernetesTransport(
  azure: Pick<VirtualDoors, "kubernetes">,
  Response: ResponseClass,
  onChunk: () => void,
): Transport["kubernetes"] {
  return async (request) => {
    request.getSignal()?.throwIfAborted();
    const body: unknown = request.getBody();
    const call: InProcessCall = {
      method: request.getHttpMethod(),
      url: request.getUrl(),
      headers: lowerCased(request.getHeaders()),
      body: typeof body === "string" ? Buffer.from(body) : new Uint8Array(),
    };
    const { status, headers, body: answered } = messageOf(await azure.kubernetes(call), request.getSignal(), onChunk);
    return new Response(status, headers, answered);
  };
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

interface Message {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: ResponseContext["body"];
}

function messageOf(answer: KubeAnswer, signal: AbortSignal | null | undefined, onChunk: () => void): Message {
  switch (answer.kind) {
    case "json": {
      const { status, contentType = "application/json", retryAfterSeconds } = answer;
      const retryAfter = retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) };
      const headers = { "content-type": contentType, ...retryAfter };
      return { status, headers, body: bodyOf(JSON.stringify(answer.body)) };
    }
    case "text":
      return {
        status: answer.status,
        headers: { "content-type": "text/plain; charset=utf-8" },
        body: bodyOf(answer.text),
      };
    case "bytes": {
      const { status, contentType, bytes } = answer;
      return { status, headers: { "content-type": contentType }, body: bodyOf(bytes) };
    }
    case "forwarded": {
      if (!(answer.body instanceof Uint8Array)) throw new Error("A virtual pod has no process that could answer.");
      const values = Object.entries(answer.headers).map(([name, value]): [string, string] => [name, String(value)]);
      return { status: answer.status, headers: Object.fromEntries<string>(values), body: bodyOf(answer.body) };
    }
    case "stream": {
      const stream = streamOf(answer, signal, onChunk);
      const text = (): Promise<string> => new Response(stream).text();
      const body = { text, binary: async () => Buffer.from(await text()), stream: () => stream };
      return { status: 200, headers: { "content-type": answer.contentType }, body };
    }
  }
}

function bodyOf(content: string | Uint8Array): Message["body"] {
  // The clients mostly ask for text: it is not made into bytes and back for them.
  const text = async (): Promise<string> => (typeof content === "string" ? content : Buffer.from(content).toString());
  return { text, binary: async () => Buffer.from(content), stream: () => null };
}

/** A watch or a followed log; each chunk wakes who reads it. */
function streamOf(
  { open }: Extract<KubeAnswer, { kind: "stream" }>,
  signal: AbortSignal | null | undefined,
  onChunk: () => void,
): ReadableStream<Uint8Array> {
  let stop = (): void => {};
  return new ReadableStream<Uint8Array>({
    start(controller) {
      let hasEnded = false;
      const end = (): void => {
        if (hasEnded) return;
        hasEnded = true;
        controller.close();
        onChunk();
      };
      const write = (chunk: string): void => {
        if (hasEnded) return;
        controller.enqueue(Buffer.from(chunk));
        onChunk();
      };
      stop = open({ begin: (chunks) => [...chunks].forEach(write), write, end });
      signal?.addEventListener("abort", () => {
        stop();
        end();
      });
    },
    cancel: () => stop(),
  });
}
