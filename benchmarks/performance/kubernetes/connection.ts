import { Agent, request } from "node:https";
import { mergePatch, pods } from "./calls.ts";

export interface Connection {
  readonly url: string;
  readonly agent: Agent;
}

export function connect({ url, caPem }: { url: string; caPem: string }, maxSockets = 200): Connection {
  return { url, agent: new Agent({ ca: caPem, keepAlive: true, maxSockets }) };
}

/** One call; the answer is counted in bytes and thrown away. */
export function send({ url, agent }: Connection, method: string, path: string, body?: unknown): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: "Bearer token", ...(body ? { "content-type": mergePatch } : {}) };
    const sent = request(`${url}${path}`, { method, agent, headers }, (response) => {
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.on("end", () => {
        if ((response.statusCode ?? 500) < 400) resolve(bytes);
        else reject(new Error(`${method} ${path}: ${response.statusCode}`));
      });
    });
    sent.on("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Resolves when the watch is open; each later chunk is one event. */
export function watch({ url, agent }: Connection, onEvent: () => void): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const path = `${pods}?watch=1&fieldSelector=metadata.name%3Dp0&allowWatchBookmarks=false`;
    const sent = request(`${url}${path}`, { agent, headers: { authorization: "Bearer token" } }, (response) => {
      let initial = true;
      response.on("data", () => {
        if (!initial) return onEvent();
        initial = false;
        resolve(() => sent.destroy());
      });
      response.on("error", () => {});
    });
    sent.on("error", reject);
    sent.end();
  });
}
