import { drawBinomial, drawPoisson } from "./random-counts.ts";

/**
 * Seeded chance. One stream per component (`random.stream("drain")`), so that a new draw in one place moves nothing
 * anywhere else. Plain integer arithmetic decides; what needs logarithms is rounded to an integer at once.
 */
export class Random {
  readonly #key: string;
  readonly #state: Uint32Array;
  readonly #unit53 = (): number => ((this.uint32() >>> 5) * 2 ** 26 + (this.uint32() >>> 6)) / 2 ** 53 + 2 ** -54;

  constructor(seed: number | string) {
    this.#key = String(seed);
    this.#state = expandSeed(this.#key);
  }

  /** An independent stream: the same seed and name always give the same draws. */
  stream(name: string): Random {
    return new Random(`${this.#key}/${name}`);
  }

  /** A uniform integer in [0, 2^32): xoshiro128** (Blackman and Vigna, public domain). */
  uint32(): number {
    const s = this.#state as unknown as [number, number, number, number];
    const result = Math.imul(rotateLeft(Math.imul(s[1], 5), 7), 9) >>> 0;
    const t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotateLeft(s[3], 11);
    return result;
  }

  /** A uniform integer in [0, bound), without bias. `bound` is an integer from 1 to 2^32. */
  below(bound: number): number {
    const limit = 2 ** 32 - (2 ** 32 % bound);
    for (;;) {
      const draw = this.uint32();
      if (draw < limit) return draw % bound;
    }
  }

  /** True in `numerator` of `denominator` cases. */
  chance(numerator: number, denominator: number): boolean {
    return this.below(denominator) < numerator;
  }

  pick<T>(items: readonly [T, ...T[]]): T;
  pick<T>(items: readonly T[]): T | undefined;
  pick<T>(items: readonly T[]): T | undefined {
    return items[this.below(Math.max(1, items.length))];
  }

  /** `length` characters of `alphabet`. */
  text(length: number, alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"): string {
    let text = "";
    for (let index = 0; index < length; index++) text += alphabet[this.below(alphabet.length)] ?? "";
    return text;
  }

  /** A version 4 UUID. */
  uuid(): string {
    const hex = this.text(31, "0123456789abcdef");
    const variant = "89ab"[this.below(4)];
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(12, 15)}-${variant}${hex.slice(15, 18)}-${hex.slice(18, 30)}`;
  }

  /** A uniform number in (0, 1). */
  unit(): number {
    return (this.uint32() + 0.5) / 2 ** 32;
  }

  /** Exponential waiting time with the given mean, in the mean's unit. */
  exponential(mean: number): number {
    return -Math.log(this.unit()) * mean;
  }

  /** A draw from the normal distribution with mean 0 and deviation 1 (Box and Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(this.unit())) * Math.cos(2 * Math.PI * this.unit());
  }

  /** How many events come when `mean` come on the average, each by itself. Exact, and as fast for a billion as for ten. */
  poisson(mean: number): number {
    return drawPoisson(this.#unit53, mean);
  }

  /** How many of `count` succeed when each does with probability `chance`. Exact, and as fast for a billion as for ten. */
  binomial(count: number, chance: number): number {
    return drawBinomial(this.#unit53, count, chance);
  }

  /** A lognormal draw, given the median and the 95th percentile. */
  logNormal(median: number, p95: number): number {
    const sigma = Math.log(p95 / median) / 1.6448536269514722;
    return median * Math.exp(sigma * this.normal());
  }
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

const encoder = new TextEncoder();

/** Four words of state from a text: FNV-1a, then splitmix32 so that similar seeds do not give similar streams. */
function expandSeed(seed: string): Uint32Array {
  let hash = 0x811c9dc5;
  for (let index = 0; index < seed.length; index++) {
    const code = seed.charCodeAt(index);
    if (code > 127) return stateOf(hashOfBytes(encoder.encode(seed)));
    hash = Math.imul(hash ^ code, 0x01000193);
  }
  return stateOf(hash);
}

function hashOfBytes(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}

function stateOf(seedHash: number): Uint32Array {
  let hash = seedHash;
  const state = new Uint32Array(4);
  for (let index = 0; index < 4; index++) {
    hash = (hash + 0x9e3779b9) | 0;
    let word = hash ^ (hash >>> 16);
    word = Math.imul(word, 0x21f0aaad);
    word ^= word >>> 15;
    word = Math.imul(word, 0x735a2d97);
    state[index] = word ^ (word >>> 15);
  }
  return state;
}
