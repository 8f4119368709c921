import { FairwayError } from "@fairway/model";
import type { Clock } from "./clock.ts";
import { asFairwayError } from "./neutral-errors.ts";
import type { Operation, OperationEvent, OperationRecord, OperationState } from "./operation.ts";

/** What the work sees of its own operation. */
export interface OperationContext {
  /** Aborts when the operation is cancelled. */
  readonly signal: AbortSignal;
  /** Tells those who watch; `progress` is the share that is done, 0 to 1. */
  report(message: string, progress?: number): void;
}

export interface OperationSpec {
  readonly target: string;
  readonly call: string;
  /** Must be repeatable as JSON and free of secrets: `toJSON` gives them out. */
  readonly arguments: readonly unknown[];
  readonly clock: Clock;
}

/** Starts the work at once and returns its handle. An error that is no `FairwayError` becomes one of code `platform`. */
export function runOperation<T>(spec: OperationSpec, work: (context: OperationContext) => Promise<T>): Operation<T> {
  const log = new EventLog();
  const cancelling = new AbortController();
  const record: OperationRecord = { id: newId(spec), target: spec.target, call: spec.call, arguments: spec.arguments };
  let state: OperationState<T> = { kind: "running" };
  const outcome = settle();
  // Whoever does not ask for the result must not crash the process by it: the state tells.
  outcome.catch(() => undefined);

  async function settle(): Promise<T> {
    try {
      const result = await work({ signal: cancelling.signal, report });
      state = { kind: "succeeded", result };
      return result;
    } catch (thrown) {
      const error = cancelling.signal.aborted ? cancelled(spec) : asFairwayError(thrown);
      state = cancelling.signal.aborted ? { kind: "cancelled" } : { kind: "failed", error };
      throw error;
    } finally {
      log.end();
    }
  }
  function report(message: string, progress?: number): void {
    const at = new Date(spec.clock.now()).toISOString();
    log.add(progress === undefined ? { at, message } : { at, message, progress });
  }
  return {
    id: record.id,
    events: () => log.read(),
    result: (options) => untilAborted(outcome, options?.signal),
    cancel: () => cancelling.abort(cancelled(spec)),
    state: () => state,
    toJSON: () => record,
  };
}

/** Everything that was reported, for any number of readers, each from the beginning. */
class EventLog {
  readonly #events: OperationEvent[] = [];
  #ended = false;
  #changed = Promise.withResolvers<void>();

  add(event: OperationEvent): void {
    this.#events.push(event);
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async *read(): AsyncGenerator<OperationEvent> {
    for (let next = 0; ; ) {
      const changed = this.#changed.promise;
      const events = this.#events.slice(next);
      next += events.length;
      yield* events;
      if (this.#ended && next === this.#events.length) return;
      if (next === this.#events.length) await changed;
    }
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

async function untilAborted<T>(outcome: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return outcome;
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([outcome, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

let started = 0;

/** Unique in this process, and readable: `apply-m3k9x2q1-4`. */
function newId({ call, clock }: OperationSpec): string {
  started += 1;
  return `${call}-${Math.floor(clock.now()).toString(36)}-${started}`;
}

function cancelled({ call, target }: OperationSpec): FairwayError {
  return new FairwayError("operation-cancelled", `${call} on ${target} was cancelled.`, {
    hint: "What was done stays done. Repeat the call to go on.",
  });
}
