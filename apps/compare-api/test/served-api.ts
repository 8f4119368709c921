import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Report } from "@fairway/lab";
import { type CompareApiOptions, createCompareApi, listen } from "../src/index.ts";

export const emptyReport: Report = {
  schemaVersion: 1,
  generatedAt: "2026-01-01T00:00:00.000Z",
  seed: 1,
  timeScale: 60,
  durationMs: 1,
  machine: { cpu: "none", cores: 1, node: "v24", platform: "linux" },
  verdict: { headline: "Nothing was compared", points: [] },
  runs: [],
  method: [],
  caveats: [],
};

export interface ServedApi extends AsyncDisposable {
  readonly url: string;
  readonly reportFolder: string;
}

/** The API on a free port, over a report folder of its own. */
export async function serveApi(options: Pick<CompareApiOptions, "run" | "signal"> = {}): Promise<ServedApi> {
  const reportFolder = await mkdtemp(join(tmpdir(), "fairway-compare-api-"));
  const server = await listen(createCompareApi({ reportFolder, images: {}, ...options }), 0);
  return {
    url: server.url,
    reportFolder,
    async [Symbol.asyncDispose]() {
      await server.close();
      await rm(reportFolder, { recursive: true, force: true });
    },
  };
}

/** A comparison that tells two steps, then waits until it is released or cancelled. */
export function heldComparison() {
  const released = Promise.withResolvers<Report>();
  const run: NonNullable<CompareApiOptions["run"]> = async ({ onProgress, signal }) => {
    onProgress?.({ message: "first", share: 0 });
    onProgress?.({ message: "second", share: 0.5 });
    signal?.addEventListener("abort", () => released.reject(signal.reason));
    return await released.promise;
  };
  return { run, release: () => released.resolve(emptyReport) };
}

export function start(url: string, body: unknown = {}, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/comparisons`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

/** The status of a GET whose Host header is not the server's own; fetch does not let one choose it. */
export function statusForHost(url: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });
}
