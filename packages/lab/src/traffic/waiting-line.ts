/** Requests that wait, first in, first out: a group for each stretch of time in which they came, evenly. */
export class WaitingLine {
  count = 0;
  readonly #groups: Group[] = [];
  /** Groups that are not in use. */
  readonly #spare: Group[] = [];
  /** Fractions of requests, until they are one. */
  #late = 0;

  /** `tries`: how many of them are a first try, a second one and so on. */
  push(count: number, fromMs: number, toMs: number, tries: readonly number[]): void {
    if (count <= 0) return;
    this.count += count;
    const group = this.#spare.pop() ?? { count, fromMs, toMs, tries: [] };
    group.count = count;
    group.fromMs = fromMs;
    group.toMs = toMs;
    group.tries.length = 0;
    if (tries.length > 1) group.tries.push(...tries);
    else group.tries.push(count);
    this.#groups.push(group);
  }

  /** The first `count` of them are taken up evenly between two times. Returns how many had waited longer than `lateAfterMs`. */
  take(count: number, fromMs: number, toMs: number, lateAfterMs: number): number {
    let taken = 0;
    while (taken < count) {
      const group = this.#groups[0];
      if (!group) break;
      const some = Math.min(count - taken, group.count);
      const startFromMs = fromMs + ((toMs - fromMs) * taken) / count;
      const startToMs = fromMs + ((toMs - fromMs) * (taken + some)) / count;
      const cameToMs = group.fromMs + ((group.toMs - group.fromMs) * some) / group.count;
      this.#late += some * shareAbove(lateAfterMs, startFromMs - group.fromMs, startToMs - cameToMs);
      this.#shrink(group, some);
      taken += some;
    }
    this.count -= taken;
    const late = Math.floor(this.#late);
    this.#late -= late;
    return late;
  }

  /** Who came before `cameBeforeMs` goes; by try. */
  expire(cameBeforeMs: number, gone: number[]): number {
    let total = 0;
    for (let group = this.#groups[0]; group && group.fromMs < cameBeforeMs; group = this.#groups[0]) {
      const share = group.toMs <= cameBeforeMs ? 1 : (cameBeforeMs - group.fromMs) / (group.toMs - group.fromMs);
      const some = Math.min(group.count, Math.round(group.count * share));
      if (some === 0) break;
      total += some;
      this.#shrink(group, some, gone);
      if (share < 1) break;
    }
    this.count -= total;
    return total;
  }

  /** The last `count` of them go; by try. */
  dropLast(count: number, gone: number[]): void {
    let left = Math.min(count, this.count);
    this.count -= left;
    while (left > 0) {
      const group = this.#groups.at(-1);
      if (!group) return;
      const some = Math.min(left, group.count);
      left -= some;
      takeTries(group.tries, group.count, some, gone);
      group.toMs -= ((group.toMs - group.fromMs) * some) / group.count;
      group.count -= some;
      if (group.count === 0) this.#groups.pop();
    }
  }

  /** Takes the first of a group out of it, which is the first group. */
  #shrink(group: Group, some: number, gone?: number[]): void {
    takeTries(group.tries, group.count, some, gone);
    group.fromMs += ((group.toMs - group.fromMs) * some) / group.count;
    group.count -= some;
    if (group.count > 0) return;
    this.#groups.shift();
    if (this.#spare.length < spareMax) this.#spare.push(group);
  }
}

const spareMax = 4;

interface Group {
  count: number;
  fromMs: number;
  toMs: number;
  readonly tries: number[];
}

/** Takes `some` of `count` tries, of each kind its share. */
function takeTries(tries: number[], count: number, some: number, gone?: number[]): void {
  let left = some;
  let kept = count;
  for (let kind = 0; kind < tries.length && left > 0; kind++) {
    const have = tries[kind] ?? 0;
    // At least what the later kinds cannot give, at most what there is.
    const taken = Math.max(left - (kept - have), Math.min(have, left, Math.round((have * left) / Math.max(1, kept))));
    tries[kind] = have - taken;
    if (gone) gone[kind] = (gone[kind] ?? 0) + taken;
    left -= taken;
    kept -= have;
  }
}

/** Of what goes evenly from one number to another, the share above a limit. */
function shareAbove(limit: number, first: number, last: number): number {
  const low = Math.min(first, last);
  const high = Math.max(first, last);
  if (limit >= high) return 0;
  if (limit <= low) return 1;
  return (high - limit) / (high - low);
}
