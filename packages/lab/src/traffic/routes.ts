import type { Random } from "@fairway/kernel";
import type { Convergence, RouteSpec } from "./spec.ts";

/** What share of the requests takes which route. It follows what was set as slowly as the clients do. */
export class Routes {
  /** By route; they sum to 1, or to less while clients are told of no route: their requests fail. */
  shares: number[];
  nextChangeMs = Number.POSITIVE_INFINITY;
  readonly #specs: readonly RouteSpec[];
  readonly #random: Random;
  /** What the clients did when the change was made, and what they will do. */
  #from: number[];
  #to: number[];
  #changedAtMs = 0;
  #convergence: Convergence = {};

  constructor(specs: readonly RouteSpec[], random: Random) {
    this.#specs = specs;
    this.#random = random;
    this.shares = normalized(specs.map(({ share = 1 }) => share));
    this.#from = this.shares;
    this.#to = this.shares;
  }

  set(shares: Readonly<Record<string, number>>, convergence: Convergence, nowMs: number): void {
    const unknown = Object.keys(shares).find((name) => !this.#specs.some((spec) => spec.name === name));
    if (unknown !== undefined) throw new Error(`There is no route ${unknown}.`);
    this.#from = this.#smooth(nowMs);
    this.#to = normalized(this.#specs.map(({ name }) => shares[name] ?? 0));
    this.#changedAtMs = nowMs;
    this.#convergence = convergence;
    this.settle(nowMs);
  }

  settle(nowMs: number): void {
    const smooth = this.#smooth(nowMs);
    const { resolvers, afterMs = 0, ttlMs = 0, sticky } = this.#convergence;
    this.shares = resolvers === undefined ? smooth : drawn(this.#random, smooth, resolvers);
    const followMs = Math.max(1_000, Math.round(ttlMs / 30));
    const waitMs = this.#changedAtMs + afterMs - nowMs;
    // After so long less than one client in twenty thousand still has the old answer.
    const endMs = this.#changedAtMs + afterMs + Math.max(ttlMs, 10 * (sticky?.meanMs ?? 0));
    if (waitMs > 0) this.nextChangeMs = nowMs + waitMs;
    else if (resolvers !== undefined && ttlMs > 0) this.nextChangeMs = nowMs + ttlMs;
    else this.nextChangeMs = nowMs < endMs ? nowMs + followMs : Number.POSITIVE_INFINITY;
  }

  #smooth(nowMs: number): number[] {
    const progress = progressOf(this.#convergence, nowMs - this.#changedAtMs);
    return this.#to.map((to, index) => {
      const from = this.#from[index] ?? 0;
      return from + (to - from) * progress;
    });
  }
}

/** The share of the clients that have seen a change. */
function progressOf({ afterMs = 0, ttlMs = 0, sticky }: Convergence, sinceMs: number): number {
  const seenMs = sinceMs - afterMs;
  if (seenMs < 0) return 0;
  const usual = ttlMs > 0 ? Math.min(1, seenMs / ttlMs) : 1;
  if (!sticky) return usual;
  if (seenMs >= 10 * sticky.meanMs && usual === 1) return 1;
  return (1 - sticky.share) * usual + sticky.share * -Math.expm1(-seenMs / sticky.meanMs);
}

/** Each of so many caches holds one answer. */
function drawn(random: Random, shares: readonly number[], resolvers: number): number[] {
  let left = resolvers;
  let shareLeft = 1;
  return shares.map((share) => {
    const some = share >= shareLeft - 1e-9 ? left : random.binomial(left, share / shareLeft);
    shareLeft -= share;
    left -= some;
    return some / resolvers;
  });
}

function normalized(shares: readonly number[]): number[] {
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => (sum === 0 ? 0 : share / sum));
}
