import type { Random } from "@fairway/kernel";
import { ChanceTable } from "./count-tables.ts";

/** What becomes of one request in a step, when nobody has to wait. */
export interface Chances {
  readonly stepMs: number;
  readonly serviceMs: number;
  /** Who is worked on at the beginning of a step still is at its end. */
  readonly stay: number;
  /** Who comes at any time of a step is still worked on at its end. */
  readonly join: number;
  /** Mean work in the step for one who was there at its beginning and leaves. */
  readonly workedBeforeEndMs: number;
  /** For one who comes and leaves in it; and the deviation. */
  readonly workedThroughMs: number;
  readonly deviationMs: number;
  /** Where the step is one that comes again: the same chances, faster to draw from. */
  readonly tables: { readonly stay: ChanceTable; readonly join: ChanceTable } | undefined;
}

/** Of so many that were worked on at the beginning, those that still are. */
export function drawStaying(random: Random, { stay, tables }: Chances, count: number): number {
  return tables ? tables.stay.draw(random, count) : random.binomial(count, stay);
}

/** Of so many that came in the step, those that are still worked on. */
export function drawJoining(random: Random, { join, tables }: Chances, count: number): number {
  return tables ? tables.join.draw(random, count) : random.binomial(count, join);
}

/** All models share what is known: whether something is has no influence on any draw. */
const known = new Map<number, Map<number, Chances>>();
let knownCount = 0;
const knownMax = 500;

/** `recurs`: steps of this length come again and again. */
export function chancesOf(stepMs: number, serviceMs: number, recurs: boolean): Chances {
  if (!recurs) return computed(stepMs, serviceMs, undefined);
  const found = known.get(serviceMs)?.get(stepMs);
  if (found) return found;
  if (knownCount === knownMax) {
    known.clear();
    knownCount = 0;
  }
  const { stay, join } = computed(stepMs, serviceMs, undefined);
  const chances = computed(stepMs, serviceMs, { stay: new ChanceTable(stay), join: new ChanceTable(join) });
  const ofService = known.get(serviceMs) ?? new Map<number, Chances>();
  known.set(serviceMs, ofService.set(stepMs, chances));
  knownCount += 1;
  return chances;
}

function computed(stepMs: number, serviceMs: number, tables: Chances["tables"]): Chances {
  const length = stepMs / serviceMs;
  const stay = Math.exp(-length);
  const leave = -Math.expm1(-length);
  const join = leave / length;
  // The differences of what is nearly equal are no good when steps are tiny.
  const isTiny = length < 1e-3;
  // The mean of an exponential time, given that it is shorter than the step.
  const workedBeforeEndMs = isTiny ? stepMs / 2 : serviceMs - (stepMs * stay) / leave;
  const workedThroughMs = isTiny ? stepMs / 3 : (serviceMs * (1 - join) - join * workedBeforeEndMs) / (1 - join);
  const variance = isTiny ? 0 : serviceMs ** 2 - (stepMs ** 2 * stay) / leave ** 2;
  const deviationMs = Math.sqrt(Math.max(0, variance));
  return { stepMs, serviceMs, stay, join, workedBeforeEndMs, workedThroughMs, deviationMs, tables };
}
