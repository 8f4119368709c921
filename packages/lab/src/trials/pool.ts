import { Worker } from "node:worker_threads";
import type { ErrorCode } from "@fairway/model";
import type { TwinRequest, TwinRun } from "../agreement/twin.ts";
import type { RehearsalRequest, RehearsalRun } from "../rehearse/rehearse-once.ts";
import type { TrialRecord } from "../virtual/record.ts";
import type { SavedWorldKey } from "../virtual/saved-world.ts";
import type { TrialRequest } from "../virtual/trial.ts";

export type ToWorker =
  | { readonly kind: "make"; readonly world: SavedWorldKey }
  | { readonly kind: "know"; readonly world: SavedWorldKey; readonly text: string }
  | { readonly kind: "run"; readonly request: TrialRequest }
  | { readonly kind: "twin"; readonly request: TwinRequest }
  | { readonly kind: "rehearse"; readonly request: RehearsalRequest };

export type FromWorker =
  | { readonly kind: "made"; readonly text: string }
  | { readonly kind: "record"; readonly record: TrialRecord }
  | { readonly kind: "twin"; readonly run: TwinRun }
  | { readonly kind: "rehearsed"; readonly run: RehearsalRun }
  /** `refused`: it is no fault of ours, and what a person can do about it. */
  | { readonly kind: "failed"; readonly message: string; readonly refused?: Refusal };

/** A `FairwayError`, which no message between threads can be. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly path?: string;
}

/** Threads that each do one thing at a time. */
export class TrialWorkers implements AsyncDisposable {
  readonly #workers: readonly TrialWorker[];

  constructor(count: number) {
    this.#workers = Array.from({ length: count }, () => new TrialWorker());
  }

  get count(): number {
    return this.#workers.length;
  }

  /** Every world is made by one of them, and then known to all. */
  async makeWorlds(worlds: readonly SavedWorldKey[]): Promise<void> {
    await this.each(worlds, async (world, worker) => {
      const made = await worker.ask({ kind: "make", world });
      if (made.kind !== "made") throw new Error(made.kind === "failed" ? made.message : "No world was made.");
      for (const other of this.#workers) if (other !== worker) other.tell({ kind: "know", world, text: made.text });
    });
  }

  /** Calls `work` with each item and a worker that is free, in order. */
  async each<T>(items: readonly T[], work: (item: T, worker: TrialWorker) => Promise<void>): Promise<void> {
    const left = items[Symbol.iterator]();
    await Promise.all(
      this.#workers.map(async (worker) => {
        for (const item of left) await work(item, worker);
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.end()));
  }
}

export class TrialWorker {
  readonly #worker: Worker;
  #waiting: { resolve(answer: FromWorker): void; reject(error: unknown): void } | undefined;

  constructor() {
    const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
    this.#worker = new Worker(new URL(`./worker.${extension}`, import.meta.url));
    this.#worker.on("message", (answer: FromWorker) => this.#waiting?.resolve(answer));
    this.#worker.on("error", (error) => this.#waiting?.reject(error));
    this.#worker.on("exit", (code) => this.#waiting?.reject(new Error(`A worker ended with code ${code}.`)));
  }

  tell(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  async ask(message: ToWorker): Promise<FromWorker> {
    const answer = new Promise<FromWorker>((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
    this.tell(message);
    return await answer;
  }

  async end(): Promise<void> {
    this.#waiting = undefined;
    await this.#worker.terminate();
  }
}
