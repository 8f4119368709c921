import type { ErrorCode } from "@fairway/model";
import type { UpgradePlan } from "./plan.ts";

/** One thing that happened to an upgrade. Written before a step is taken, and after. */
export type JournalEntry = { readonly at: string } & (
  | { readonly type: "planned"; readonly plan: UpgradePlan; readonly by: string }
  | { readonly type: "begun" | "done" | "undo-begun" | "undone"; readonly step: string; readonly note?: string }
  | { readonly type: "failed"; readonly step: string; readonly error: JournaledError }
  /** Somebody asked for it, or `gate` waits for a person. */
  | { readonly type: "paused"; readonly by: string; readonly gate?: string }
  | { readonly type: "resumed"; readonly by: string }
  | { readonly type: "aborted"; readonly by: string }
  | { readonly type: "rolling-back"; readonly by: string }
  | { readonly type: "rolled-back" }
  | { readonly type: "finished" }
);

/** An entry that has not been written yet, and so has no time. */
export type NewEntry = JournalEntry extends infer Entry ? (Entry extends unknown ? Omit<Entry, "at"> : never) : never;

export interface JournaledError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
}

export type JournalRequest = "pause" | "abort";

/** Where an upgrade is written down: one at a time, for one cluster. */
export interface Journal {
  /** What it is and where, for messages: `.fairway/upgrade.journal`. */
  readonly name: string;
  /** The entries of the upgrade that was begun last; none when there was none. Rejects with `journal-invalid`. */
  read(): Promise<readonly JournalEntry[]>;
  /** The right to write, which one process has at a time. Rejects with `lease-held`. */
  acquire(by: string): Promise<JournalLease>;
  /** Asks whoever drives the upgrade. */
  request(what: JournalRequest): Promise<void>;
}

export interface JournalLease {
  /** Durable when it resolves. Rejects with `lease-held` when another process has taken over meanwhile. */
  append(entry: JournalEntry): Promise<void>;
  /** Puts what is there aside and starts with this entry. */
  begin(entry: JournalEntry): Promise<void>;
  /**
   * Whether nobody else can have taken over by now: it was seen to be ours so short a time ago that the next one still waits.
   * Asks nobody, so that it can be the last thing that is looked at before a call.
   */
  isSure(): boolean;
  /** Says that this process is alive. Rejects with `lease-held` when another one has taken over. */
  renew(): Promise<void>;
  /** What somebody has asked for; told once. Rejects with `lease-held` when another process has taken over. */
  takeRequest(): Promise<JournalRequest | undefined>;
  release(): Promise<void>;
}
