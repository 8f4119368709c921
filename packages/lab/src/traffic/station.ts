import type { Random } from "@fairway/kernel";
import { type Chances, chancesOf } from "./chances.ts";
import type { Leaver } from "./replicas.ts";
import { WaitingLine } from "./waiting-line.ts";

interface StationLimits {
  readonly timeoutMs: number;
  readonly lateAfterMs: number;
}

/** What a step runs on. */
export interface Capacity {
  /** Requests that can be worked on at the same time. */
  readonly slots: number;
  /** Mean, with the replicas as they are now. */
  readonly serviceMs: number;
  /** Requests that may wait. */
  readonly waitingMax: number;
}

/**
 * Requests at the replicas of one backend: a queue before `slots` servers with exponential service times. A step draws what
 * an exact simulation would show at its end:
 * - nobody has to wait: everyone leaves by itself (M/M/∞), exactly, for steps of any length;
 * - everybody has to wait: a Poisson stream of departures, exactly;
 * - in between: short steps when service is long, a reflected random walk when it is short.
 */
export class Station {
  inService = 0;
  /** Worked on by replicas that nobody is sent to any more; by replica, unless it has none. */
  leaving = 0;
  #leavers: Leaver[] = [];
  readonly line = new WaitingLine();

  /** Results of the last step. */
  completed = 0;
  late = 0;
  timedOut = 0;
  refused = 0;
  /** Those that timed out and that were refused, by try. */
  readonly timedOutTries: number[] = [];
  readonly refusedTries: number[] = [];

  /** Integral of the requests that were worked on over time. */
  busyMs = 0;
  /** The same with those that waited. */
  inSystemMs = 0;

  readonly #random: Random;
  readonly #limits: StationLimits;
  /** Chances for the last two (service time, step); they seldom change. */
  #chances = chancesOf(1, 1);
  #chancesBefore = this.#chances;

  constructor(random: Random, limits: StationLimits) {
    this.#random = random;
    this.#limits = limits;
  }

  get inSystem(): number {
    return this.inService + this.leaving + this.line.count;
  }

