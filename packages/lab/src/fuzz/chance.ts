import type { Random } from "@fairway/kernel";

export function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[random.below(items.length)];
  if (item === undefined) throw new Error("There is nothing to pick from.");
  return item;
}

export function several<T>(random: Random, counts: readonly number[], draw: () => T): T[] {
  return Array.from({ length: pick(random, counts) }, draw);
}
