/** Long work that goes on by itself. Not a promise: an `async` function can return it without waiting for it. */
export interface Operation<T> {
  readonly id: string;
  /** Progress from the beginning, then as it comes; ends when the work ends. May be read any number of times. */
  events(): AsyncIterable<OperationEvent>;
  /** The outcome. Rejects with the `FairwayError` of the failure, or with `operation-cancelled`. Aborting stops the waiting, not the work. */
  result(options?: { signal?: AbortSignal }): Promise<T>;
  /** Asks the work to stop at the next safe point. What was done stays done. */
  cancel(): void;
  state(): OperationState<T>;
  /** What another process needs to take the work up again (the call is repeated: every call of a target is idempotent). */
  toJSON(): OperationRecord;
}

export interface OperationEvent {
  readonly at: string;
  readonly message: string;
  /** Share of the work that is done, 0 to 1, when it can be told. */
  readonly progress?: number;
}

export type OperationState<T> =
  | { readonly kind: "running" }
  | { readonly kind: "succeeded"; readonly result: T }
  | { readonly kind: "failed"; readonly error: Error }
  | { readonly kind: "cancelled" };

export interface OperationRecord {
  readonly id: string;
  readonly target: string;
  readonly call: string;
  readonly arguments: readonly unknown[];
}
