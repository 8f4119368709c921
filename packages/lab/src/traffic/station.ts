import type { Random } from "@fairway/kernel";
import { type Chances, chancesOf, drawJoining, drawStaying } from "./chances.ts";
import { ChanceTable, noise } from "./count-tables.ts";
import type { Leaver } from "./replicas.ts";
import {
  type Capacity,
  hasRoom,
  hidesWaits,
  looksMs,
  partsOf,
  type StationLimits,
  shareOf,
  shortService,
  type Tries,
} from "./step-parts.ts";
import { WaitingLine } from "./waiting-line.ts";

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
  /** Of the step that is being drawn. */
  #capacity: Capacity = { slots: 0, serviceMs: 1, waitingMax: 0 };
  #chances = chancesOf(1, 1, false);
  /** The last few (service time, step): they mostly come again. */
  readonly #known = [this.#chances];
  #replaced = 0;
  /** Of those that are worked on, who came in the last step, if it was calm. */
  #joined = 0;
  /** Steps of whole seconds come again and again, and so do their parts. */
  #recurs = false;

  constructor(random: Random, limits: StationLimits) {
    this.#random = random;
    this.#limits = limits;
  }

  get inSystem(): number {
    return this.inService + this.leaving + this.line.count;
  }

  /** `arrivals` come evenly between two times; `tries`: how many of them are a first try, a second and so on. */
  step(arrivals: number, tries: Tries, capacity: Capacity, fromMs: number, toMs: number): void {
    const stepMs = toMs - fromMs;
    if (this.serveCalmly(arrivals, capacity, stepMs)) return;
    if (this.leaving > 0) this.#leave(stepMs, capacity.serviceMs);
    this.#capacity = capacity;
    this.#stretch(arrivals, tries, fromMs, stepMs, partsOf(stepMs, capacity, this.#limits));
  }

  /** The whole step, if each finds a slot at once, or as good as that. */
  serveCalmly(arrivals: number, capacity: Capacity, stepMs: number): boolean {
    this.#reset();
    this.#recurs = stepMs % 1_000 === 0;
    if (!this.#isCalm(arrivals, capacity, stepMs)) return false;
    if (arrivals === 0 && this.inService === 0 && this.leaving === 0) return true;
    if (this.leaving > 0) this.#leave(stepMs, capacity.serviceMs);
    this.#serveAll(arrivals, capacity.serviceMs, stepMs);
    return true;
  }

  /** Nobody waits, and nobody will have to, or none so long that anybody notices. */
  #isCalm(arrivals: number, capacity: Capacity, stepMs: number): boolean {
    if (this.line.count > 0) return false;
    const { slots, serviceMs } = capacity;
    if (this.inService + arrivals <= slots) return true;
    const busy = (arrivals * serviceMs) / stepMs;
    if (hasRoom(Math.max(this.inService, busy), slots)) return true;
    return this.inService <= slots + Math.sqrt(slots) && hidesWaits(busy, capacity, stepMs, this.#limits);
  }

  /** `parts`, a power of two: so short they have to be where some wait and some do not. */
  #stretch(arrivals: number, tries: Tries, fromMs: number, ms: number, parts: number): void {
    const { serviceMs } = this.#capacity;
    if (this.#isCalm(arrivals, this.#capacity, ms)) {
      this.#serveAll(arrivals, serviceMs, ms);
    } else if (parts === 1 || this.#isSaturatedThroughout(arrivals, ms)) {
      this.#part(arrivals, tries, fromMs, ms);
    } else {
      const first = half.draw(this.#random, arrivals);
      const rest = arrivals - first;
      this.#stretch(first, shareOf(tries, first, arrivals), fromMs, ms / 2, parts / 2);
      this.#stretch(rest, shareOf(tries, rest, arrivals), fromMs + ms / 2, ms / 2, parts / 2);
    }
  }

  /**
   * One of so many replicas is not sent to any more, and has not been for so long of the last step, in which nobody had to
   * wait; it finishes what it has.
   */
  replicaLeft(of: number, sinceMs: number): Leaver {
    const share = sinceMs > 0 ? this.#shareBefore(sinceMs) : 1;
    const leaver = { requests: this.#random.binomial(this.inService, share / Math.max(1, of)) };
    this.inService -= leaver.requests;
    this.leaving += leaver.requests;
    if (leaver.requests > 0) this.#leavers.push(leaver);
    return leaver;
  }

  /** Of those that are worked on at the end of a calm step, the share that came before its last `sinceMs`. */
  #shareBefore(sinceMs: number): number {
    const { stay, serviceMs } = this.#chances;
    const joinedBefore = (Math.exp(-sinceMs / serviceMs) - stay) / (1 - stay);
    return 1 - (1 - Math.max(0, joinedBefore)) * (this.#joined / Math.max(1, this.inService));
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
      leaver.requests = drawStaying(this.#random, chances, leaver.requests);
      stay += leaver.requests;
    }
    const left = this.leaving - stay;
    this.#work(stay * stepMs + left * chances.workedBeforeEndMs);
    this.completed += left;
    this.leaving = stay;
    if (left > 0) this.#leavers = this.#leavers.filter(({ requests }) => requests > 0);
  }

  #serveAll(arrivals: number, serviceMs: number, stepMs: number): void {
    const chances = this.#chancesOf(stepMs, serviceMs);
    const before = this.inService;
    const stay = drawStaying(this.#random, chances, before);
    const join = drawJoining(this.#random, chances, arrivals);
    const left = before - stay;
    const through = arrivals - join;
    this.inService = stay + join;
    this.#joined = join;
    this.completed += left + through;
    this.#work(
      stay * stepMs +
        left * chances.workedBeforeEndMs +
        // Who stays of those who came has come as long before the end as who leaves of the others after the beginning.
        join * chances.workedBeforeEndMs +
        through * chances.workedThroughMs +
        (through > 0 ? Math.sqrt(through) * chances.deviationMs * noise(this.#random) : 0),
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

  /** Neither does anybody have to be refused meanwhile, and it is short enough to look who has waited too long. */
  #isSaturatedThroughout(arrivals: number, ms: number): boolean {
    const { slots, serviceMs, waitingMax } = this.#capacity;
    if (ms > looksMs(serviceMs, this.#limits) || this.line.count + arrivals > waitingMax) return false;
    return this.#isSaturated(slots, serviceMs, ms);
  }

  #part(arrivals: number, tries: Tries, fromMs: number, stepMs: number): void {
    const { slots, serviceMs, waitingMax } = this.#capacity;
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
    const atLeast = drawJoining(this.#random, chances, arrivals) + drawStaying(this.#random, chances, before);
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
    let departures = this.inService - drawStaying(this.#random, chances, this.inService);
    this.inService -= departures;
    let started = 0;
    for (let round = 1; round <= 3; round++) {
      const room = Math.min(this.line.count - started, slots - this.inService);
      if (room <= 0) break;
      // Whoever takes the place of one who came in this step has still less of it left.
      const gone =
        room -
        (round === 1
          ? drawJoining(this.#random, chances, room)
          : this.#random.binomial(room, 1 - stepMs / serviceMs / (round + 1)));
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
    for (const one of this.#known) {
      if (stepMs !== one.stepMs || serviceMs !== one.serviceMs) continue;
      this.#chances = one;
      return one;
    }
    this.#chances = chancesOf(stepMs, serviceMs, this.#recurs);
    this.#known[this.#replaced++ % knownMax] = this.#chances;
    return this.#chances;
  }
}

const knownMax = 4;

const half = new ChanceTable(0.5);
