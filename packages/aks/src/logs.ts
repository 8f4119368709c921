import { Writable } from "node:stream";
import type { LogLine, LogOptions } from "@fairway/core";
import type { V1Pod } from "@kubernetes/client-node";
import { findRevision, readExistingApp } from "./app-state.ts";
import type { AksContext } from "./context.ts";
import { containerName } from "./manifests/deployment.ts";
import { appLabel, revisionLabel, revisionSelector } from "./names.ts";

/** Lines of all replicas as they come. With `follow`, replicas that start later join in. */
export async function* readLogs(context: AksContext, app: string, options: LogOptions): AsyncGenerator<LogLine> {
  const state = await readExistingApp(context.kubernetes, app);
  const labels =
    options.revision === undefined ? { [appLabel]: app } : revisionSelector(findRevision(state, options.revision).name);
  const reading = new Reading(context, options);
  const stop = () => reading.stop();
  options.signal?.addEventListener("abort", stop, { once: true });
  if (options.signal?.aborted) stop();
  const finding = findReplicas(context, labels, reading, options.follow ?? false);
  finding.catch((error: unknown) => reading.fail(error));
  try {
    yield* reading.lines();
  } finally {
    options.signal?.removeEventListener("abort", stop);
    reading.stop();
  }
}

async function findReplicas(
  context: AksContext,
  labels: Record<string, string>,
  reading: Reading,
  follow: boolean,
): Promise<void> {
  do {
    const pods = await context.kubernetes.list<V1Pod>("v1", "Pod", { labels });
    for (const pod of pods) reading.add(pod);
    if (follow) await context.clock.sleep(context.pollMs, reading.signal).catch(() => undefined);
  } while (follow && !reading.signal.aborted);
  reading.close();
}

/** The streams of several containers as one. */
class Reading {
  readonly #context: AksContext;
  readonly #options: LogOptions;
  readonly #stopping = new AbortController();
  readonly #started = new Set<string>();
  readonly #queue: LogLine[] = [];
  #open = 0;
  #closed = false;
  #error: unknown;
  #changed = Promise.withResolvers<void>();

  constructor(context: AksContext, options: LogOptions) {
    this.#context = context;
    this.#options = options;
  }

  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Each run of a container is read once; a restart is another run. */
  add(pod: V1Pod): void {
    const status = pod.status?.containerStatuses?.find(({ name }) => name === containerName);
    const hasRun = status?.state?.running ?? status?.state?.terminated ?? status?.lastState?.terminated;
    const key = `${pod.metadata?.uid ?? pod.metadata?.name}/${status?.restartCount ?? 0}`;
    if (!hasRun || this.#started.has(key)) return;
    this.#started.add(key);
    this.#open += 1;
    void this.#read(pod).finally(() => {
      this.#open -= 1;
      this.#wake();
    });
  }

  /** No more containers come. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  fail(error: unknown): void {
    this.#error = error;
    this.close();
  }

  stop(): void {
    this.#stopping.abort();
    this.close();
  }

  async *lines(): AsyncGenerator<LogLine> {
    for (;;) {
      const changed = this.#changed.promise;
      yield* this.#queue.splice(0);
      if (this.#queue.length > 0) continue;
      if (this.#error !== undefined) throw this.#error;
      if (this.#stopping.signal.aborted || (this.#closed && this.#open === 0)) return;
      await changed;
    }
  }

  async #read(pod: V1Pod): Promise<void> {
    const name = pod.metadata?.name ?? "";
    const revision = pod.metadata?.labels?.[revisionLabel] ?? "";
    const sink = lineSink((text) => {
      this.#queue.push({ revision, replica: name, text });
      this.#wake();
    });
    try {
      const request = { pod: name, container: containerName, follow: this.#options.follow ?? false };
      const stream = await this.#context.kubernetes.streamLog(
        this.#options.tail === undefined ? request : { ...request, tail: this.#options.tail },
        sink.writable,
      );
      const stop = () => stream.abort();
      if (this.signal.aborted) stop();
      this.signal.addEventListener("abort", stop, { once: true });
      await sink.ended;
      this.signal.removeEventListener("abort", stop);
    } catch {
      // The replica went away between the list and the request, or its node did. What it wrote is gone with it.
    }
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

/**
 * A stream that cuts what it is given into lines. The client pipes the answer into it and handles no error of the
 * source, which an abort raises; so that is done here, at the moment of piping.
 */
function lineSink(line: (text: string) => void): { readonly writable: Writable; readonly ended: Promise<void> } {
  const ended = Promise.withResolvers<void>();
  const decoder = new TextDecoder();
  let rest = "";
  const writable = new Writable({
    write(chunk: Buffer, _encoding, done) {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = parts.pop() ?? "";
      parts.forEach(line);
      done();
    },
  });
  writable.once("pipe", (source) => source.once("error", () => writable.end()));
  writable.once("close", () => {
    if (rest !== "") line(rest);
    ended.resolve();
  });
  return { writable, ended: ended.promise };
}
