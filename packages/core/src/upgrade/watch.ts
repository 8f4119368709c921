import { FairwayError } from "@fairway/model";
import type { JournalLease } from "./journal.ts";
import type { UpgradePorts } from "./ports.ts";
import { defaultPollMs } from "./step-context.ts";

/**
 * Listens, while a step runs, to what others ask for, and whether this process still drives. A pause waits for the end of
 * the step, unless it only waits itself.
 */
export class Watch {
  /** Stops the step. */
  asked: "pause" | "abort" | undefined;
  /** Stops the upgrade after the step. */
  later: "pause" | undefined;
  /** Another process has taken over: nothing more is done. */
  lost: FairwayError | undefined;
  readonly signal: AbortSignal;
  readonly #lease: JournalLease;
  readonly #onlyWaits: boolean;
  readonly #stopping = new AbortController();
  readonly #losing = new AbortController();
  readonly #ended = new AbortController();
  readonly #watching: Promise<void>;

  constructor(
    ports: UpgradePorts,
    lease: JournalLease,
    { onlyWaits }: { readonly onlyWaits: boolean },
    signal: AbortSignal,
  ) {
    this.signal = AbortSignal.any([signal, this.#stopping.signal]);
    this.#lease = lease;
    this.#onlyWaits = onlyWaits;
    this.#watching = this.#listen(ports);
  }

  /** Aborts when the lease is lost. */
  get losing(): AbortSignal {
    return this.#losing.signal;
  }

  /** Calls `stop` when the step is to stop. */
  onStop(stop: () => void): void {
    this.#stopping.signal.addEventListener("abort", stop, { once: true });
  }

  /** Whether something is asked, and who drives, now. What cannot be told at the moment changes nothing. */
  async look(): Promise<void> {
    try {
      const asked = await this.#lease.takeRequest();
      if (asked !== undefined) this.#heed(asked);
    } catch (error) {
      if (error instanceof FairwayError && error.code === "lease-held") this.#lose(error);
    }
  }

  async end(): Promise<void> {
    this.#ended.abort();
    await this.#watching;
  }

  async #listen({ clock, pollMs = defaultPollMs }: UpgradePorts): Promise<void> {
    while (this.asked === undefined && this.later === undefined && this.lost === undefined) {
      await clock.sleep(pollMs, this.#ended.signal).catch(() => undefined);
      if (this.#ended.signal.aborted) return;
      await this.look();
    }
  }

  #heed(asked: "pause" | "abort"): void {
    if (asked === "pause" && !this.#onlyWaits) {
      this.later = asked;
      return;
    }
    this.asked = asked;
    this.#stopping.abort(
      new FairwayError("operation-cancelled", "The upgrade was stopped.", { hint: "fairway upgrade status" }),
    );
  }

  #lose(error: FairwayError): void {
    this.lost = error;
    this.#stopping.abort(error);
    this.#losing.abort(error);
  }
}