  /** `arrivals` come evenly between two times; `tries`: how many of them are a first try, a second and so on. */
  step(arrivals: number, tries: Tries, capacity: Capacity, fromMs: number, toMs: number): void {
    this.#reset();
    const { slots, serviceMs } = capacity;
    if (arrivals === 0 && this.inService === 0 && this.leaving === 0 && this.line.count === 0) return;
    const stepMs = toMs - fromMs;
    if (this.leaving > 0) this.#leave(stepMs, serviceMs);
    if (this.line.count === 0 && this.#isCalm(arrivals, slots, serviceMs, stepMs)) {
      this.#serveAll(arrivals, stepMs, serviceMs);
      return;
    }
    const looksMs = Math.max(serviceMs, Math.min(1_000, this.#limits.timeoutMs / 4));
    const whole = { arrivals, tries, fromMs, ms: stepMs };
    for (const stretch of this.#divided(whole, Math.ceil(stepMs / looksMs))) this.#stretch(stretch, capacity);
  }

  #stretch(stretch: Stretch, capacity: Capacity): void {
    const { slots, serviceMs } = capacity;
    if (this.line.count === 0 && this.#isCalm(stretch.arrivals, slots, serviceMs, stretch.ms)) {
      this.#serveAll(stretch.arrivals, stretch.ms, serviceMs);
      return;
    }
    const isSaturated = this.#isSaturated(slots, serviceMs, stretch.ms);
    const parts = isSaturated ? 1 : partsOf(stretch.ms, capacity, this.#limits.lateAfterMs);
    for (const part of this.#divided(stretch, parts)) this.#part(part, capacity);
  }

  #divided(whole: Stretch, parts: number): readonly Stretch[] {
    if (parts <= 1) return [whole];
    const ms = whole.ms / parts;
    const stretches: Stretch[] = [];
    let left = whole.arrivals;
    for (let part = 0; part < parts; part++) {
      const arrivals = part === parts - 1 ? left : this.#random.binomial(left, 1 / (parts - part));
      left -= arrivals;
      const tries = shareOf(whole.tries, arrivals, whole.arrivals);
      stretches.push({ arrivals, tries, fromMs: whole.fromMs + ms * part, ms });
    }
    return stretches;
  }

  /** One of so many replicas is not sent to any more; it finishes what it has. */
  replicaLeft(of: number): Leaver {
    const leaver = { requests: this.#random.binomial(this.inService, 1 / Math.max(1, of)) };
    this.inService -= leaver.requests;
    this.leaving += leaver.requests;
    if (leaver.requests > 0) this.#leavers.push(leaver);
    return leaver;
  }

  /** One of so many replicas that are sent to stopped; returns how many requests broke off. */
  replicaStopped(of: number): number {
    const some = this.#random.binomial(this.inService, 1 / Math.max(1, of));
    this.inService -= some;
    return some;
  }

  leaverStopped(leaver: Leaver): number {
    const some = leaver.requests;
    leaver.requests = 0;
    this.leaving -= some;
    return some;
  }

  #reset(): void {
    this.completed = 0;
    this.late = 0;
    this.timedOut = 0;
    this.refused = 0;
    if (this.timedOutTries.length > 0) this.timedOutTries.length = 0;
    if (this.refusedTries.length > 0) this.refusedTries.length = 0;
  }

  #leave(stepMs: number, serviceMs: number): void {
    const chances = this.#chancesOf(stepMs, serviceMs);
    let stay = 0;
    for (const leaver of this.#leavers) {
      leaver.requests = this.#random.binomial(leaver.requests, chances.stay);
      stay += leaver.requests;
    }
    const left = this.leaving - stay;
    this.#work(stay * stepMs + left * chances.workedBeforeEndMs);
    this.completed += left;
    this.leaving = stay;
    if (left > 0) this.#leavers = this.#leavers.filter(({ requests }) => requests > 0);
  }

  /** Nobody will have to wait, but for less than once in thirty thousand steps. */
  #isCalm(arrivals: number, slots: number, serviceMs: number, stepMs: number): boolean {
    if (this.inService + arrivals <= slots) return true;
    const usual = Math.max(this.inService, (arrivals * serviceMs) / stepMs);
    return usual + 4 * Math.sqrt(usual) + 1 < slots;
  }

  #serveAll(arrivals: number, stepMs: number, serviceMs: number): void {
    const chances = this.#chancesOf(stepMs, serviceMs);
    const before = this.inService;
    const stay = this.#random.binomial(before, chances.stay);
    const join = this.#random.binomial(arrivals, chances.join);
    const left = before - stay;
    const through = arrivals - join;
    this.inService = stay + join;
    this.completed += left + through;
    this.#work(
      stay * stepMs +
        left * chances.workedBeforeEndMs +
        // Who stays of those who came has come as long before the end as who leaves of the others after the beginning.
        join * chances.workedBeforeEndMs +
        through * chances.workedThroughMs +
        (through > 0 ? Math.sqrt(through) * chances.deviationMs * this.#random.normal() : 0),
    );
  }

