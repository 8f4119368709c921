import { randomUUID } from "node:crypto";
import { type ComparisonProgress, runComparison, writeReport } from "@fairway/lab";
import type { CompareApiOptions } from "./options.ts";
import { Problem } from "./problems.ts";
import type { ComparisonRequest } from "./request.ts";

type State =
  | { readonly kind: "running" }
  | { readonly kind: "succeeded"; readonly report: string }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "cancelled" };

/** Ended comparisons that are remembered. */
const remembered = 50;

/** All comparisons of this process. One runs at a time: two would measure each other. */
export class Comparisons {
  readonly #options: CompareApiOptions;
  readonly #byId = new Map<string, Comparison>();

  constructor(options: CompareApiOptions) {
    this.#options = options;
  }

  start(request: ComparisonRequest): Comparison {
    const running = [...this.#byId.values()].find((comparison) => comparison.state.kind === "running");
    if (running) {
      throw new Problem(
        409,
        "comparison-running",
        `Comparison ${running.id} is running; two would disturb each other. Wait for it, or DELETE /comparisons/${running.id}.`,
      );
    }
    const comparison = new Comparison(request, this.#options);
    this.#byId.set(comparison.id, comparison);
    const [oldest] = this.#byId.keys();
    if (this.#byId.size > remembered && oldest) this.#byId.delete(oldest);
    return comparison;
  }

  get(id: string): Comparison | undefined {
    return this.#byId.get(id);
  }

  list(): readonly unknown[] {
    return [...this.#byId.values()].map((comparison) => comparison.describe());
  }
}

export class Comparison {
  readonly id: string = randomUUID();
  readonly request: ComparisonRequest;
  readonly #abort = new AbortController();
  readonly #steps: ComparisonProgress[] = [];
  readonly #listeners = new Set<() => void>();
  state: State = { kind: "running" };

  constructor(request: ComparisonRequest, options: CompareApiOptions) {
    this.request = request;
    void this.#run(options);
  }

  /** Steps so far; grows. */
  get steps(): readonly ComparisonProgress[] {
    return this.#steps;
  }

  /** Calls `listener` at every step and at the end. Returns the function that ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  cancel(): void {
    this.#abort.abort(new Error("cancelled"));
  }

  describe(): unknown {
    return {
      id: this.id,
      ...this.request,
      state: this.state,
      progress: this.#steps.at(-1) ?? null,
      events: `/comparisons/${this.id}/events`,
    };
  }

  async #run({ images, reportFolder, databaseUrl, signal, run = runComparison }: CompareApiOptions): Promise<void> {
    const aborted = AbortSignal.any([this.#abort.signal, ...(signal ? [signal] : [])]);
    try {
      const report = await run({
        ...this.request,
        images,
        signal: aborted,
        onProgress: (step) => this.#change(() => this.#steps.push(step)),
        ...(databaseUrl ? { databaseUrl } : {}),
      });
      await writeReport(report, reportFolder);
      this.#change(() => (this.state = { kind: "succeeded", report: "/report.json" }));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#change(() => (this.state = aborted.aborted ? { kind: "cancelled" } : { kind: "failed", message }));
    }
  }

  #change(change: () => void): void {
    change();
    for (const listener of this.#listeners) listener();
  }
}
