import type { RevisionName } from "./app.ts";
import { FairwayError } from "./errors.ts";

/** Whole percentages by revision name. A valid split sums to 100; a revision that is not named has 0. */
export type TrafficWeights = Readonly<Record<RevisionName, number>>;
/** Weights that `checkSplit` let through, or that were computed from such. */
export type TrafficSplit = TrafficWeights;

/**
 * The same weights without zeros. Throws `traffic-invalid` when one is not an integer from 0 to 100 or when they do not
 * sum to 100, and `revision-not-found` when `known` lacks one that is named.
 */
export function checkSplit(weights: TrafficWeights, known?: Iterable<RevisionName>): TrafficSplit {
  const entries = Object.entries(weights);
  for (const [revision, weight] of entries) {
    if (Number.isInteger(weight) && weight >= 0 && weight <= 100) continue;
    throw invalid(`The weight of ${revision} is ${weight}: it must be a whole number from 0 to 100.`, revision);
  }
  if (known) checkKnown(entries, new Set(known));
  const sum = sumOf(weights);
  if (sum !== 100) throw invalid(`The weights sum to ${sum}: they must sum to 100.`);
  return Object.fromEntries(entries.filter(([, weight]) => weight > 0));
}

/**
 * `total` in whole parts, in proportion to the shares, by largest remainder: no part is further than 1 from its exact
 * value and the parts sum to `total`. Equal remainders: the larger share first, then the order of names. All zeros when
 * no share is positive.
 */
export function distribute(total: number, shares: Readonly<Record<string, number>>): Record<string, number> {
  const sum = sumOf(shares);
  const names = Object.keys(shares);
  if (sum === 0) return Object.fromEntries(names.map((name) => [name, 0]));
  const parts = names.map((name) => partOf(name, shares[name] ?? 0, total, sum));
  const left = total - parts.reduce((whole, part) => whole + part.whole, 0);
  const byRemainder = parts.toSorted(
    (a, b) => b.remainder - a.remainder || b.share - a.share || (a.name < b.name ? -1 : 1),
  );
  const raised = new Set(byRemainder.slice(0, left).map((part) => part.name));
  return Object.fromEntries(parts.map((part) => [part.name, part.whole + (raised.has(part.name) ? 1 : 0)]));
}

/** Takes `percent` from one revision and gives it to another. */
export function moveWeight(split: TrafficSplit, from: RevisionName, to: RevisionName, percent: number): TrafficSplit {
  const available = split[from] ?? 0;
  if (!Number.isInteger(percent) || percent < 0 || percent > available) {
    throw invalid(`Cannot move ${percent} % from ${from}, which has ${available} %.`, from);
  }
  if (from === to) return checkSplit(split);
  return checkSplit({ ...split, [from]: available - percent, [to]: (split[to] ?? 0) + percent });
}

/**
 * Gives `revision` exactly `percent`; the others share the rest in the proportions that they have now. Throws
 * `traffic-invalid` when there is a rest and nobody else with traffic to take it.
 */
export function stepTo(split: TrafficSplit, revision: RevisionName, percent: number): TrafficSplit {
  if (!Number.isInteger(percent) || percent < 0 || percent > 100) {
    throw invalid(`The weight of ${revision} is ${percent}: it must be a whole number from 0 to 100.`, revision);
  }
  const others = Object.fromEntries(Object.entries(split).filter(([name]) => name !== revision));
  if (percent < 100 && sumOf(others) === 0) {
    throw invalid(`No other revision has traffic to take the ${100 - percent} % that ${revision} leaves.`, revision);
  }
  return checkSplit({ ...distribute(100 - percent, others), [revision]: percent });
}

/**
 * The split without the revisions that are gone; the others take over in proportion. Empty when nobody with traffic is
 * left: who should get it then is not a question of arithmetic.
 */
export function withoutRevisions(weights: TrafficWeights, gone: Iterable<RevisionName>): TrafficSplit {
  const dead = new Set(gone);
  const rest = Object.fromEntries(Object.entries(weights).filter(([name, weight]) => !dead.has(name) && weight > 0));
  return sumOf(rest) === 0 ? {} : checkSplit(distribute(100, rest));
}

interface Part {
  readonly name: string;
  readonly share: number;
  readonly whole: number;
  readonly remainder: number;
}

/** Exact for integer shares: remainders are compared as integers out of the same sum. */
function partOf(name: string, share: number, total: number, sum: number): Part {
  const whole = Math.floor((total * share) / sum);
  return { name, share, whole, remainder: total * share - whole * sum };
}

function checkKnown(entries: readonly (readonly [RevisionName, number])[], known: ReadonlySet<RevisionName>): void {
  const unknown = entries.find(([revision]) => !known.has(revision));
  if (!unknown) return;
  throw new FairwayError("revision-not-found", `There is no revision ${unknown[0]}.`, {
    hint: known.size === 0 ? "Deploy the app first." : `Choose among ${[...known].join(", ")}.`,
    path: unknown[0],
  });
}

function sumOf(weights: Readonly<Record<string, number>>): number {
  return Object.values(weights).reduce((sum, weight) => sum + weight, 0);
}

function invalid(message: string, path?: string): FairwayError {
  return new FairwayError("traffic-invalid", message, {
    hint: "Give whole percentages that sum to 100, e.g. 90 and 10.",
    ...(path === undefined ? {} : { path }),
  });
}
