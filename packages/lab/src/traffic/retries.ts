import type { ServiceSettings } from "./spec.ts";

/** Requests that failed and will be sent again, within the budget of those who send them. */
export class Retries {
  /** Tries beyond the first, so far. */
  sent = 0;
  waiting = 0;
  readonly #policy: ServiceSettings["retries"];
  #due: { atMs: number; attempt: number; count: number }[] = [];
  #budget = 0;
  #ratePerSecond = 0;

  constructor(policy: ServiceSettings["retries"]) {
    this.#policy = policy;
  }

  get attemptsMax(): number {
    return this.#policy.attemptsMax;
  }

  get nextMs(): number {
    return this.#due[0]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  /** First tries earn the right to retries; what is not used within ten seconds is lost. */
  earn(firstTries: number, stepMs: number): void {
    if (this.attemptsMax === 1) return;
    const weight = Math.min(1, stepMs / windowMs);
    this.#ratePerSecond += weight * ((firstTries / stepMs) * 1_000 - this.#ratePerSecond);
    const most =
      (Math.max(this.#ratePerSecond, (firstTries / windowMs) * 1_000) * this.#policy.budgetShare * windowMs) / 1_000;
    this.#budget = Math.min(this.#budget + firstTries * this.#policy.budgetShare, most);
  }

  /** `count` tries failed, their `attempt`th (from 0); returns how many are not sent again. */
  failed(count: number, attempt: number, atMs: number): number {
    if (attempt + 1 >= this.attemptsMax || count === 0) return count;
    const again = Math.min(count, Math.floor(this.#budget));
    if (again === 0) return count;
    this.#budget -= again;
    this.waiting += again;
    this.#add({ atMs: atMs + this.#policy.delayMs, attempt: attempt + 1, count: again });
    return count - again;
  }

  /** The next that are to be sent before `beforeMs`. */
  take(beforeMs: number): { atMs: number; attempt: number; count: number } | undefined {
    if (this.nextMs >= beforeMs) return undefined;
    const first = this.#due.shift();
    if (!first) return undefined;
    this.waiting -= first.count;
    this.sent += first.count;
    return first;
  }

  #add(entry: { atMs: number; attempt: number; count: number }): void {
    const index = this.#due.findLastIndex(({ atMs }) => atMs <= entry.atMs);
    this.#due.splice(index + 1, 0, entry);
  }
}

const windowMs = 10_000;
