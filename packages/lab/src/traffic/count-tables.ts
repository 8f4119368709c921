import type { Random } from "@fairway/kernel";

/** Up to this number of trials. */
const fewMax = 32;

/** How many of some succeed, each with the same chance: of a few by one draw and a table, which is made once. */
export class ChanceTable {
  readonly chance: number;
  /** What is rarer, success or failure, is what the tables count. */
  readonly #rarer: number;
  readonly #isMostly: boolean;
  /** By how many trials: the chances of at most 0, 1 and so on. */
  readonly #rows: (Float64Array | undefined)[] = [];

  constructor(chance: number) {
    this.chance = chance;
    this.#isMostly = chance > 0.5;
    this.#rarer = this.#isMostly ? 1 - chance : chance;
  }

  draw(random: Random, trials: number): number {
    if (trials === 0) return 0;
    if (trials > fewMax) return random.binomial(trials, this.chance);
    const row = this.#rows[trials] ?? this.#addRow(trials);
    const unit = random.unit();
    let rare = 0;
    while (rare < trials && unit > (row[rare] ?? 1)) rare += 1;
    return this.#isMostly ? trials - rare : rare;
  }

  #addRow(trials: number): Float64Array {
    const row = new Float64Array(trials);
    const odds = this.#rarer / (1 - this.#rarer);
    let probability = (1 - this.#rarer) ** trials;
    let sum = 0;
    for (let rare = 0; rare < trials; rare++) {
      sum += probability;
      row[rare] = sum;
      probability *= (odds * (trials - rare)) / (rare + 1);
    }
    this.#rows[trials] = row;
    return row;
  }
}

export const tabledMeanMax = 10;

/** How many come of those that come by themselves, time after time with the same small mean. */
export class PoissonTable {
  readonly mean: number;
  /** The chances of at most 0, 1 and so on, up to where they cannot be told from certain. */
  readonly #atMost: readonly number[];

  constructor(mean: number) {
    this.mean = mean;
    const atMost: number[] = [];
    let sum = 0;
    let probability = Math.exp(-mean);
    for (let count = 1; probability > 1e-12 || count <= mean; count++) {
      sum += probability;
      atMost.push(sum);
      probability *= mean / count;
    }
    this.#atMost = atMost;
  }

  draw(random: Random): number {
    const unit = random.unit();
    const { length } = this.#atMost;
    let count = 0;
    while (count < length && unit > (this.#atMost[count] ?? 1)) count += 1;
    return count;
  }
}

/** Of a sum of some: mean 0 and deviation 1, with the bell of a sum of three. */
export function noise(random: Random): number {
  return 2 * (random.unit() + random.unit() + random.unit() - 1.5);
}
