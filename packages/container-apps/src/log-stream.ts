import {
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineRequest,
  type HttpClient,
} from "@azure/core-rest-pipeline";
import { FairwayError } from "@fairway/model";
import type { LogStreamOpener } from "./environment.ts";

/** Opens log streams, which are not a part of the resource manager: another host, and a token of the app's own. */
export function createLogStreamOpener(options: { httpClient?: HttpClient; caCertificate?: string }): LogStreamOpener {
  const client = options.httpClient ?? createDefaultHttpClient();
  return async (url, token, signal) => {
    const request = createPipelineRequest({
      url,
      headers: createHttpHeaders({ authorization: `Bearer ${token}` }),
      streamResponseStatusCodes: new Set([200]),
      ...(signal ? { abortSignal: signal } : {}),
    });
    if (options.caCertificate !== undefined) request.tlsSettings = { ca: options.caCertificate };
    const response = await client.sendRequest(request);
    if (response.status !== 200) throw refused(response.status);
    return response.readableStreamBody ? linesOf(response.readableStreamBody) : ofText(response.bodyAsText ?? "");
  };
}

/** Lines as they come; the last one may lack its end. */
export async function* linesOf(chunks: AsyncIterable<Buffer | string>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    rest += typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
    const lines = rest.split(/\r?\n/);
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

async function* ofText(text: string): AsyncGenerator<string> {
  for (const line of text.split(/\r?\n/)) if (line !== "") yield line;
}

function refused(status: number): FairwayError {
  return new FairwayError("platform", `The log stream answered with status ${status}.`, {
    hint: "Repeat; the replica may just have been replaced.",
  });
}
