import { parentPort, workerData } from "node:worker_threads";
import { createRealTimeKernel } from "@fairway/kernel";
import { Generator } from "./generator.ts";
import { startMetronome } from "./metronome.ts";
import { bucketMs } from "./recorder.ts";
import type { Bucket, LoadResult, LoadSpec } from "./spec.ts";

/** From the thread of a load to the one that started it. */
export type LoadMessage =
  | { readonly kind: "buckets"; readonly buckets: readonly Bucket[] }
  | { readonly kind: "result"; readonly result: LoadResult };

const spec = workerData as LoadSpec;
const { clock } = createRealTimeKernel({ seed: spec.seed });
const generator = new Generator(spec, clock);
const metronome = startMetronome(spec, generator.elapsedMs, () => generator.dispatchDue());
/** Buckets that may still change are told again. */
const retoldMs = spec.timeoutMs + bucketMs;

parentPort?.on("message", () => generator.stop());
tell();

function tell(): void {
  if (generator.isStopped && generator.isIdle) {
    send({ kind: "result", result: generator.finish() });
    parentPort?.close();
    void metronome?.terminate();
    return;
  }
  const newest = generator.buckets(-1).at(-1)?.atMs ?? 0;
  send({ kind: "buckets", buckets: generator.buckets(newest - retoldMs) });
  clock.after(bucketMs, tell);
}

function send(message: LoadMessage): void {
  parentPort?.postMessage(message);
}