  #work(ms: number): void {
    const worked = Math.max(0, ms);
    this.busyMs += worked;
    this.inSystemMs += worked;
  }

  /** All slots stay taken for the whole step. */
  #isSaturated(slots: number, serviceMs: number, stepMs: number): boolean {
    const departures = (slots * stepMs) / serviceMs;
    return this.inService >= slots && this.line.count >= departures + 5 * Math.sqrt(departures);
  }

  #part({ arrivals, tries, fromMs, ms: stepMs }: Stretch, capacity: Capacity): void {
    const { slots, serviceMs, waitingMax } = capacity;
    const toMs = fromMs + stepMs;
    const waitedBefore = this.line.count;
    const busyBefore = this.inService;
    const isSaturated = this.#isSaturated(slots, serviceMs, stepMs);
    this.line.push(arrivals, fromMs, toMs, tries);
    const started = isSaturated
      ? this.#startSaturated(slots, serviceMs, stepMs)
      : stepMs >= shortService * serviceMs
        ? this.#startReflected(arrivals, slots, serviceMs, stepMs)
        : this.#startSlotBySlot(slots, serviceMs, stepMs);
    const late = this.line.take(started, fromMs, toMs, this.#limits.lateAfterMs);
    this.late += late;
    this.timedOut += this.line.expire(toMs - this.#limits.timeoutMs, this.timedOutTries);
    if (this.line.count > waitingMax) {
      this.refused += this.line.count - waitingMax;
      this.line.dropLast(this.line.count - waitingMax, this.refusedTries);
    }
    this.inSystemMs += ((waitedBefore + this.line.count) / 2) * stepMs;
    if (stepMs < shortService * serviceMs) this.#work(((busyBefore + this.inService) / 2) * stepMs);
  }

  #startSaturated(slots: number, serviceMs: number, stepMs: number): number {
    const departures = Math.min(this.line.count, this.#random.poisson((slots * stepMs) / serviceMs));
    this.completed += departures;
    if (stepMs >= shortService * serviceMs) this.#work(slots * stepMs);
    // More were worked on than there are slots, since replicas went: the others are not replaced.
    const surplus = Math.min(departures, this.inService - slots);
    this.inService -= surplus;
    return departures - surplus;
  }

  /** Service is far shorter than the step: only what is beyond the work of the whole step waits. */
  #startReflected(arrivals: number, slots: number, serviceMs: number, stepMs: number): number {
    const chances = this.#chancesOf(stepMs, serviceMs);
    const before = this.inService;
    const all = before + this.line.count;
    const atLeast = this.#random.binomial(arrivals, chances.join) + this.#random.binomial(before, chances.stay);
    const after = Math.max(all - this.#random.poisson((slots * stepMs) / serviceMs), Math.min(atLeast, slots));
    const departures = all - after;
    this.completed += departures;
    this.inService = Math.min(after, slots);
    this.#work(Math.min(departures * serviceMs, slots * stepMs));
    return departures + this.inService - before;
  }

  /** The step is short beside the service: who leaves makes room for who waits, and a few of these leave again. */
  #startSlotBySlot(slots: number, serviceMs: number, stepMs: number): number {
    const chances = this.#chancesOf(stepMs, serviceMs);
    let departures = this.inService - this.#random.binomial(this.inService, chances.stay);
    this.inService -= departures;
    let started = 0;
    for (let round = 1; round <= 3; round++) {
      const room = Math.min(this.line.count - started, slots - this.inService);
      if (room <= 0) break;
      // Whoever takes the place of one who came in this step has still less of it left.
      const gone =
        room - this.#random.binomial(room, round === 1 ? chances.join : 1 - stepMs / serviceMs / (round + 1));
      started += room;
      this.inService += room - gone;
      departures += gone;
      if (gone === 0) break;
    }
    this.completed += departures;
    return started;
  }

  #chancesOf(stepMs: number, serviceMs: number): Chances {
    const last = this.#chances;
    if (stepMs === last.stepMs && serviceMs === last.serviceMs) return last;
    const before = this.#chancesBefore;
    this.#chancesBefore = last;
    const isKnown = stepMs === before.stepMs && serviceMs === before.serviceMs;
    this.#chances = isKnown ? before : chancesOf(stepMs, serviceMs);
    return this.#chances;
  }
}

/** From so many service times on a step is long. */
const shortService = 4;

/** Where some have to wait, and some have not, parts are short beside what waiting means: late, or refused. */
function partsOf(ms: number, { slots, serviceMs, waitingMax }: Capacity, lateAfterMs: number): number {
  const fillsMs = (waitingMax * serviceMs) / Math.max(1, slots);
  const wantedMs = Math.min(1_000, lateAfterMs / 2, fillsMs / 2);
  if (Math.min(wantedMs, ms) >= shortService * serviceMs) return Math.floor(ms / wantedMs);
  const partMs = Math.min(0.25 * serviceMs, Math.max(wantedMs, 0.05 * serviceMs));
  return Math.ceil(ms / partMs);
}

type Tries = readonly number[];

/** Some time in which arrivals are spread evenly. */
interface Stretch {
  readonly arrivals: number;
  /** How many of them are a first try, a second and so on. */
  readonly tries: Tries;
  readonly fromMs: number;
  readonly ms: number;
}

/** The tries of `some` of `all` arrivals, in whole numbers. */
function shareOf(tries: Tries, some: number, all: number): Tries {
  // Where nobody tries again, the line counts them by itself.
  if (tries.length === 1) return tries;
  let left = some;
  return tries.map((count, index) => {
    const part = index === tries.length - 1 ? left : Math.min(left, Math.round((count * some) / Math.max(1, all)));
    left -= part;
    return part;
  });
}
