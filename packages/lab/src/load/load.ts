import { Worker } from "node:worker_threads";
import type { Bucket, LoadResult, LoadSpec } from "./spec.ts";
import type { LoadMessage } from "./worker.ts";

/** A running load, on a thread of its own so that nothing else delays its requests. */
export interface Load extends AsyncDisposable {
  /** What is known so far, oldest first. Counts of the newest stretches still grow. */
  buckets(): readonly Bucket[];
  /** No new requests; waits for the open ones, and returns what happened. */
  stop(): Promise<LoadResult>;
  /** Resolves when the load has ended by itself (`durationMs`) or was stopped. */
  ended(): Promise<LoadResult>;
}

export function startLoad(spec: LoadSpec): Load {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const worker = new Worker(new URL(`./worker.${extension}`, import.meta.url), { workerData: spec });
  const byTime = new Map<number, Bucket>();
  const result = new Promise<LoadResult>((resolve, reject) => {
    worker.on("message", (message: LoadMessage) => {
      if (message.kind === "result") resolve(message.result);
      else for (const bucket of message.buckets) byTime.set(bucket.atMs, bucket);
    });
    worker.on("error", reject);
    worker.on("exit", (code) => reject(new Error(`The load generator ended with code ${code}.`)));
  });
  // Whoever only disposes of the load need not have asked for its result.
  result.catch(() => {});
  return {
    buckets: () => [...byTime.values()].sort((a, b) => a.atMs - b.atMs),
    stop() {
      worker.postMessage("stop");
      return result;
    },
    ended: () => result,
    async [Symbol.asyncDispose]() {
      await worker.terminate();
    },
  };
}
